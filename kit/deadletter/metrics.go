package deadletter

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// countTimeout bounds the counting for one look at the figures.
const countTimeout = 2 * time.Second

var waiting = prometheus.NewDesc("ticketx_dead_letters",
	"Dead letters that wait at the topic's owner, to be put back or discarded. Every replica says the same.",
	[]string{"topic"}, nil)

// Describe implements prometheus.Collector.
func (k *Keeper) Describe(descs chan<- *prometheus.Desc) { descs <- waiting }

// Collect implements prometheus.Collector. The store knows how many wait; while
// it does not answer there is no figure.
func (k *Keeper) Collect(figures chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	n, err := k.Count(ctx)
	if err != nil {
		figures <- prometheus.NewInvalidMetric(waiting, err)
		return
	}
	figures <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(n), k.topic)
}
