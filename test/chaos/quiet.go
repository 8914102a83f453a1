//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	schedulerpb "github.com/dapr/dapr/pkg/proto/scheduler/v1"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"ticketx/dev/ports"
	"ticketx/test/system"
)

// calm is how long a system that is healthy again may take until nothing is
// under way any more. The longest way is a message that its consumer took to the
// grave (30 s), and then a payment whose attempt was left open (30 s).
const calm = 2 * time.Minute

const (
	namespace = "default"
	// actorType and journalPrefix are how the services call their reminders and
	// jobs.
	actorType     = "OrderExpiration"
	journalPrefix = "journal-"
)

// observer looks at a running system from outside.
type observer struct {
	sys      *system.System
	replicas int
}

func (o *observer) address(port string) (string, error) {
	number, err := o.sys.Port(port)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(number)), err
}

// awaitQuiet waits until nothing is under way, twice in a row, because what was
// looked at first may have been set off by what was looked at last. It returns
// what still is when calm is over.
func (o *observer) awaitQuiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, calm)
	defer cancel()
	const pause = 500 * time.Millisecond
	var stirring error
	for quiet := 0; quiet < 2; {
		if err := o.stirring(ctx); err != nil {
			if ctx.Err() == nil {
				stirring = err
			}
			quiet = 0
		} else {
			quiet++
		}
		if !think(ctx, pause) {
			return fmt.Errorf("not quiet after %s: %w", calm, stirring)
		}
	}
	return nil
}

// stirring returns what is not at rest: nil when all is. The order matters: a
// journal's recovery tells, what is told sets and removes reminders, and a
// reminder tells.
func (o *observer) stirring(ctx context.Context) error {
	for _, instance := range ports.Instances(o.replicas) {
		status, err := o.sys.Ready(ctx, instance)
		if err != nil || status >= http.StatusMultipleChoices {
			return errors.Join(fmt.Errorf("%s is not ready: %d", instance, status), err)
		}
	}
	scheduled, err := o.scheduled(ctx)
	if err != nil {
		return fmt.Errorf("ask the scheduler: %w", err)
	}
	if err := scheduled.stirring(o.replicas); err != nil {
		return err
	}
	return o.undelivered(ctx)
}

// schedule is what the Scheduler still means to deliver.
type schedule struct {
	reminders []string            // ids of actors
	journals  map[string][]string // jobs by app
}

func (s schedule) stirring(replicas int) error {
	if len(s.reminders) > 0 {
		return fmt.Errorf("%d reminders are left: %s", len(s.reminders), strings.Join(s.reminders, ", "))
	}
	for app, jobs := range s.journals {
		if len(jobs) > replicas {
			return fmt.Errorf("%s has the journals of %d instances and runs %d times", app, len(jobs), replicas)
		}
	}
	return nil
}

func (o *observer) scheduled(ctx context.Context) (schedule, error) {
	s := schedule{journals: make(map[string][]string)}
	address, err := o.address("scheduler")
	if err != nil {
		return s, err
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return s, err
	}
	defer func() { _ = conn.Close() }()
	client := schedulerpb.NewSchedulerClient(conn)
	list := func(app string, target *schedulerpb.JobTargetMetadata) ([]*schedulerpb.NamedJob, error) {
		answer, err := client.ListJobs(ctx, &schedulerpb.ListJobsRequest{
			Metadata: &schedulerpb.JobMetadata{AppId: app, Namespace: namespace, Target: target},
		})
		return answer.GetJobs(), err
	}
	reminders, err := list("expiration", &schedulerpb.JobTargetMetadata{
		Type: &schedulerpb.JobTargetMetadata_Actor{Actor: &schedulerpb.TargetActorReminder{Type: actorType}},
	})
	if err != nil {
		return s, err
	}
	for _, reminder := range reminders {
		s.reminders = append(s.reminders, reminder.GetMetadata().GetTarget().GetActor().GetId())
	}
	for _, app := range ports.Services {
		jobs, err := list(app, &schedulerpb.JobTargetMetadata{
			Type: &schedulerpb.JobTargetMetadata_Job{Job: &schedulerpb.TargetJob{}},
		})
		if err != nil {
			return s, err
		}
		for _, job := range jobs {
			if strings.HasPrefix(job.GetName(), journalPrefix) {
				s.journals[app] = append(s.journals[app], job.GetName())
			}
		}
	}
	return s, nil
}

// broker calls do with the broker.
func (o *observer) broker(ctx context.Context, do func(ctx context.Context, js jetstream.JetStream) error) error {
	address, err := o.address("nats")
	if err != nil {
		return err
	}
	conn, err := nats.Connect("nats://" + address)
	if err != nil {
		return fmt.Errorf("reach the broker: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	return do(ctx, js)
}

// undelivered says which service has not handled everything it is to hear, or
// does not listen.
func (o *observer) undelivered(ctx context.Context) error {
	return o.broker(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		for _, topic := range topics {
			stream, err := js.Stream(ctx, topic)
			if err != nil {
				return err
			}
			consumers := stream.ListConsumers(ctx)
			for c := range consumers.Info() {
				switch {
				case c.Config.Durable == "" && !c.PushBound:
					// A killed sidecar's feed; the broker forgets it by itself.
				case !c.PushBound:
					return fmt.Errorf("%s does not listen to %s", c.Name, topic)
				case c.NumPending > 0 || c.NumAckPending > 0:
					return fmt.Errorf("%s has %d events of %s before it and %d in hand", c.Name, c.NumPending, topic, c.NumAckPending)
				}
			}
			if err := consumers.Err(); err != nil {
				return err
			}
		}
		return nil
	})
}
