// Package tools builds the pinned programs that TicketX runs on, from Go modules
// and without Docker, into the checkout.
package tools

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/mod/modfile"
)

// Tool is one pinned program.
type Tool struct {
	Name string
	// Family is the folder of tools/ whose module pins it.
	Family string
	// Package is what is built, as `go build` takes it inside the module.
	Package string
	// Module is the one whose version is the tool's version.
	Module string
	// LDFlags stamps the version, which %s stands for, into the program; empty
	// where the program knows it.
	LDFlags string
	// Minutes is how long a build takes on two cores with nothing cached.
	Minutes float64
}

// Runtime is what a run needs, the most awaited first.
var Runtime = []Tool{
	{
		Name: "daprd", Family: "dapr", Package: "./daprd", Module: "github.com/dapr/dapr",
		LDFlags: "-X github.com/dapr/dapr/pkg/buildinfo.version=%[1]s -X github.com/dapr/kit/logger.DaprVersion=%[1]s", Minutes: 3,
	},
	{Name: "placement", Family: "dapr", Package: "github.com/dapr/dapr/cmd/placement", Module: "github.com/dapr/dapr", Minutes: 0.2},
	{Name: "scheduler", Family: "dapr", Package: "github.com/dapr/dapr/cmd/scheduler", Module: "github.com/dapr/dapr", Minutes: 1},
	{Name: "nats-server", Family: "nats", Package: "github.com/nats-io/nats-server/v2", Module: "github.com/nats-io/nats-server/v2", Minutes: 0.5},
	{
		Name: "dapr", Family: "dapr-cli", Package: "github.com/dapr/cli", Module: "github.com/dapr/cli",
		LDFlags: "-X main.version=%s -X main.apiVersion=1.0", Minutes: 3,
	},
	{Name: "caddy", Family: "caddy", Package: "github.com/caddyserver/caddy/v2/cmd/caddy", Module: "github.com/caddyserver/caddy/v2", Minutes: 2},
}

// Testing is what tests need besides. A run does not wait for it.
var Testing = []Tool{{
	Name: "stripe-mock", Family: "stripe-mock", Package: "github.com/stripe/stripe-mock",
	Module: "github.com/stripe/stripe-mock", LDFlags: "-X main.version=%s", Minutes: 0.3,
}}

// Lint is what `make lint` needs. It is apart, so that a run does not wait for
// it.
var Lint = []Tool{{
	Name: "golangci-lint", Family: "lint", Package: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint",
	Module: "github.com/golangci/golangci-lint/v2", LDFlags: "-X main.version=%s", Minutes: 3,
}}

// Version is the tool's version as its module pins it, without the v.
func (t Tool) Version(root string) (string, error) {
	path := filepath.Join(root, "tools", t.Family, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", t.Name, err)
	}
	mod, err := modfile.ParseLax(path, text, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", t.Name, err)
	}
	for _, require := range mod.Require {
		if require.Mod.Path == t.Module {
			return require.Mod.Version[1:], nil
		}
	}
	return "", fmt.Errorf("%s: %s does not pin %s", t.Name, path, t.Module)
}

// fingerprint changes when a build would give something else: with the pinned
// versions, with what is written in the module, and with the Go version.
func (t Tool) fingerprint(root string) (string, error) {
	dir := filepath.Join(root, "tools", t.Family)
	var files []string
	for _, pattern := range []string{"go.mod", "go.sum", "*.go", "*/*.go"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		files = append(files, found...)
	}
	slices.Sort(files)

	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH, t.Package, t.LDFlags)
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, file[len(dir):])
		_, err = io.Copy(sum, f)
		_ = f.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
