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
