package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// setting is the last value that the part's environment has for the name, which
// is the one that counts.
func (p *part) setting(name string) string {
	for _, v := range slices.Backward(p.command.Env) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func TestWithoutKeysAllPartsAgreeOnTheStandIn(t *testing.T) {
	s, _ := newStack(t)
	s.secret = "whsec_of_this_run"
	standIn, services, ingress := s.standIn(), s.daprRun(), s.ingress()

	assert.Equal(t, "http://"+standIn.setting("STANDIN_ADDR"), services.setting("STRIPE_API_URL"))
	assert.Equal(t, standIn.setting("STANDIN_ADDR"), ingress.setting("STANDIN_UPSTREAM"))
	assert.Equal(t, "present", ingress.setting("STANDIN"))
	assert.Equal(t, "whsec_of_this_run", services.setting("STRIPE_WEBHOOK_SECRETS"))
	assert.Equal(t, "whsec_of_this_run", standIn.setting("STANDIN_WEBHOOK_SECRETS"))
	assert.Equal(t, "http://127.0.0.1:8080/api/payments/webhooks", standIn.setting("STANDIN_WEBHOOK_URL"))
	assert.Equal(t, "http://localhost:8080/stripe-standin", standIn.setting("STANDIN_PUBLIC_URL"))
}

func TestWithKeysNothingPointsToTheStandIn(t *testing.T) {
	s, _ := newStack(t)
	s.cfg.Stripe = true
	t.Setenv("STRIPE_WEBHOOK_SECRETS", "whsec_of_the_caller")
	services := s.daprRun()

	assert.Empty(t, services.setting("STRIPE_API_URL"))
	assert.Equal(t, "whsec_of_the_caller", services.setting("STRIPE_WEBHOOK_SECRETS"))
	assert.Empty(t, s.ingress().setting("STANDIN"))
}

func TestBrowsersMayComeFromElsewhere(t *testing.T) {
	s, _ := newStack(t)
	t.Setenv("STANDIN_PUBLIC_URL", "https://shop.example/stripe-standin")
	assert.Equal(t, "https://shop.example/stripe-standin", s.standIn().setting("STANDIN_PUBLIC_URL"))
}
