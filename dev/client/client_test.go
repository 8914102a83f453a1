package client

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/config"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
}

// checkout is a checkout with a client, and a node and npm of that version that
// write down what they are asked to do.
func checkout(t *testing.T, version string) (c *Client, out *bytes.Buffer, asked func() string) {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "client", "package.json"), `{"engines": {"node": ">=20.9"}}`)
	write(t, filepath.Join(root, "client", "package-lock.json"), `{}`)
	write(t, filepath.Join(root, "client", "src", "page.tsx"), "one")

	bin := filepath.Join(root, "bin")
	for _, name := range []string{"sh", "mkdir", "cp"} {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(bin, 0o755))
		require.NoError(t, os.Symlink(path, filepath.Join(bin, name)))
	}
	t.Setenv("PATH", bin)
	if version != "" {
		write(t, filepath.Join(bin, "node"), "#!/bin/sh\necho "+version+"\n")
		write(t, filepath.Join(bin, "npm"), `#!/bin/sh
echo "$1 $2" >>`+root+`/asked
case "$1" in
ci) mkdir -p node_modules ;;
run)
	[ -e fail ] && { echo "no such module"; exit 1; }
	mkdir -p .next/standalone && cp src/page.tsx .next/standalone/server.js ;;
esac
`)
	}
	out = &bytes.Buffer{}
	cfg := config.Config{Root: root, Dir: filepath.Join(root, ".ticketx")}
	return New(cfg, out), out, func() string {
		text, _ := os.ReadFile(filepath.Join(root, "asked"))
		_ = os.Remove(filepath.Join(root, "asked"))
		return string(text)
	}
}

func TestBuildHappensWhenSomethingHasChanged(t *testing.T) {
	c, _, asked := checkout(t, "v22.1.0")

	first, err := c.Build(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ci --no-audit\nrun build\n", asked())
	text, err := os.ReadFile(filepath.Join(first, "server.js"))
	require.NoError(t, err)
	assert.Equal(t, "one", string(text))

	again, err := c.Build(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Empty(t, asked(), "nothing has changed")

	page := filepath.Join(c.folder, "src", "page.tsx")
	write(t, page, "two")
	second, err := c.Build(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	assert.Equal(t, "run build\n", asked(), "the packages are the same")

	write(t, page, "one")
	back, err := c.Build(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, back)
	write(t, filepath.Join(c.folder, "src", "page.test.tsx"), "a test is not built")
	_, err = c.Build(t.Context())
	require.NoError(t, err)
	assert.Empty(t, asked(), "it was built before")

	write(t, filepath.Join(c.folder, "package-lock.json"), `{"a": 1}`)
	_, err = c.Build(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ci --no-audit\nrun build\n", asked())
}

func TestFewBuildsAreKept(t *testing.T) {
	c, _, _ := checkout(t, "v22.1.0")
	for _, text := range []string{"1", "2", "3", "4", "5"} {
		write(t, filepath.Join(c.folder, "src", "page.tsx"), text)
		server, err := c.Build(t.Context())
		require.NoError(t, err)
		require.FileExists(t, filepath.Join(server, "server.js"))
	}
	builds, err := filepath.Glob(filepath.Join(c.made, "*", "server.js"))
	require.NoError(t, err)
	assert.Len(t, builds, kept)
}

func TestABuildThatFailsShowsWhyAndLeavesNothing(t *testing.T) {
	c, _, _ := checkout(t, "v22.1.0")
	write(t, filepath.Join(c.folder, "fail"), "")

	_, err := c.Build(t.Context())

	require.ErrorContains(t, err, "npm run build failed")
	require.ErrorContains(t, err, "no such module")
	require.ErrorContains(t, err, "CLIENT=off")
	builds, err := filepath.Glob(filepath.Join(c.made, "*", "server.js"))
	require.NoError(t, err)
	assert.Empty(t, builds)
}

func TestWithoutAFittingNode(t *testing.T) {
	for version, want := range map[string]string{
		"":         "there is no node in PATH",
		"v18.20.4": "a newer Node.js than",
		"v20.8.1":  "v20.8.1: install Node.js 20.9 or later",
	} {
		c, _, asked := checkout(t, version)
		_, err := c.Build(t.Context())
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "CLIENT=off")
		assert.Empty(t, asked())
	}
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		have, want string
		is         bool
	}{
		{"v20.9.0", "20.9", true},
		{"v20.10.0", "20.9", true},
		{"v22.0.0", "20.9", true},
		{"v20.19.0", "20.19.0", true},
		{"v20.8.9", "20.9", false},
		{"v9.9.9", "20.9", false},
		{"rubbish", "20", false},
	} {
		assert.Equal(t, c.is, atLeast(c.have, c.want), "%s, wanted %s", c.have, c.want)
	}
}

func TestWantedNode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "package.json")
	for engines, want := range map[string]string{">=20.9": "20.9", ">= 22": "22"} {
		write(t, file, strings.Replace(`{"engines": {"node": "X"}}`, "X", engines, 1))
		have, err := wantedNode(file)
		require.NoError(t, err)
		assert.Equal(t, want, have)
	}
	write(t, file, `{"engines": {"node": "^20"}}`)
	_, err := wantedNode(file)
	assert.ErrorContains(t, err, `must be ">=VERSION"`)
}
