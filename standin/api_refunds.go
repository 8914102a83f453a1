package standin

func createRefund(_ string, p *params) (operation, error) {
	n := newRefund{
		intent:   p.text("payment_intent"),
		charge:   p.text("charge"),
		reason:   p.oneOf("reason", "duplicate", "fraudulent", "requested_by_customer"),
		metadata: p.metadata(),
	}
	n.amount, _ = p.integer("amount")
	if n.intent == "" && n.charge == "" {
		p.fail(invalid("", "", "One of the following params should be provided for this request: payment_intent or "+
			"charge."))
	}
	return func(t *tx) (any, error) { return t.refund(n) }, p.err()
}

func showRefund(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.refundByID(id) }, p.err()
}

func listRefunds(_ string, p *params) (operation, error) {
	intent, charge, created, pg := p.text("payment_intent"), p.text("charge"), p.created(), p.page()
	return func(t *tx) (any, error) { return t.refunds(intent, charge, created, pg) }, p.err()
}

func showCharge(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.chargeByID(id) }, p.err()
}

func listCharges(_ string, p *params) (operation, error) {
	intent, created, pg := p.text("payment_intent"), p.created(), p.page()
	return func(t *tx) (any, error) { return t.charges(intent, created, pg) }, p.err()
}
