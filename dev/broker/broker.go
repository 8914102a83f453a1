// Package broker prepares JetStream for the sidecars: their component neither
// makes streams nor changes consumers.
package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ticketx/kit/events"
)

const (
	// duplicates is how long the broker remembers the id of a message, and
	// drops a second one with the same id.
	duplicates = 2 * time.Minute
	// kept is how long events are kept for a service that is away, or new. An
	// event is a snapshot, so the next one makes up for one that is gone.
	kept = 7 * 24 * time.Hour
	// probesKept bounds what readiness checks leave behind.
	probesKept = 100
)

// Consumer is how the component pubsub wants its durable consumers. Zero leaves
// a setting as it is.
type Consumer struct {
	AckWait       time.Duration
	MaxAckPending int
}

// Provision makes one stream for each topic, named like it, and gives durable
// consumers that were made with other settings the wanted ones: the component
// would fail over the difference ("consumer name already in use"). Doing it
// again changes nothing.
func Provision(ctx context.Context, addr string, want Consumer) error {
	conn, err := nats.Connect("nats://"+addr, nats.Name("ticketx provision"))
	if err != nil {
		return fmt.Errorf("reach the broker at %s (NATS_PORT moves it): %w", addr, err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	for _, topic := range events.AllTopics() {
		stream, err := js.CreateOrUpdateStream(ctx, streamFor(topic))
		if err != nil {
			return fmt.Errorf("make the stream %s: %w", topic, err)
		}
		if err := updateConsumers(ctx, js, stream, want); err != nil {
			return fmt.Errorf("update the consumers of %s: %w", topic, err)
		}
	}
	return nil
}

// streamFor is one stream for one topic: a durable consumer of the component
// keeps the first subject it was made with, so two topics in one stream would
// silently lose the second.
func streamFor(topic string) jetstream.StreamConfig {
	cfg := jetstream.StreamConfig{
		Name:       topic,
		Subjects:   []string{topic},
		Storage:    jetstream.FileStorage,
		Duplicates: duplicates,
		MaxAge:     kept,
	}
	switch topic {
	case events.TopicProbes:
		cfg.MaxMsgs = probesKept
	case events.DeadLetterTopic(events.TopicTickets), events.DeadLetterTopic(events.TopicOrders),
		events.DeadLetterTopic(events.TopicPayments), events.DeadLetterTopic(events.TopicExpirations):
		cfg.MaxAge = 0 // until somebody has looked at them
	}
	return cfg
}

func updateConsumers(ctx context.Context, js jetstream.JetStream, stream jetstream.Stream, want Consumer) error {
	consumers := stream.ListConsumers(ctx)
	for info := range consumers.Info() {
		cfg := info.Config
		if cfg.Durable == "" {
			continue // goes with its replica
		}
		changed := cfg
		if want.AckWait != 0 {
			changed.AckWait = want.AckWait
		}
		if want.MaxAckPending != 0 {
			changed.MaxAckPending = want.MaxAckPending
		}
		if changed.AckWait == cfg.AckWait && changed.MaxAckPending == cfg.MaxAckPending {
			continue
		}
		if _, err := js.UpdatePushConsumer(ctx, info.Stream, changed); err != nil {
			return fmt.Errorf("%s: %w", cfg.Durable, err)
		}
	}
	return consumers.Err()
}

// Listening says whether the service's subscription to the topic is in place.
// The runtime retries one that failed with nothing but a log line to show for
// it, and service and sidecar look healthy meanwhile.
func Listening(ctx context.Context, js jetstream.JetStream, topic, service string) (bool, error) {
	consumer, err := js.PushConsumer(ctx, topic, service)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return consumer.CachedInfo().PushBound, nil
}
