package standin

import "fmt"

// Event notes one thing that happened, by the name that Stripe gives it.
type Event struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Subject string `json:"subject"` // the id of what it happened to
}

// record notes an event in the transaction of the change that it tells of.
func (t *tx) record(eventType, subject string) error {
	id, err := t.mint(bucketEvents, "evt")
	if err != nil {
		return err
	}
	e := Event{ID: id, Type: eventType, Created: t.now.Unix(), Subject: subject}
	if err := t.save(bucketEvents, id, e); err != nil {
		return fmt.Errorf("record %s: %w", eventType, err)
	}
	return nil
}
