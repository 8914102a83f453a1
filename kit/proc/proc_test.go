package proc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/proc"
)

func shell(t *testing.T, script string) *proc.Process {
	t.Helper()
	p, err := proc.Start(proc.Command{
		Name: "script", Path: "sh", Args: []string{"-c", script},
		Log: filepath.Join(t.TempDir(), "logs", "script.log"),
	})
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

// said waits until the child has logged n lines and returns them.
func said(t *testing.T, p *proc.Process, n int) []string {
	t.Helper()
	var lines []string
	require.Eventually(t, func() bool {
		lines = p.Tail(n)
		return len(lines) == n
	}, 10*time.Second, 5*time.Millisecond)
	return lines
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return !running(pid) }, 10*time.Second, 5*time.Millisecond,
		"process %d is still there", pid)
}

// running is proc.Alive without zombies: in a container nobody may wait for a
// process whose parent has died.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return runtime.GOOS != "linux" && proc.Alive(pid)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	p := shell(t, "sleep 60 & echo $!; wait")
	grandchild, err := strconv.Atoi(said(t, p, 1)[0])
	require.NoError(t, err)

	p.Stop(10 * time.Second)

	requireGone(t, p.PID())
	requireGone(t, grandchild)
	p.Stop(time.Second) // twice is harmless
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	p := shell(t, "trap '' TERM; echo deaf; while :; do sleep 1; done")
	said(t, p, 1)

	p.Stop(50 * time.Millisecond)

	requireGone(t, p.PID())
	assert.ErrorContains(t, p.Err(), "killed")
}

func TestGrandchildrenGoWithACrashedLeader(t *testing.T) {
	p := shell(t, "sleep 60 & echo $!; exit 3")
	require.EqualError(t, p.Err(), "exit status 3")

	grandchild, err := strconv.Atoi(said(t, p, 1)[0])
	require.NoError(t, err)
	requireGone(t, grandchild)
}

func TestTailIsTheEndOfTheLog(t *testing.T) {
	p := shell(t, "for i in 1 2 3 4 5; do echo line $i; done; echo trouble >&2")
	require.NoError(t, p.Err())

	assert.Equal(t, []string{"line 5", "trouble"}, p.Tail(2))
	assert.Len(t, p.Tail(100), 6)
	assert.Empty(t, proc.Tail(filepath.Join(t.TempDir(), "absent"), 5))
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	_, err := proc.Start(proc.Command{Name: "broker", Path: "no-such-program"})
	require.ErrorContains(t, err, "start broker: ")
}
