package standin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// configuredEndpoint is the id of the endpoint that WithWebhook names.
const configuredEndpoint = "we_configured"

// Endpoint is an address that events are delivered to.
type Endpoint struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	APIVersion    *string           `json:"api_version"`
	Created       int64             `json:"created"`
	Description   *string           `json:"description"`
	EnabledEvents []string          `json:"enabled_events"`
	Livemode      bool              `json:"livemode"`
	Metadata      map[string]string `json:"metadata"`
	// Secret is shown once, in the answer to the request that made the endpoint.
	Secret string `json:"secret,omitempty"`
	Status string `json:"status"`
	URL    string `json:"url"`
}

func (e *Endpoint) objectID() string { return e.ID }

// storedEndpoint is an endpoint as the book keeps it.
type storedEndpoint struct {
	Endpoint

	Secrets []string `json:"secrets"` // those that sign, the newest first
}

// public is the endpoint as it is shown after it was made.
func (e *storedEndpoint) public() *Endpoint {
	shown := e.Endpoint
	shown.Secret = ""
	return &shown
}

// wants reports whether the endpoint is to hear of the event.
func (e *storedEndpoint) wants(event *Event) bool {
	return e.Status == "enabled" && slices.ContainsFunc(e.EnabledEvents, event.is)
}

// newEndpoint is what a new endpoint is made of.
type newEndpoint struct {
	url         string
	events      []string
	description string
	metadata    map[string]string
}

func (t *tx) createEndpoint(n newEndpoint) (*Endpoint, error) {
	id, err := t.mint(bucketEndpoints, "we")
	if err != nil {
		return nil, err
	}
	e := &storedEndpoint{
		Endpoint: Endpoint{
			ID:            id,
			Object:        "webhook_endpoint",
			Created:       t.now.Unix(),
			EnabledEvents: n.events,
			Metadata:      n.metadata,
			Status:        "enabled",
			URL:           n.url,
		},
		Secrets: []string{"whsec_" + rand.Text()},
	}
	if n.description != "" {
		e.Description = &n.description
	}
	if err := t.save(bucketEndpoints, id, e); err != nil {
		return nil, err
	}
	shown := e.public()
	shown.Secret = e.Secrets[0]
	return shown, nil
}

func (t *tx) endpoint(id string) (*storedEndpoint, error) {
	e, err := load[storedEndpoint](t, bucketEndpoints, id)
	if err == nil && e == nil {
		return nil, notFound("webhook endpoint", id, "webhook_endpoint")
	}
	return e, err
}

func (t *tx) endpoints(p page) (*list[Endpoint], error) {
	all, err := search(t, source{bucket: bucketEndpoints}, "/v1/webhook_endpoints", p, func(*storedEndpoint) bool { return true })
	if err != nil {
		return nil, err
	}
	shown := &list[Endpoint]{Object: all.Object, URL: all.URL, HasMore: all.HasMore, Data: []*Endpoint{}}
	for _, e := range all.Data {
		shown.Data = append(shown.Data, e.public())
	}
	return shown, nil
}

// endpointChange is what to change of an endpoint; what is empty stays.
type endpointChange struct {
	url         string
	events      []string
	description string
	disabled    *bool
}

func (t *tx) updateEndpoint(id string, c endpointChange) (*Endpoint, error) {
	e, err := t.endpoint(id)
	if err != nil {
		return nil, err
	}
	if c.url != "" {
		e.URL = c.url
	}
	if len(c.events) > 0 {
		e.EnabledEvents = c.events
	}
	if c.description != "" {
		e.Description = &c.description
	}
	if c.disabled != nil {
		e.Status = "enabled"
		if *c.disabled {
			e.Status = "disabled"
		}
	}
	return e.public(), t.save(bucketEndpoints, id, e)
}

// deletedEndpoint is what Stripe answers when one is gone.
type deletedEndpoint struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

// deleteEndpoint ends an endpoint; what is not delivered to it never will be.
func (t *tx) deleteEndpoint(id string) (*deletedEndpoint, error) {
	if _, err := t.endpoint(id); err != nil {
		return nil, err
	}
	if err := t.bucket(bucketEndpoints).Delete([]byte(id)); err != nil {
		return nil, fmt.Errorf("delete webhook endpoint %s: %w", id, err)
	}
	return &deletedEndpoint{ID: id, Object: "webhook_endpoint", Deleted: true}, nil
}

// configure makes the endpoint of the settings what they say, or takes it away
// where they say nothing.
func (t *tx) configure(c *configured) error {
	if c == nil {
		return t.bucket(bucketEndpoints).Delete([]byte(configuredEndpoint))
	}
	return t.save(bucketEndpoints, configuredEndpoint, &storedEndpoint{
		Endpoint: Endpoint{
			ID:            configuredEndpoint,
			Object:        "webhook_endpoint",
			Created:       t.now.Unix(),
			EnabledEvents: []string{"*"},
			Metadata:      map[string]string{},
			Status:        "enabled",
			URL:           c.url,
		},
		Secrets: c.secrets,
	})
}

// sign is the value of the Stripe-Signature header, as of
// https://docs.stripe.com/webhooks#verify-manually: one v1 for each secret.
func sign(payload []byte, at time.Time, secrets []string) string {
	stamp := fmt.Sprint(at.Unix())
	var header strings.Builder
	header.WriteString("t=" + stamp)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "."))
		mac.Write(payload)
		header.WriteString(",v1=" + hex.EncodeToString(mac.Sum(nil)))
	}
	return header.String()
}
