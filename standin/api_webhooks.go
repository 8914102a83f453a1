package standin

import "strings"

func createEndpoint(_ string, p *params) (operation, error) {
	n := newEndpoint{
		url:         p.webhookURL(),
		events:      p.list("enabled_events"),
		description: p.text("description"),
		metadata:    p.metadata(),
	}
	if n.url == "" {
		p.fail(missingParam("url"))
	}
	if len(n.events) == 0 {
		p.fail(missingParam("enabled_events"))
	}
	p.oneOf("api_version", apiVersion)
	return func(t *tx) (any, error) { return t.createEndpoint(n) }, p.err()
}

// webhookURL is where events are sent to. Stripe takes http for test mode too.
func (p *params) webhookURL() string {
	const name = "url"
	v := p.address(name)
	if v != "" && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://") {
		p.fail(invalid(codeURLInvalid, name, "Not a valid URL"))
	}
	return v
}

func listEndpoints(_ string, p *params) (operation, error) {
	pg := p.page()
	return func(t *tx) (any, error) { return t.endpoints(pg) }, p.err()
}

func showEndpoint(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) {
		e, err := t.endpoint(id)
		if err != nil {
			return nil, err
		}
		return e.public(), nil
	}, p.err()
}

func updateEndpoint(id string, p *params) (operation, error) {
	c := endpointChange{url: p.webhookURL(), events: p.list("enabled_events"), description: p.text("description")}
	if p.values.Has("disabled") {
		disabled := p.boolean("disabled")
		c.disabled = &disabled
	}
	return func(t *tx) (any, error) { return t.updateEndpoint(id, c) }, p.err()
}

func deleteEndpoint(id string, p *params) (operation, error) {
	return func(t *tx) (any, error) { return t.deleteEndpoint(id) }, p.err()
}
