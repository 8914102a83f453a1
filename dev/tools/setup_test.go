package tools_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/config"
	"ticketx/dev/tools"
)

const (
	goMod = `module ticketx/tools/hello

go 1.26.4

require example.com/hello v1.2.3

replace example.com/hello => ./hello
`
	program = `package main

var version = "none"

func main() { println(version) }
`
)

// hello is a tool that builds in no time, from what checkout writes.
var hello = tools.Tool{
	Name: "hello", Family: "hello", Package: "example.com/hello", Module: "example.com/hello",
	LDFlags: "-X main.version=%s",
}

// checkout is a checkout that has nothing but the module of the tool hello, and
// no Dapr that is installed.
func checkout(t *testing.T) config.Config {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"go.mod":        goMod,
		"tools.go":      "package tools\n\nimport _ \"example.com/hello\"\n",
		"hello/go.mod":  "module example.com/hello\n\ngo 1.26.4\n",
		"hello/main.go": program,
	} {
		write(t, filepath.Join(root, "tools", "hello", path), text, 0o644)
	}
	return config.Config{Root: root, Tools: filepath.Join(root, ".ticketx", "tools", "bin")}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

func setup(t *testing.T, ctx context.Context, cfg config.Config, wanted ...tools.Tool) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = tools.Setup(ctx, cfg, &out, wanted)
	return out.String(), err
}

func version(t *testing.T, cfg config.Config) string {
	t.Helper()
	out, err := exec.Command(cfg.Tool("hello")).CombinedOutput()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func TestSetupBuildsOnce(t *testing.T) {
	cfg := checkout(t)

	said, err := setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)
	assert.Contains(t, said, "[1/1] hello 1.2.3 built in ")
	assert.Equal(t, "1.2.3", version(t, cfg))

	said, err = setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)
	assert.Empty(t, said, "all is there")
}

func TestSetupBuildsAnewWhatChanged(t *testing.T) {
	cfg := checkout(t)
	_, err := setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)

	pinned := filepath.Join(cfg.Root, "tools", "hello", "go.mod")
	write(t, pinned, strings.Replace(goMod, "v1.2.3", "v1.2.4", 1), 0o644)
	_, err = setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)
	assert.Equal(t, "1.2.4", version(t, cfg))

	require.NoError(t, os.Remove(cfg.Tool("hello")))
	_, err = setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)
	assert.Equal(t, "1.2.4", version(t, cfg))
}

func TestSetupGoesOnAfterAnInterruption(t *testing.T) {
	cfg := checkout(t)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := setup(t, interrupted, cfg, hello)
	require.ErrorContains(t, err, "interrupted while building hello")
	entries, err := os.ReadDir(cfg.Tools)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing half made is left")

	_, err = setup(t, t.Context(), cfg, hello)
	require.NoError(t, err)
	assert.Equal(t, "1.2.3", version(t, cfg))
}

func TestSetupShowsWhyABuildFailed(t *testing.T) {
	cfg := checkout(t)
	write(t, filepath.Join(cfg.Root, "tools", "hello", "hello", "main.go"), "package main\n\nfunc main() { oops }\n", 0o644)

	_, err := setup(t, t.Context(), cfg, hello)

	require.ErrorContains(t, err, "hello could not be built")
	assert.ErrorContains(t, err, "undefined: oops")
}

func TestSetupNeverBuildsIntoAGivenFolder(t *testing.T) {
	cfg := checkout(t)
	cfg.ReadyTools = true

	_, err := setup(t, t.Context(), cfg, hello)

	assert.EqualError(t, err, "TICKETX_TOOLS="+cfg.Tools+" has no hello")
}

// installed puts programs in place that answer --version.
func installed(t *testing.T, cli, runtime string) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which would be in the new home
		folder, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		t.Setenv(name, strings.TrimSpace(string(folder)))
	}
	t.Setenv("HOME", home)
	t.Setenv("PATH", filepath.Join(home, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	answer := func(text string) string { return "#!/bin/sh\nprintf '" + text + "'\n" }
	write(t, filepath.Join(home, "bin", "dapr"), answer(`CLI version: `+cli+` \nRuntime version: `+runtime), 0o755)
	write(t, filepath.Join(home, ".dapr", "bin", "daprd"), answer(runtime+`\n`), 0o755)
}

// dapr is the two programs that may be installed, here with the tool hello in
// their place when they are not.
func dapr() []tools.Tool {
	cli, runtime := hello, hello
	cli.Name, runtime.Name = "dapr", "daprd"
	return []tools.Tool{cli, runtime}
}

func TestSetupUsesAnInstalledDaprThatFits(t *testing.T) {
	cfg := checkout(t)
	installed(t, "1.17.0", "1.18.4")

	said, err := setup(t, t.Context(), cfg, dapr()...)

	require.NoError(t, err)
	assert.Contains(t, said, "dapr 1.17.0 is installed: using ")
	assert.Contains(t, said, "daprd 1.18.4 is installed: using ")
	assert.NotContains(t, said, "to build")
	said, err = setup(t, t.Context(), cfg, dapr()...)
	require.NoError(t, err)
	assert.Empty(t, said)

	home, err := os.UserHomeDir()
	require.NoError(t, err)
	write(t, filepath.Join(home, ".dapr", "bin", "daprd"), "#!/bin/sh\necho 1.19.0\n", 0o755)
	said, err = setup(t, t.Context(), cfg, dapr()...)
	require.NoError(t, err)
	assert.Contains(t, said, "[1/1] daprd 1.2.3 built in ", "an upgrade that does not fit is noticed")
}

func TestSetupBuildsWhereTheInstalledDaprDoesNotFit(t *testing.T) {
	cfg := checkout(t)
	installed(t, "1.15.1", "1.17.9")

	said, err := setup(t, t.Context(), cfg, dapr()...)

	require.NoError(t, err)
	assert.NotContains(t, said, "is installed")
	assert.Contains(t, said, "[2/2] daprd 1.2.3 built in ")
}

// The real pins: every tool must be found in its module.
func TestEveryToolIsPinned(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, tool := range slices.Concat(tools.Runtime, tools.Testing, tools.Lint) {
		version, err := tool.Version(root)
		require.NoError(t, err, tool.Name)
		assert.Regexp(t, `^\d+\.\d+\.\d+$`, version, tool.Name)
	}
}
