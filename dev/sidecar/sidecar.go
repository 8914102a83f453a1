// Package sidecar lets commands call a service as its peers do: by service
// invocation, through the HTTP API of the service's own sidecar.
package sidecar

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"ticketx/dev/ports"
)

// callTimeout bounds one call. The sidecar gives up earlier by itself
// (components/resiliency).
const callTimeout = 15 * time.Second

// Client invokes services. The zero value does not work; use New.
type Client struct {
	ports map[string]int
	token string
	http  *http.Client
}

// New returns a client of the system whose ports have these numbers, by their
// names (package ports). It sends DAPR_API_TOKEN along when that is set, as Dapr
// wants it where its API asks for a token.
func New(numbers map[string]int) *Client {
	return &Client{ports: numbers, token: os.Getenv("DAPR_API_TOKEN"), http: &http.Client{Timeout: callTimeout}}
}

// Refused is an answer other than success.
type Refused struct {
	App    string
	Status int
	Detail string
}

// Error says it for people.
func (r *Refused) Error() string {
	return fmt.Sprintf("%s answers %d: %s", r.App, r.Status, cmp.Or(r.Detail, http.StatusText(r.Status)))
}

// Invoke calls method on path of the app's app channel and decodes the answer
// into answer, unless that is nil. Where there are replicas, the first whose
// sidecar can be reached is called. Any status but 2xx is a *Refused.
func (c *Client) Invoke(ctx context.Context, app, method, path string, answer any) error {
	var unreachable error
	for number := range ports.MaxReplicas {
		port, ok := c.ports[ports.Instance(app, number+1)+ports.HTTP]
		if !ok {
			continue
		}
		err := c.call(ctx, app, port, method, path, answer)
		if e, ok := errors.AsType[*net.OpError](err); !ok || e.Op != "dial" {
			return err
		}
		unreachable = cmp.Or(unreachable, err)
	}
	if unreachable == nil {
		return fmt.Errorf("there is no service %q", app)
	}
	return fmt.Errorf("the sidecar of %s does not answer; is the system running? (%w)", app, unreachable)
}

func (c *Client) call(ctx context.Context, app string, port int, method, path string, answer any) error {
	url := "http://" + ports.Loopback(port) + "/v1.0/invoke/" + app + "/method/" + strings.TrimPrefix(path, "/")
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return err
	}
	if c.token != "" {
		req.Header.Set("dapr-api-token", c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode < http.StatusOK || res.StatusCode >= http.StatusMultipleChoices {
		return &Refused{App: app, Status: res.StatusCode, Detail: detail(body)}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%s: the answer to %s %s can't be read: %w", app, method, path, err)
	}
	return nil
}

// detail is what a problem document of the service, or an error of Dapr, says.
func detail(body []byte) string {
	var problem struct {
		Detail  string `json:"detail"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &problem)
	return cmp.Or(problem.Detail, problem.Message)
}
