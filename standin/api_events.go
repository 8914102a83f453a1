package standin

import "slices"

func showEvent(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) {
		e, err := t.eventByID(id)
		if err != nil {
			return nil, err
		}
		return e.public(), nil
	}, p.err()
}

func listEvents(_ string, p *params) (operation, error) {
	f := eventFilter{types: p.list("types"), created: p.created()}
	if one := p.text("type"); one != "" {
		if len(f.types) > 0 {
			p.fail(exclusive("type", "types"))
		}
		f.types = []string{one}
	}
	if slices.Contains(f.types, "") {
		p.fail(invalid(codeParameterInvalidEmpty, "types", "A type is empty."))
	}
	if p.values.Has("delivery_success") {
		delivered := p.boolean("delivery_success")
		f.delivered = &delivered
	}
	pg := p.page()
	return func(t *tx) (any, error) { return t.events(f, pg) }, p.err()
}
