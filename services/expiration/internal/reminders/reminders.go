// Package reminders keeps expiration's reminders in Dapr: one actor per order,
// with one reminder that stays in the Scheduler until it has been heard.
package reminders

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/dapr/go-sdk/client"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/expiration"
)

const (
	actorType    = "OrderExpiration"
	reminderName = "expire"
	// retryEvery is the pause after which a reminder that failed fires again,
	// without end.
	retryEvery = time.Second
	// callTimeout bounds a call to the sidecar.
	callTimeout = 5 * time.Second
)

// Reminders implements expiration.Reminders over the sidecar. Setting a reminder
// goes straight to the sidecar: calling a method of the actor first would only
// make it dearer.
type Reminders struct {
	dapr client.Client
}

var _ expiration.Reminders = (*Reminders)(nil)

// New returns the reminders behind the sidecar.
func New(s *dapr.Sidecar) *Reminders { return &Reminders{dapr: s.Client()} }

// Set implements expiration.Reminders. Setting a reminder again replaces it.
func (r *Reminders) Set(ctx context.Context, e events.Expiration) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	every := retryEvery
	return r.dapr.RegisterActorReminder(ctx, &client.RegisterActorReminderRequest{
		ActorType: actorType,
		ActorID:   e.OrderID,
		Name:      reminderName,
		DueTime:   max(0, time.Until(e.ExpiresAt)).String(),
		Data:      data,
		// Without this the Scheduler tries three times and forgets.
		FailurePolicy: &client.JobFailurePolicyConstant{Interval: &every},
	})
}

// Remove implements expiration.Reminders.
func (r *Reminders) Remove(ctx context.Context, orderID string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return r.dapr.UnregisterActorReminder(ctx, &client.UnregisterActorReminderRequest{
		ActorType: actorType,
		ActorID:   orderID,
		Name:      reminderName,
	})
}

// actorConfig is what Dapr asks an actor host for, in its form.
type actorConfig struct {
	Entities              []string `json:"entities"`
	ActorIdleTimeout      string   `json:"actorIdleTimeout"`
	DrainOngoingCallTime  string   `json:"drainOngoingCallTimeout"`
	DrainRebalancedActors bool     `json:"drainRebalancedActors"`
}

// Register serves the actor callbacks on the app channel by plain HTTP. The
// SDK's actor runtime would tell Dapr that every reminder succeeded, whatever
// came of it, and a reminder that fires once is then gone.
func Register(app *dapr.App, timeOver func(context.Context, events.Expiration) error) {
	app.Router().Handle("/dapr/config", web.Handler(func(w http.ResponseWriter, _ *http.Request) error {
		return web.Encode(w, http.StatusOK, actorConfig{
			Entities:              []string{actorType},
			ActorIdleTimeout:      "10s", // an actor has nothing to remember between calls
			DrainOngoingCallTime:  "5s",
			DrainRebalancedActors: true,
		})
	})).Methods(http.MethodGet)

	const actor = "/actors/" + actorType + "/{id}"
	app.Router().Handle(actor+"/method/remind/"+reminderName, web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		e, err := decode(r)
		if err != nil {
			return err
		}
		if err := timeOver(r.Context(), e); err != nil {
			return err // any status but 2xx makes the Scheduler try again
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})).Methods(http.MethodPut)
	app.Silent().HandleFunc(actor, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK) // deactivated; there is nothing to put away
	}).Methods(http.MethodDelete)
	app.Silent().HandleFunc(actor+"/method/"+pingMethod, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK) // that it was called is all that Watch wants to know
	}).Methods(http.MethodPut)
}

// decode reads what the reminder was set with. Dapr hands the bytes it was given
// over gRPC back as a base64 string, which is how encoding/json reads []byte.
func decode(r *http.Request) (events.Expiration, error) {
	var (
		reminder struct {
			Data []byte `json:"data"`
		}
		e events.Expiration
	)
	if err := json.NewDecoder(r.Body).Decode(&reminder); err != nil {
		return e, fmt.Errorf("decode reminder: %w", err)
	}
	if err := json.Unmarshal(reminder.Data, &e); err != nil {
		return e, fmt.Errorf("decode reminder's data: %w", err)
	}
	if !ids.Valid(e.OrderID) {
		return e, errs.Invalid("orderId", "A reminder needs the id of its order.")
	}
	return e, nil
}
