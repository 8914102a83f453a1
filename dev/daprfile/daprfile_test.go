package daprfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ticketx/dev/config"
	"ticketx/dev/daprfile"
	"ticketx/dev/ports"
)

// checkout is the configuration of this checkout, with a stack's folder that
// the test may write to.
func checkout(t *testing.T) config.Config {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	return config.Config{
		Root:  root,
		Dir:   t.TempDir(),
		Ports: ports.Defaults(),
		State: config.DefaultState,
	}
}

func TestRunFileHasTheDefaultPorts(t *testing.T) {
	cfg := checkout(t)
	f, err := daprfile.Read(filepath.Join(cfg.Root, daprfile.Name))
	require.NoError(t, err)

	var ids []string
	for _, app := range f.Apps {
		ids = append(ids, app.AppID)
		number := func(suffix string) int { return cfg.Ports.Number(app.AppID + suffix) }
		assert.Equal(t, number(ports.App), app.AppPort)
		assert.Equal(t, number(ports.HTTP), app.DaprHTTPPort)
		assert.Equal(t, number(ports.GRPC), app.DaprGRPCPort)
		assert.Equal(t, number(ports.Internal), app.DaprInternalGRPCPort)
		assert.Equal(t, number(ports.Metrics), app.MetricsPort)
		assert.Equal(t, ports.Loopback(number(ports.API)), app.Env["API_ADDR"])
		assert.Equal(t, ports.Loopback(number(ports.App)), app.Env["APP_ADDR"])
	}
	assert.Equal(t, ports.Services, ids)
	assert.Equal(t, cfg.Ports.Addr(ports.Placement), f.Common.PlacementHostAddress)
	assert.Equal(t, cfg.Ports.Addr(ports.Scheduler), f.Common.SchedulerHostAddress)
}

// Everything that a copy changes is undone here by what it should mean; what is
// left must be the same.
func TestRenderingTheDefaultsChangesNothing(t *testing.T) {
	cfg := checkout(t)
	original, err := daprfile.Read(filepath.Join(cfg.Root, daprfile.Name))
	require.NoError(t, err)

	path, err := daprfile.Render(cfg)
	require.NoError(t, err)
	rendered, err := daprfile.Read(path)
	require.NoError(t, err)

	for i := range original.Common.ResourcesPaths {
		assertSameResources(t, cfg, original.Common.ResourcesPaths[i], rendered.Common.ResourcesPaths[i])
	}
	assertSameFile(t, cfg, original.Common.ConfigFilePath, rendered.Common.ConfigFilePath)
	rendered.Common.ResourcesPaths = original.Common.ResourcesPaths
	rendered.Common.ConfigFilePath = original.Common.ConfigFilePath
	for i := range original.Apps {
		from, to := original.Apps[i], &rendered.Apps[i]
		assert.Equal(t, filepath.Join(cfg.Run(), "apps", from.AppID), to.AppDirPath)
		to.AppDirPath = from.AppDirPath
		cd := fmt.Sprintf("cd '%s' && ", filepath.Join(cfg.Root, from.AppDirPath))
		assert.True(t, strings.HasPrefix(to.Command[2], cd), to.Command[2])
		to.Command[2] = strings.TrimPrefix(to.Command[2], cd)
	}
	assert.Equal(t, original, rendered)
}

func TestRenderRunsEachAppAsOftenAsThereAreReplicas(t *testing.T) {
	cfg := checkout(t)
	cfg.Replicas = 2
	cfg.Ports = ports.DefaultsFor(2)
	original, err := daprfile.Read(filepath.Join(cfg.Root, daprfile.Name))
	require.NoError(t, err)

	path, err := daprfile.Render(cfg)
	require.NoError(t, err)
	rendered, err := daprfile.Read(path)
	require.NoError(t, err)

	require.Len(t, rendered.Apps, 2*len(original.Apps))
	for i, instance := range cfg.Instances() {
		app := rendered.Apps[i]
		assert.Equal(t, original.Apps[i%len(original.Apps)].AppID, app.AppID, "one app id for all replicas")
		assert.Equal(t, cfg.Ports.Number(instance+ports.HTTP), app.DaprHTTPPort)
		assert.Equal(t, cfg.Ports.Addr(instance+ports.API), app.Env["API_ADDR"])
		assert.Equal(t, filepath.Join(cfg.Run(), "apps", instance), app.AppDirPath)
		assert.NotEmpty(t, app.Env["STOP_DELAY"])
		assert.Equal(t, i >= len(original.Apps), strings.HasSuffix(app.Command[2], " "+instance), app.Command[2])
	}
}

func assertSameResources(t *testing.T, cfg config.Config, original, rendered string) {
	t.Helper()
	from, err := os.ReadDir(filepath.Join(cfg.Root, original))
	require.NoError(t, err)
	to, err := os.ReadDir(rendered)
	require.NoError(t, err)
	require.Len(t, to, len(from))
	for _, entry := range from {
		assertSameFile(t, cfg, filepath.Join(original, entry.Name()), filepath.Join(rendered, entry.Name()))
	}
}

// assertSameFile compares two resources by what they say. A relative path in the
// original is seen from a service's folder.
func assertSameFile(t *testing.T, cfg config.Config, original, rendered string) {
	t.Helper()
	read := func(path string) (content any) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal([]byte(strings.ReplaceAll(string(text), "../../.ticketx/data", cfg.Data())), &content))
		return content
	}
	assert.Equal(t, read(filepath.Join(cfg.Root, original)), read(rendered), original)
}

func TestRenderMovesEverything(t *testing.T) {
	cfg := checkout(t)
	for i := range cfg.Ports {
		cfg.Ports[i].Number += 10000
	}
	cfg.State = "redis"

	path, err := daprfile.Render(cfg)
	require.NoError(t, err)

	var all strings.Builder
	require.NoError(t, filepath.WalkDir(filepath.Dir(path), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(strings.TrimSpace(line), "#") {
				all.WriteString(line)
			}
		}
		return err
	}))
	text := all.String()
	assert.NotContains(t, text, "../../.ticketx/data")
	assert.NotContains(t, text, "state.sqlite")
	assert.Contains(t, text, "state.redis")
	used := []string{ports.Placement, ports.Scheduler, ports.NATS, ports.Redis}
	for _, service := range ports.Services {
		for _, suffix := range []string{ports.API, ports.App, ports.HTTP, ports.GRPC, ports.Metrics, ports.Internal} {
			used = append(used, service+suffix)
		}
	}
	for _, p := range ports.Defaults() {
		assert.NotRegexp(t, fmt.Sprintf(`\b%d\b`, p.Default), text, p.Name)
	}
	for _, name := range used {
		assert.Contains(t, text, fmt.Sprint(cfg.Ports.Number(name)), name)
	}
	assert.Contains(t, text, filepath.Join(cfg.Data(), "secrets.json"))
}

// Whoever starts a service anew knows it by the path of its program.
func TestRenderKeepsTheProgramsThatAreToBeReloaded(t *testing.T) {
	cfg := checkout(t).Developing()
	path, err := daprfile.Render(cfg)
	require.NoError(t, err)
	f, err := daprfile.Read(path)
	require.NoError(t, err)

	self, err := os.Executable()
	require.NoError(t, err)
	assert.True(t, cfg.Moved(), "so that the copy is what runs")
	for _, app := range f.Apps {
		assert.Contains(t, app.Command[2], fmt.Sprintf("exec '%s' keep ../../.ticketx/bin/%s", self, app.AppID))
	}
}

func TestBrokenFilesAreNamedInOneLine(t *testing.T) {
	const component = "kind: Component\nmetadata: {name: state}\n"
	const runFile = `version: 1
common: {resourcesPaths: [parts], configFilePath: config.yaml}
apps: [{appID: a, appDirPath: ., command: [x], env: {A: b}}]
`
	for name, test := range map[string]struct {
		runFile, component string
		want               string
	}{
		"syntax":         {runFile + "\tx", component, "dapr.yaml is not valid: line 4: "},
		"type":           {strings.Replace(runFile, "version: 1", "version: one", 1), component, "dapr.yaml is not valid: line 1: cannot unmarshal"},
		"nothing in it":  {"version: 1", component, "dapr.yaml: it needs version and apps"},
		"app unfinished": {strings.Replace(runFile, ", command: [x]", "", 1), component, `dapr.yaml: app "a" needs appID, appDirPath and command`},
		"no env":         {strings.Replace(runFile, ", env: {A: b}", "", 1), component, `dapr.yaml: app "a" needs an env`},
		"folder absent":  {strings.Replace(runFile, "[parts]", "[part]", 1), component, "resourcesPaths: open "},
		"component":      {runFile, "kind: [", "state.yaml is not valid: line 1: "},
		"no resource":    {runFile, "hello: there", "state.yaml: it needs kind and metadata.name"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(dir, "parts"), 0o755))
			for file, text := range map[string]string{
				daprfile.Name:      test.runFile,
				"config.yaml":      "kind: Configuration\nmetadata: {name: x}\n",
				"parts/state.yaml": test.component,
			} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
			}

			_, err := daprfile.Read(filepath.Join(dir, daprfile.Name))

			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}
