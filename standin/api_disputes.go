package standin

func showDispute(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.disputeByID(id) }, p.err()
}

func listDisputes(_ string, p *params) (operation, error) {
	intent, charge, created, pg := p.text("payment_intent"), p.text("charge"), p.created(), p.page()
	return func(t *tx) (any, error) { return t.disputes(intent, charge, created, pg) }, p.err()
}

func answerDispute(id string, p *params) (operation, error) {
	a := disputeAnswer{
		text:     p.text("evidence[uncategorized_text]"),
		submit:   !p.values.Has("submit") || p.boolean("submit"),
		metadata: p.metadata(),
	}
	return func(t *tx) (any, error) { return t.answerDispute(id, a) }, p.err()
}

// closeDispute accepts a dispute as lost.
func closeDispute(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.closeDispute(id, disputeLost) }, p.err()
}
