package reload_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/reload"
)

const patience = 20 * time.Second

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	// At once, as builds and good editors do.
	require.NoError(t, os.WriteFile(path+"~", []byte(text), 0o755))
	require.NoError(t, os.Rename(path+"~", path))
}

// watched watches a folder until the test ends, and tells of its changes.
func watched(t *testing.T, folder string) <-chan []string {
	t.Helper()
	watcher, err := reload.Watch([]string{folder})
	require.NoError(t, err)
	// Before anybody is told, as while the system starts.
	write(t, filepath.Join(folder, "first.go"), "")
	ctx, cancel := context.WithCancel(t.Context())
	changes, ended := make(chan []string, 100), make(chan error, 1)
	go func() { ended <- watcher.Tell(ctx, func(files []string) { changes <- files }) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		watcher.Close()
	})
	await(t, changes, filepath.Join(folder, "first.go"))
	return changes
}

// await waits until a change of the file was noticed, and returns what has changed
// until then.
func await(t *testing.T, changes <-chan []string, file string) (all []string) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case files := <-changes:
			if all = append(all, files...); slices.Contains(files, file) {
				return all
			}
		case <-limit:
			require.Fail(t, "the change was not noticed", "%s, but %v", file, all)
		}
	}
}

func TestWatchSeesWhatChanges(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "deep", "down", "code.go"), "old")
	write(t, filepath.Join(folder, ".dapr", "logs", "x.log"), "")
	changes := watched(t, folder)
	code, fresh := filepath.Join(folder, "deep", "down", "code.go"), filepath.Join(folder, "fresh")

	write(t, code, "new")
	await(t, changes, code)
	write(t, filepath.Join(fresh, "code.go"), "new")
	await(t, changes, fresh)
	write(t, filepath.Join(fresh, "page.html"), "new")
	await(t, changes, filepath.Join(fresh, "page.html"))
	require.NoError(t, os.Remove(filepath.Join(fresh, "code.go")))
	await(t, changes, filepath.Join(fresh, "code.go"))

	write(t, filepath.Join(folder, ".dapr", "logs", "x.log"), "new")
	write(t, filepath.Join(folder, "deep", "code_test.go"), "new")
	write(t, filepath.Join(folder, "deep", ".code.go.swp"), "new")
	write(t, code, "newer")
	assert.Equal(t, []string{code}, await(t, changes, code), "tests and what is hidden do not count")
}

// kept keeps a script running, and tells it of newer ones.
type kept struct {
	newer chan os.Signal
	ended chan error
	stop  context.CancelFunc
}

func keep(t *testing.T, script, log string) *kept {
	t.Helper()
	out, err := os.Create(log)
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	k := &kept{newer: make(chan os.Signal), ended: make(chan error, 1), stop: cancel}
	go func() { k.ended <- reload.Keep(ctx, out, k.newer, script, "argument") }()
	t.Cleanup(cancel)
	return k
}

// says waits until the log has the line.
func says(t *testing.T, log, line string) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), line)
	}, patience, 10*time.Millisecond, line)
}

func TestKeepRunsTheNewerProgram(t *testing.T) {
	script, log := filepath.Join(t.TempDir(), "service"), filepath.Join(t.TempDir(), "log")
	write(t, script, "#!/bin/sh\ntrap 'echo asked; exit' TERM\necho first $1\nwhile :; do sleep 0.05; done\n")
	k := keep(t, script, log)
	says(t, log, "first argument")

	write(t, script, "#!/bin/sh\necho second is broken\nexit 3\n")
	k.newer <- reload.Newer
	says(t, log, "second is broken")
	says(t, log, "service has ended (exit status 3): waiting for a change")

	write(t, script, "#!/bin/sh\ntrap 'echo goodbye; exit' TERM\necho third $1\nwhile :; do sleep 0.05; done\n")
	k.newer <- reload.Newer
	says(t, log, "third argument")

	k.stop()
	require.NoError(t, <-k.ended)
	says(t, log, "goodbye")
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "asked", "the one that was replaced was killed")
	assert.NotEqual(t, syscall.SIGTERM, reload.Newer, "which asks Keep itself to end")
}

func TestKeepSaysThatThereIsNoProgram(t *testing.T) {
	k := keep(t, filepath.Join(t.TempDir(), "nothing"), filepath.Join(t.TempDir(), "log"))
	require.ErrorContains(t, <-k.ended, "nothing")
}
