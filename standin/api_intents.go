package standin

import "cmp"

func createIntent(_ string, p *params) (operation, error) {
	n := newIntent{
		amount:      p.requiredInteger("amount"),
		currency:    p.requiredText("currency"),
		description: p.text("description"),
		metadata:    p.metadata(),
		capture:     cmp.Or(p.oneOf("capture_method", "automatic", "automatic_async", captureManually), "automatic"),
		confirm:     p.boolean("confirm"),
		how:         p.confirmation(),
	}
	n.methods, n.automatic = p.howToPay()
	if n.how.returnURL != "" && !n.confirm {
		p.fail(invalid("", "return_url", "The parameter `return_url` cannot be passed when creating a PaymentIntent "+
			"unless `confirm` is set to true."))
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if refusal := chargeable(n.amount, n.currency); refusal != nil {
		return nil, refusal
	}
	if n.confirm && n.automatic.mayRedirect() && n.how.returnURL == "" {
		return nil, returnURLMissing()
	}
	return func(t *tx) (any, error) { return t.create(n) }, nil
}

// howToPay is by card. Who does not say so leaves it to the account's
// settings, since API version 2023-08-16, and they allow redirects.
func (p *params) howToPay() ([]string, *AutomaticPaymentMethods) {
	const (
		types     = "payment_method_types"
		automatic = "automatic_payment_methods"
		enabled   = automatic + "[enabled]"
	)
	given := p.list(types)
	for _, t := range given {
		if t != "card" {
			p.fail(invalid("", types, "Invalid %s: must be card", types))
		}
	}
	redirects := p.oneOf(automatic+"[allow_redirects]", "always", "never")
	if redirects == "" {
		redirects = "always"
	}
	on := p.boolean(enabled)
	switch {
	case p.within(automatic) && len(given) > 0:
		p.fail(exclusive(automatic, types))
	case p.within(automatic) && !p.values.Has(enabled):
		p.fail(missingParam(enabled))
	case len(given) > 0:
		return given, nil
	case !p.within(automatic):
		on = true
	}
	return []string{"card"}, &AutomaticPaymentMethods{AllowRedirects: redirects, Enabled: on}
}

// confirmation reads what a confirmation says, at creation too.
func (p *params) confirmation() confirmation {
	return confirmation{
		card:      p.choice(),
		returnURL: p.address("return_url"),
		origin:    p.origin,
		noAction:  p.boolean("error_on_requires_action"),
		inPage:    p.boolean("use_stripe_sdk"),
	}
}

func showIntent(id string, p *params) (operation, error) {
	op := p.forBrowser(id, func(t *tx) (any, error) { return t.intent(id) })
	return op, p.err()
}

func listIntents(_ string, p *params) (operation, error) {
	created, pg := p.created(), p.page()
	return func(t *tx) (any, error) { return t.intents(created, pg) }, p.err()
}

func confirmIntent(id string, p *params) (operation, error) {
	how := p.confirmation()
	op := p.forBrowser(id, func(t *tx) (any, error) { return t.confirm(id, how) })
	return op, p.err()
}

func captureIntent(id string, p *params) (operation, error) {
	amount, _ := p.integer("amount_to_capture")
	return func(t *tx) (any, error) { return t.capture(id, amount) }, p.err()
}

func cancelIntent(id string, p *params) (operation, error) {
	reason := p.oneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
	return func(t *tx) (any, error) { return t.cancel(id, reason) }, p.err()
}
