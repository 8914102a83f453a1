package web_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/web"
)

// stopsSlowly marks the process that TestASecondSignalEndsAtOnce starts: this
// test's own program, which takes for ever to stop.
const stopsSlowly = "STOPS_SLOWLY"

func TestASecondSignalEndsAtOnce(t *testing.T) {
	if os.Getenv(stopsSlowly) != "" {
		ctx, release := web.UntilStopped()
		defer release()
		fmt.Println("running")
		<-ctx.Done()
		fmt.Println("stopping")
		select {}
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), stopsSlowly+"=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() })
	lines := make(chan string)
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
	}()

	require.Equal(t, "running", wait(t, lines))
	require.NoError(t, child.Process.Signal(syscall.SIGTERM))
	require.Equal(t, "stopping", wait(t, lines))
	require.Eventually(t, func() bool { // until the first signal has been given back
		_ = child.Process.Signal(syscall.SIGTERM)
		select {
		case _, more := <-lines:
			return !more
		default:
			return false
		}
	}, patience, time.Millisecond)
	err = child.Wait()
	status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok, "%v", err)
	assert.Equal(t, syscall.SIGTERM, status.Signal())
}
