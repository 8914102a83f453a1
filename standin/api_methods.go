package standin

func createMethod(_ string, p *params) (operation, error) {
	const kind, token = "type", "card[token]"
	if p.requiredText(kind) != "" {
		p.oneOf(kind, "card")
	}
	given, metadata := p.requiredText(token), p.metadata()
	return func(t *tx) (any, error) { return t.createMethod(given, token, metadata) }, p.err()
}

func showMethod(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.methodByID(id) }, p.err()
}
