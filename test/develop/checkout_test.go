//go:build linux

package develop_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
)

// unneeded is what a checkout runs without.
var unneeded = []string{".git", ".ticketx", ".next", "coverage", filepath.Join("test", "browser", "node_modules")}

// checkout is a copy of the repository, which tests may change. It is beside what
// is built, so that packages of the client can be linked instead of copied: their
// development server takes no symbolic links that lead out of it.
func checkout(t *testing.T) string {
	t.Helper()
	root := daprtest.Root(t)
	parent := filepath.Join(root, ".ticketx", "tests")
	require.NoError(t, os.MkdirAll(parent, 0o755))
	dir, err := os.MkdirTemp(parent, "checkout-") //nolint:usetesting // on the same file system
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, os.RemoveAll(dir))
		_ = os.Remove(parent) // unless another test has one there
	})
	packages := filepath.Join("client", "node_modules")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		linked := strings.HasPrefix(name, packages+string(filepath.Separator))
		switch to := filepath.Join(dir, name); {
		case slices.Contains(unneeded, name) || !linked && slices.Contains(unneeded, entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(to, 0o755)
		case entry.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			return errors.Join(err, os.Symlink(target, to))
		case linked:
			return os.Link(path, to)
		default:
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(to, text, 0o644))
		}
	}))
	return dir
}

// edit replaces a text in a file of the checkout, as an editor does that saves it.
func edit(t *testing.T, file, old, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(content), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(content), old, text)), 0o644))
}
