package metrics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"

	"ticketx/kit/metrics"
)

var answer = prometheus.NewDesc("ticketx_answer", "What it is all about.", nil, nil)

// oracle is a collector that says 42, or that it can't say.
type oracle struct{ err error }

func (oracle) Describe(descs chan<- *prometheus.Desc) { descs <- answer }

func (o oracle) Collect(figures chan<- prometheus.Metric) {
	if o.err != nil {
		figures <- prometheus.NewInvalidMetric(answer, o.err)
		return
	}
	figures <- prometheus.MustNewConstMetric(answer, prometheus.GaugeValue, 42)
}

func ask(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
	return w
}

var teapot = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })

func TestThePageIsBesideTheAPI(t *testing.T) {
	h := metrics.Beside(teapot, oracle{})

	page := ask(h, http.MethodGet, metrics.Path)
	assert.Equal(t, http.StatusOK, page.Code)
	for _, figure := range []string{"\nticketx_answer 42\n", "\ngo_goroutines ", "\nprocess_start_time_seconds "} {
		assert.Contains(t, page.Body.String(), figure)
	}
	for _, other := range []struct{ method, path string }{
		{http.MethodGet, "/"}, {http.MethodGet, "/metrics/"}, {http.MethodGet, "//metrics"}, {http.MethodPost, metrics.Path},
	} {
		assert.Equal(t, http.StatusTeapot, ask(h, other.method, other.path).Code, "%v", other)
	}
}

func TestAFigureThatCannotBeHadLeavesTheOthers(t *testing.T) {
	page := ask(metrics.Beside(teapot, oracle{err: errors.New("the store is down")}), http.MethodGet, metrics.Path)
	assert.Equal(t, http.StatusOK, page.Code)
	assert.NotContains(t, page.Body.String(), "ticketx_answer 42")
	assert.Contains(t, page.Body.String(), "\ngo_goroutines ")
}
