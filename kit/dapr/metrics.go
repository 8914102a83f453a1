package dapr

import "github.com/prometheus/client_golang/prometheus"

// newHandled makes the counter of what the sidecar delivered.
func newHandled() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ticketx_events_handled_total",
		Help: "Deliveries by topic, component, verdict (success, retry, drop) and, for a drop, its reason: " +
			"malformed can never be right, exhausted has failed too often. An event counts each time it is delivered.",
	}, []string{"topic", "component", "verdict", "reason"})
}

// verdictLabels is how the metric writes Dapr's answers.
var verdictLabels = map[string]string{verdictSuccess: "success", verdictRetry: "retry", verdictDrop: "drop"}

// expect has every figure of the subscription start at nought: the rise of one
// that appears as a one is not seen.
func (a *App) expect(row subscription) {
	figures := [][2]string{{verdictSuccess, ""}, {verdictRetry, ""}, {verdictDrop, reasonMalformed}, {verdictDrop, reasonExhausted}}
	if row.keepsAll {
		figures = figures[:2]
	}
	for _, f := range figures {
		a.handled.WithLabelValues(row.Topic, row.PubSub, verdictLabels[f[0]], f[1])
	}
}

func (a *App) count(row subscription, verdict, reason string) {
	a.handled.WithLabelValues(row.Topic, row.PubSub, verdictLabels[verdict], reason).Inc()
}

// Describe and Collect implement prometheus.Collector: what came of the events.
func (a *App) Describe(descs chan<- *prometheus.Desc) { a.handled.Describe(descs) }

// Collect implements prometheus.Collector.
func (a *App) Collect(figures chan<- prometheus.Metric) { a.handled.Collect(figures) }
