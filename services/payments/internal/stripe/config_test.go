package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/payments/internal/stripe"
)

func TestConfig(t *testing.T) {
	for _, c := range []struct{ key, url, says string }{
		{"", "", "payments run against the stand-in for Stripe at http://127.0.0.1:4242"},
		{"", "http://127.0.0.1:5000/", "payments run against the stand-in for Stripe at http://127.0.0.1:5000/"},
		{"sk_test_4eC39Hq", "", "payments run against https://api.stripe.com with a test key"},
		{"rk_test_4eC39Hq", "http://localhost:12111", "payments run against http://localhost:12111 with a test key"},
		{"sk_live_4eC39Hq", "", "payments run against Stripe with a live key"},
		{"rk_live_4eC39Hq", "", "payments run against Stripe with a live key"},
	} {
		config := stripe.Config{SecretKey: c.key, APIURL: c.url}
		if c.key != "" {
			config.PublishableKey = "pk" + c.key[2:]
			config.WebhookSecrets = []string{"whsec_new", "whsec_old"}
		}
		require.NoError(t, config.Validate())
		assert.Equal(t, c.says, config.Describe())
		assert.Equal(t, c.key == "", config.StandIn())
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []struct{ key, url, says string }{
		{"pk_test_4eC39Hq", "", "publishable"},
		{"4eC39Hq", "", "must begin with sk_test_"},
		{"sk_4eC39Hq", "", "must begin with sk_test_"},
		{"sk_test_4eC39Hq ", "", "must begin with sk_test_"},
		{"sk_test_", "", "must begin with sk_test_"},
		{"", "127.0.0.1:4242", "STRIPE_API_URL"},
		{"", "ftp://127.0.0.1", "STRIPE_API_URL"},
		{"", "http://", "STRIPE_API_URL"},
		{"", "http://127.0.0.1/v2", "STRIPE_API_URL"},
		{"", "http://user@127.0.0.1", "STRIPE_API_URL"},
		{"", "http://127.0.0.1/?a=b", "STRIPE_API_URL"},
		{"sk_live_4eC39Hq", "http://127.0.0.1:4242", "STRIPE_API_URL must be empty with a live"},
	} {
		err := stripe.Config{SecretKey: c.key, APIURL: c.url}.Validate()
		require.ErrorContains(t, err, c.says, "%q %q", c.key, c.url)
		assert.NotContains(t, err.Error(), "4eC39Hq")
	}
	err := stripe.Config{SecretKey: "pk_test_4eC39Hq", APIURL: "nonsense"}.Validate()
	require.ErrorContains(t, err, "STRIPE_SECRET_KEY")
	require.ErrorContains(t, err, "STRIPE_API_URL")
}

func TestHalfAConfig(t *testing.T) {
	const secret, publishable, url = "sk_test_4eC39Hq", "pk_test_4eC39Hq", "http://127.0.0.1:4242"
	secrets := []string{"whsec_4eC39Hq"}
	for _, c := range []struct {
		config stripe.Config
		says   string
	}{
		{stripe.Config{SecretKey: secret}, "STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRETS missing"},
		{stripe.Config{SecretKey: secret, PublishableKey: publishable}, "STRIPE_WEBHOOK_SECRETS missing"},
		{stripe.Config{SecretKey: secret, WebhookSecrets: secrets}, "STRIPE_PUBLISHABLE_KEY missing"},
		{stripe.Config{PublishableKey: publishable}, "STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRETS missing"},
		{stripe.Config{PublishableKey: publishable, WebhookSecrets: secrets, APIURL: url}, "STRIPE_SECRET_KEY missing"},
		{stripe.Config{WebhookSecrets: secrets}, "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY missing"},
		{stripe.Config{SecretKey: secret, PublishableKey: "pk_live_4eC39Hq", WebhookSecrets: secrets}, "both be live keys or both test keys"},
		{stripe.Config{SecretKey: secret, PublishableKey: secret, WebhookSecrets: secrets}, "STRIPE_PUBLISHABLE_KEY is a secret key"},
		{stripe.Config{SecretKey: secret, PublishableKey: publishable, WebhookSecrets: []string{"4eC39Hq"}}, "begin with whsec_"},
	} {
		err := c.config.Validate()
		require.ErrorContains(t, err, c.says)
		assert.NotContains(t, err.Error(), "4eC39Hq")
	}
	for _, whole := range []stripe.Config{
		{},
		{APIURL: url},
		{APIURL: url, WebhookSecrets: secrets},
		{SecretKey: secret, PublishableKey: publishable, WebhookSecrets: secrets},
	} {
		require.NoError(t, whole.Validate())
	}
}
