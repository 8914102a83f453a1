package stripe

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/stripe/stripe-go/v76"
)

const (
	// StandInURL is where the stand-in for Stripe listens unless told otherwise.
	StandInURL = "http://127.0.0.1:4242"
	// standInKey is a key that opens nothing.
	standInKey = "sk_test_standin"
)

// secretKey is what Stripe's secret and restricted keys look like.
var secretKey = regexp.MustCompile(`^(sk|rk)_(test|live)_[A-Za-z0-9_]+$`)

// Config says which Stripe to talk to. Without a key it is the stand-in.
type Config struct {
	// SecretKey is Stripe's secret or restricted key.
	SecretKey string `env:"STRIPE_SECRET_KEY"`
	// APIURL is the base URL of what speaks Stripe's API. Empty, it is Stripe's
	// own with a key, and StandInURL without.
	APIURL string `env:"STRIPE_API_URL"`
}

// Validate says everything that is wrong with the settings, and never shows the
// key.
func (c Config) Validate() error {
	var all []error
	switch {
	case c.SecretKey == "":
	case strings.HasPrefix(c.SecretKey, "pk_"):
		all = append(all, errors.New("STRIPE_SECRET_KEY is a publishable key; the secret one begins with sk_ or rk_"))
	case !secretKey.MatchString(c.SecretKey):
		all = append(all, errors.New("STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_ and go on with letters and digits"))
	}
	if c.APIURL == "" {
		return errors.Join(all...)
	}
	u, err := url.Parse(c.APIURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		all = append(all, fmt.Errorf("STRIPE_API_URL must be a base URL such as %s", StandInURL))
	}
	if c.live() {
		all = append(all, errors.New("STRIPE_API_URL must be empty with a live STRIPE_SECRET_KEY, which belongs to Stripe alone"))
	}
	return errors.Join(all...)
}

// StandIn reports whether no real money can move, because there is no key.
func (c Config) StandIn() bool { return c.SecretKey == "" }

// Describe says in words where payments run, without the key.
func (c Config) Describe() string {
	switch {
	case c.StandIn():
		return "payments run against the stand-in for Stripe at " + c.url()
	case c.live():
		return "payments run against Stripe with a live key"
	default:
		return "payments run against " + c.url() + " with a test key"
	}
}

func (c Config) live() bool { return strings.Contains(c.SecretKey, "k_live_") }

func (c Config) url() string {
	switch {
	case c.APIURL != "":
		return c.APIURL
	case c.StandIn():
		return StandInURL
	default:
		return stripe.APIURL
	}
}

func (c Config) key() string {
	if c.StandIn() {
		return standInKey
	}
	return c.SecretKey
}
