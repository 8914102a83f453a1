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
	// standInKey and standInPublishableKey are keys that open nothing.
	standInKey            = "sk_test_standin"
	standInPublishableKey = "pk_test_standin"
	// standInPath is where browsers reach the stand-in, through the ingress.
	standInPath = "/stripe-standin"
)

// secretKey is what Stripe's secret and restricted keys look like.
var secretKey = regexp.MustCompile(`^(sk|rk)_(test|live)_[A-Za-z0-9_]+$`)

// publishableKey is what Stripe's publishable keys look like.
var publishableKey = regexp.MustCompile(`^pk_(test|live)_[A-Za-z0-9_]+$`)

// webhookSecret is what the secrets look like that sign Stripe's webhooks.
var webhookSecret = regexp.MustCompile(`^whsec_[A-Za-z0-9_+/=-]+$`)

// Config says which Stripe to talk to: all three of keys and secrets, or none,
// which is the stand-in.
type Config struct {
	// SecretKey is Stripe's secret or restricted key.
	SecretKey string `env:"STRIPE_SECRET_KEY"`
	// PublishableKey is the one that browsers use.
	PublishableKey string `env:"STRIPE_PUBLISHABLE_KEY"`
	// WebhookSecrets sign what Stripe tells: one, or while it is changed the new one
	// and the old one. The stand-in has them too where it is told of; without any,
	// webhooks are refused, and what they would have said is asked for.
	WebhookSecrets []string `env:"STRIPE_WEBHOOK_SECRETS" envSeparator:","`
	// APIURL is the base URL of what speaks Stripe's API. Empty, it is Stripe's
	// own with a key, and StandInURL without.
	APIURL string `env:"STRIPE_API_URL"`
}

// Validate says everything that is wrong with the settings, and never shows a key
// or a secret.
func (c Config) Validate() error {
	var all []error
	wrong := func(text string, args ...any) { all = append(all, fmt.Errorf(text, args...)) }
	switch {
	case c.SecretKey == "":
	case strings.HasPrefix(c.SecretKey, "pk_"):
		wrong("STRIPE_SECRET_KEY is a publishable key; the secret one begins with sk_ or rk_")
	case !secretKey.MatchString(c.SecretKey):
		wrong("STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_ and go on with letters and digits")
	}
	switch {
	case c.PublishableKey == "":
	case secretKey.MatchString(c.PublishableKey):
		wrong("STRIPE_PUBLISHABLE_KEY is a secret key; the publishable one begins with pk_, and browsers see it")
	case !publishableKey.MatchString(c.PublishableKey):
		wrong("STRIPE_PUBLISHABLE_KEY must begin with pk_test_ or pk_live_ and go on with letters and digits")
	case secretKey.MatchString(c.SecretKey) && c.live() != strings.HasPrefix(c.PublishableKey, "pk_live_"):
		wrong("STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY must both be live keys or both test keys")
	}
	for _, secret := range c.WebhookSecrets {
		if !webhookSecret.MatchString(secret) {
			wrong("STRIPE_WEBHOOK_SECRETS must be secrets that begin with whsec_, separated by commas")
			break
		}
	}
	if missing := c.missing(); len(missing) > 0 {
		wrong("%s missing: payments need Stripe's keys and webhook secrets all, or none of them for the stand-in", strings.Join(missing, ", "))
	}
	if c.APIURL == "" {
		return errors.Join(all...)
	}
	u, err := url.Parse(c.APIURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		wrong("STRIPE_API_URL must be a base URL such as %s", StandInURL)
	}
	if c.live() {
		wrong("STRIPE_API_URL must be empty with a live STRIPE_SECRET_KEY, which belongs to Stripe alone")
	}
	return errors.Join(all...)
}

// missing names what is not there of a configuration that is there in part.
// Secrets alone are the stand-in's, where that is named by its URL.
func (c Config) missing() []string {
	ofStandIn := c.APIURL != "" && c.SecretKey == "" && c.PublishableKey == ""
	if c.SecretKey == "" && c.PublishableKey == "" && len(c.WebhookSecrets) == 0 || ofStandIn {
		return nil
	}
	var missing []string
	if c.SecretKey == "" {
		missing = append(missing, "STRIPE_SECRET_KEY")
	}
	if c.PublishableKey == "" {
		missing = append(missing, "STRIPE_PUBLISHABLE_KEY")
	}
	if len(c.WebhookSecrets) == 0 {
		missing = append(missing, "STRIPE_WEBHOOK_SECRETS")
	}
	return missing
}

// Browser returns what a browser needs to talk to the same Stripe: the publishable
// key, and the path of the stand-in where it is that.
func (c Config) Browser() (key, standIn string) {
	if c.StandIn() {
		return standInPublishableKey, standInPath
	}
	return c.PublishableKey, ""
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
