package dapr

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/dapr/go-sdk/client"
	"github.com/gorilla/mux"

	"ticketx/kit/web"
)

// jobRetry is the pause after which a job whose handler failed is delivered
// again, without end.
const jobRetry = time.Second

// Jobs schedules Dapr jobs that are delivered once, to one replica of the app.
type Jobs struct {
	sidecar *Sidecar
}

// NewJobs returns the jobs behind the sidecar.
func NewJobs(s *Sidecar) *Jobs { return &Jobs{sidecar: s} }

// Schedule sets the job, or replaces the one with its name, to be delivered
// after in.
func (j *Jobs) Schedule(ctx context.Context, name string, in time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	job := client.NewJob(name,
		client.WithJobDueTime(in.String()),
		client.WithJobConstantFailurePolicyInterval(jobRetry))
	job.Overwrite = true // a name that is taken is refused otherwise
	if err := j.sidecar.dapr.ScheduleJob(ctx, job); err != nil {
		return unavailable("schedule job "+name, err)
	}
	return nil
}

// Every sets the job, or replaces the one with its name, to be delivered again and
// again, first after period. What a delivery could not do waits for the next.
func (j *Jobs) Every(ctx context.Context, name string, period time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	job := client.NewJob(name, client.WithJobSchedule("@every "+period.String()), client.WithJobDropFailurePolicy())
	job.Overwrite = true
	if err := j.sidecar.dapr.ScheduleJob(ctx, job); err != nil {
		return unavailable("schedule job "+name, err)
	}
	return nil
}

// Delete forgets the job, if there is one.
func (j *Jobs) Delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := j.sidecar.dapr.DeleteJob(ctx, name); err != nil {
		return unavailable("delete job "+name, err)
	}
	return nil
}

// OnJobs has every job whose name starts with prefix handled by one replica,
// which is given the rest of the name. An error has it delivered again.
func OnJobs(a *App, prefix string, handle func(ctx context.Context, rest string) error) {
	a.Router().Handle("/job/{name:"+prefix+".+}", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), handleTimeout)
		defer cancel()
		if err := handle(ctx, strings.TrimPrefix(mux.Vars(r)["name"], prefix)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})).Methods(http.MethodPost)
}
