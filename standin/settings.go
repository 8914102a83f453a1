package standin

import (
	"log/slog"
	"strings"
	"time"
)

// What is not set by an option. The delays of real life are hours and days;
// these are for people who wait in front of a screen.
const (
	defaultDelay   = 3 * time.Second
	defaultPause   = 500 * time.Millisecond
	defaultTries   = 12
	defaultTimeout = 10 * time.Second
)

// settings is what the options decide.
type settings struct {
	log       *slog.Logger
	publicURL string        // without a slash at its end; empty: as the request came in
	delay     time.Duration // before what takes its time has ended
	webhook   *configured   // nil: none
	pause     time.Duration // before the second try of a delivery
	tries     int           // before a delivery is given up
	timeout   time.Duration // of one try
}

// configured is the webhook endpoint that is not made through the API.
type configured struct {
	url     string
	secrets []string
}

// Option changes how a server is made.
type Option func(*settings)

// WithLogger makes the server write one line for each request and for each
// delivery of a webhook. It never writes parameters, keys, secrets or anything
// else that the client chose.
func WithLogger(log *slog.Logger) Option {
	return func(s *settings) { s.log = log }
}

// WithPublicURL says where browsers reach the server. Without it the pages of
// 3-D Secure are where the request that asked for them came in.
func WithPublicURL(base string) Option {
	return func(s *settings) { s.publicURL = strings.TrimSuffix(base, "/") }
}

// WithDelay says how long it takes until a payment that is processing ends, a
// refund changes its state, and the owner of a card disputes a charge.
func WithDelay(d time.Duration) Option {
	return func(s *settings) { s.delay = d }
}

// WithWebhook has all events delivered to the URL, signed with each of the
// secrets: one, or while they are changed the new one and the old one.
func WithWebhook(url string, secrets ...string) Option {
	return func(s *settings) { s.webhook = &configured{url, secrets} }
}

// WithRetries sets the pause before the second try of a delivery, which doubles
// with each further one up to longestPause, and how often it is tried at all.
func WithRetries(pause time.Duration, tries int) Option {
	return func(s *settings) { s.pause, s.tries = pause, tries }
}

// WithTimeout says how long an endpoint may take to answer a delivery.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) { s.timeout = d }
}

func newSettings(options []Option) *settings {
	s := &settings{
		log:     slog.New(slog.DiscardHandler),
		delay:   defaultDelay,
		pause:   defaultPause,
		tries:   defaultTries,
		timeout: defaultTimeout,
	}
	for _, o := range options {
		o(s)
	}
	return s
}
