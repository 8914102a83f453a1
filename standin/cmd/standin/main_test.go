package main

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	vars := map[string]string{
		"STANDIN_DATA": filepath.Join(t.TempDir(), "made", "book.db"),
		"STANDIN_ADDR": taken.Addr().String(),
	}
	require.ErrorContains(t, run(t.Context(), environment(vars)), "STANDIN_ADDR moves it")
}

func TestRunStopsWhenTold(t *testing.T) {
	told, stop := context.WithCancel(t.Context())
	stop()
	vars := map[string]string{"STANDIN_DATA": filepath.Join(t.TempDir(), "book.db"), "STANDIN_ADDR": "127.0.0.1:0"}
	require.NoError(t, run(told, environment(vars)))
	require.NoError(t, run(told, environment(vars)), "the book was closed")
}
