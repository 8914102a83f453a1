package catalogue

import "github.com/prometheus/client_golang/prometheus"

var (
	sizeDesc = prometheus.NewDesc("ticketx_catalogue_tickets",
		"Tickets in the memory of this replica.", nil, nil)
	bytesDesc = prometheus.NewDesc("ticketx_catalogue_bytes",
		"What those tickets cost in memory, about.", nil, nil)
	boundDesc = prometheus.NewDesc("ticketx_catalogue_bound_bytes",
		"What they may cost, by CATALOGUE_TICKETS.", nil, nil)
	evictedDesc = prometheus.NewDesc("ticketx_catalogue_evicted_total",
		"Tickets that had to leave the memory because there are more than it may keep.", nil, nil)
	lagDesc = prometheus.NewDesc("ticketx_catalogue_lag_seconds",
		"How old the newest change was that another replica's event brought, when it came.", nil, nil)
	listenersDesc = prometheus.NewDesc("ticketx_stream_listeners",
		"Pages that listen to what changes.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *Catalogue) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sizeDesc, bytesDesc, boundDesc, evictedDesc, lagDesc, listenersDesc} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Catalogue) Collect(figures chan<- prometheus.Metric) {
	c.mu.RLock()
	tickets, bytes, evicted, lag := len(c.slots), c.bytes, c.evicted, c.lag
	c.mu.RUnlock()
	gauge := func(d *prometheus.Desc, v float64) {
		figures <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	gauge(sizeDesc, float64(tickets))
	gauge(bytesDesc, float64(bytes))
	gauge(boundDesc, float64(c.size.bound()))
	gauge(lagDesc, lag.Seconds())
	gauge(listenersDesc, float64(c.feed.Listeners()))
	figures <- prometheus.MustNewConstMetric(evictedDesc, prometheus.CounterValue, float64(evicted))
}
