package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/config"
	"ticketx/dev/stack"
)

// say runs a command and returns what it said.
func say(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = dispatch(t.Context(), &out, commands(nil), args)
	return out.String(), err
}

// pretend has a system run in a folder: what it leaves for the commands is there.
func pretend(t *testing.T, ports string) {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	cfg, err := config.Load(dir)
	require.NoError(t, err)
	unlock, err := stack.Lock(cfg)
	require.NoError(t, err)
	t.Cleanup(unlock)
	for file, content := range map[string]string{"pids.json": `{}`, "ports.json": ports} {
		require.NoError(t, os.WriteFile(filepath.Join(cfg.Run(), file), []byte(content), 0o600))
	}
}

func TestPortsSaysWhoseTheyAre(t *testing.T) {
	t.Setenv("TICKETX_DIR", t.TempDir())
	t.Setenv("PORTS", "")
	said, err := say(t, "ports")
	require.NoError(t, err)
	assert.Contains(t, said, "A run takes these ports")
	assert.Regexp(t, `(?m)^orders-api +3003 +3003 +ORDERS_API_PORT$`, said)

	t.Setenv("PORTS", "free")
	t.Setenv("INGRESS_PORT", "9090")
	said, err = say(t, "ports")
	require.NoError(t, err)
	assert.Contains(t, said, "chooses free ports when it starts")
	assert.Regexp(t, `(?m)^ingress +9090 +8080 +INGRESS_PORT$`, said)
	assert.Regexp(t, `(?m)^orders-api +free +3003 `, said)

	pretend(t, `{"ingress": 12000, "orders-api": 12001, "orders-2-api": 12002}`)
	said, err = say(t, "ports")
	require.NoError(t, err)
	assert.Contains(t, said, "The ports of the system that runs in")
	assert.Regexp(t, `(?m)^ingress +12000 `, said)
	assert.Regexp(t, `(?m)^orders-2-api +12002 `, said)
	assert.NotContains(t, said, "nats")
}

func TestOperatorsCommandsSayWhomTheyAsk(t *testing.T) {
	t.Setenv("TICKETX_DIR", t.TempDir())
	t.Setenv("PORTS", "")
	t.Setenv("ORDERS_DAPR_HTTP_PORT", "1") // nobody is there
	for _, args := range [][]string{{"announce", "orders"}, {"dead-letters", "orders"}, {"redrive", "orders"}, {"discard", "orders", "aa"}} {
		said, err := say(t, args...)
		require.ErrorContains(t, err, "the sidecar of orders does not answer", "%v", args)
		assert.Contains(t, said, "asking on the ports that are set")
	}
	t.Setenv("PORTS", "free")
	for _, args := range [][]string{{"announce", "orders"}, {"reconcile"}, {"dead-letters"}, {"redrive", "orders"}, {"discard", "orders", "aa"}, {"demo"}, {"load", ""}} {
		said, err := say(t, args...)
		require.ErrorContains(t, err, "nothing runs in", "%v", args)
		assert.Empty(t, said)
	}
}

// Make passes what is not set as an empty argument.
func TestArgumentsThatAreMissing(t *testing.T) {
	t.Setenv("TICKETX_DIR", t.TempDir())
	pretend(t, `{}`)
	for want, args := range map[string][]string{
		"TOPIC is missing":  {"dead-letters", "", "aa"},
		"LETTER is missing": {"discard", "orders", ""},
		"FROM":              {"announce", "orders", "--from", "x"},
		"CONNECTIONS":       {"load", "-connections", "many", ""},
		"another machine":   {"load", "http://192.0.2.1/"},
	} {
		_, err := say(t, args...)
		assert.ErrorContains(t, err, want)
	}
	_, err := say(t, "redrive", "")
	assert.ErrorContains(t, err, "TOPIC is missing")
}
