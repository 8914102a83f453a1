// Package docs checks what the documentation names: a link, a command, a setting, a
// file or a test that is not there any more leads its reader nowhere.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
)

// repository is its files by their names, below its root.
type repository map[string]string

// read reads what people write: texts, and the source in which they are looked up.
func read(t *testing.T) repository {
	t.Helper()
	root := filepath.Join("..", "..")
	files := make(repository)
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".ticketx", ".next", "node_modules", "coverage"}, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	}))
	return files
}

// pages is the documentation.
func (r repository) pages() repository {
	pages := make(repository)
	for name, text := range r {
		if strings.HasSuffix(name, ".md") {
			pages[name] = text
		}
	}
	return pages
}

// has says whether there is the file, or the folder.
func (r repository) has(name string) bool {
	if _, ok := r[name]; ok || name == "." {
		return true
	}
	for file := range r {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

// source is all that is no documentation, in one piece.
func (r repository) source() string {
	var all strings.Builder
	for name, text := range r {
		if !strings.HasSuffix(name, ".md") {
			all.WriteString(text)
		}
	}
	return all.String()
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	files := read(t)
	found := 0
	for page, text := range files.pages() {
		for _, to := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(to[1], "://") {
				continue
			}
			found++
			name, heading, _ := strings.Cut(to[1], "#")
			target := page
			if name != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(page), name))
			}
			assert.True(t, files.has(target), "%s: there is no %s", page, to[1])
			if heading != "" {
				assert.Contains(t, anchors(files[target]), heading, "%s: %s", page, to[1])
			}
		}
	}
	assert.Greater(t, found, 50, "links are found")
}

var (
	title      = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noneAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors is what the headings of a page are called in links.
func anchors(text string) (all []string) {
	for _, found := range title.FindAllStringSubmatch(text, -1) {
		plain := noneAnchor.ReplaceAllString(strings.ToLower(found[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

var (
	block  = regexp.MustCompile("(?ms)^```.*?^```$")
	span   = regexp.MustCompile("`[^`\n]+`")
	target = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	called = regexp.MustCompile(`(?m)(?:^|&& )make ([a-z][a-z-]*)`)
)

// code is what a page sets as code.
func code(text string) string {
	blocks := block.FindAllString(text, -1)
	spans := span.FindAllString(block.ReplaceAllString(text, ""), -1)
	for i, s := range spans {
		spans[i] = strings.Trim(s, "`")
	}
	return strings.Join(append(blocks, spans...), "\n")
}

func TestCommandsExist(t *testing.T) {
	files := read(t)
	var targets []string
	for _, found := range target.FindAllStringSubmatch(files["Makefile"], -1) {
		targets = append(targets, found[1])
	}
	found := 0
	for page, text := range files.pages() {
		for _, command := range called.FindAllStringSubmatch(code(text), -1) {
			found++
			assert.Contains(t, targets, command[1], "%s calls make %s", page, command[1])
		}
	}
	assert.Greater(t, found, 50, "commands are found")
}

var setting = regexp.MustCompile(`\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b`)

func TestSettingsExist(t *testing.T) {
	files := read(t)
	source := files.source()
	for _, port := range ports.Defaults() {
		source += port.Env + "\n"
	}
	found := 0
	for page, text := range files.pages() {
		for _, name := range setting.FindAllString(code(text), -1) {
			found++
			if !strings.Contains(source, name) {
				t.Errorf("%s: nothing in the source knows %s", page, name)
			}
		}
	}
	assert.Greater(t, found, 50, "settings are found")
}

var (
	path = regexp.MustCompile(`(?m)(?:^|\s)(?:\./)?((?:client|components|deploy|dev|docs|kit|services|standin|test|tools)(?:/[\w.-]*\w)+)`)
	test = regexp.MustCompile(`\b(?:Test|Benchmark)[A-Z]\w+\b`)
)

func TestFilesAndTestsExist(t *testing.T) {
	files := read(t)
	source := files.source()
	paths, tests := 0, 0
	for page, text := range files.pages() {
		for _, name := range path.FindAllStringSubmatch(code(text), -1) {
			paths++
			beside := filepath.ToSlash(filepath.Join(filepath.Dir(page), name[1]))
			assert.True(t, files.has(name[1]) || files.has(beside), "%s: there is no %s", page, name[1])
		}
		for _, name := range test.FindAllString(code(text), -1) {
			tests++
			if !strings.Contains(source, "func "+name) {
				t.Errorf("%s: there is no test %s", page, name)
			}
		}
	}
	assert.Greater(t, paths, 20, "paths are found")
	assert.Greater(t, tests, 5, "tests are found")
}
