package payments

import "github.com/prometheus/client_golang/prometheus"

// Counts is what happens by itself, for the page of metrics. It implements
// prometheus.Collector.
type Counts struct {
	webhooks   *prometheus.CounterVec
	reconciled *prometheus.CounterVec
	refunds    *prometheus.CounterVec
}

func newCounts() *Counts {
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &Counts{
		webhooks: count("ticketx_webhooks_total",
			"What the processor has told, by its type, and what became of it: taken, known (nothing new), ignored (of a type that nobody needs), foreign (of nobody's order), refused (its signature), failed (to be told again).",
			"type", "verdict"),
		reconciled: count("ticketx_payments_reconciled_total",
			"Looks at payments that stay open, by what came of them: mended, waiting, failed, stuck (somebody has to look at why the money does not go back).", "result"),
		refunds: count("ticketx_refunds_total",
			"Looks at refunds, by how they stood: pending, succeeded, failed; and those that the processor refused to make: refused.", "status"),
	}
}

func (c *Counts) all() []prometheus.Collector {
	return []prometheus.Collector{c.webhooks, c.reconciled, c.refunds}
}

// Describe implements prometheus.Collector.
func (c *Counts) Describe(descs chan<- *prometheus.Desc) {
	for _, v := range c.all() {
		v.Describe(descs)
	}
}

// Collect implements prometheus.Collector.
func (c *Counts) Collect(figures chan<- prometheus.Metric) {
	for _, v := range c.all() {
		v.Collect(figures)
	}
}

// Webhook returns the counter of one type and verdict.
func (c *Counts) Webhook(eventType, verdict string) prometheus.Counter {
	return c.webhooks.WithLabelValues(eventType, verdict)
}

func (c *Counts) refundRefused() { c.refunds.WithLabelValues("refused").Inc() }

func (c *Counts) refund(s RefundStatus) { c.refunds.WithLabelValues(string(s)).Inc() }
