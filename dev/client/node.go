package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// without says how to go on without the client.
const without = "or set CLIENT=off to run without the client"

// requireNode says what is missing to build and run the client: Node.js, as new
// as client/package.json wants it, with npm.
func requireNode(ctx context.Context, folder string) error {
	wanted, err := wantedNode(filepath.Join(folder, "package.json"))
	if err != nil {
		return err
	}
	advice := fmt.Sprintf("install Node.js %s or later (https://nodejs.org/en/download), %s", wanted, without)
	path, err := exec.LookPath("node")
	if err != nil {
		return errors.New("the client needs Node.js, and there is no node in PATH: " + advice)
	}
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return fmt.Errorf("the client needs Node.js, and %s --version fails (%w): %s", path, err, advice)
	}
	if have := strings.TrimSpace(string(said)); !atLeast(have, wanted) {
		return fmt.Errorf("the client needs a newer Node.js than %s, which is %s: %s", path, have, advice)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("the client needs npm, and there is none in PATH: it comes with Node.js; " + advice)
	}
	return nil
}

// engine is the one form in which package.json says what it wants.
var engine = regexp.MustCompile(`^>=\s*(\d+(?:\.\d+)*)$`)

// wantedNode is the oldest version that fits.
func wantedNode(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var described struct {
		Engines struct{ Node string }
	}
	if err := json.Unmarshal(text, &described); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	found := engine.FindStringSubmatch(described.Engines.Node)
	if found == nil {
		return "", fmt.Errorf(`%s: engines.node is %q, and must be ">=VERSION"`, file, described.Engines.Node)
	}
	return found[1], nil
}

// atLeast compares versions number by number; a leading v does not count.
func atLeast(have, want string) bool {
	a, b := numbers(have), numbers(want)
	for i := range max(len(a), len(b)) {
		if x, y := at(a, i), at(b, i); x != y {
			return x > y
		}
	}
	return true
}

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(strings.TrimPrefix(version, "v"), ".") {
		n, _ := strconv.Atoi(part) // what is no number is the oldest
		all = append(all, n)
	}
	return all
}

func at(all []int, i int) int {
	if i < len(all) {
		return all[i]
	}
	return 0
}
