// Package client builds the web client in client/, and knows how to run it: with
// Node.js and npm, which have to be installed.
package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticketx/dev/config"
	"ticketx/kit/proc"
)

// kept is how many builds are kept: those of other branches come back at once.
const kept = 3

// generated is what lies in the client's folder and is not its source.
var generated = []string{"node_modules", ".next", "coverage", "test-results", "playwright-report", "screenshots", "next-env.d.ts"}

// Dev is the program and arguments that serve the client from its source, and
// change it with that, on this machine's port.
func (c *Client) Dev(port int) (path string, args []string) {
	return "node", []string{
		filepath.Join(c.folder, "node_modules", "next", "dist", "bin", "next"),
		"dev", "--hostname", "127.0.0.1", "--port", strconv.Itoa(port),
	}
}

// Client is the web client of a checkout.
type Client struct {
	root   string
	folder string // its source
	made   string // what is built of it
	logs   string
	out    io.Writer
}

// New is the client of the checkout, which says on out what it does.
func New(cfg config.Config, out io.Writer) *Client {
	return &Client{
		root: cfg.Root, folder: cfg.Client(), made: filepath.Join(cfg.Root, ".ticketx", "client"),
		logs: cfg.Logs(), out: out,
	}
}

// Install puts the client's packages in place, as its lock file names them.
func (c *Client) Install(ctx context.Context) error {
	if err := requireNode(ctx, c.folder); err != nil {
		return err
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return c.install(ctx)
}

func (c *Client) install(ctx context.Context) error {
	want, err := digest(c.folder, "package.json", "package-lock.json")
	if err != nil {
		return err
	}
	// Inside what it speaks of, so that it goes when that is removed.
	stamp := filepath.Join(c.folder, "node_modules", ".ticketx")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	began := time.Now()
	fmt.Fprintln(c.out, "client: installing its packages …")
	if err := c.npm(ctx, "client-install", "ci", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "client: packages installed in %s\n", time.Since(began).Round(time.Second))
	return os.WriteFile(stamp, []byte(want), 0o644)
}

// Build builds the client, unless that was done since it last changed, and
// returns the folder with the server: `node server.js` in it is the client.
func (c *Client) Build(ctx context.Context) (server string, err error) {
	if err := requireNode(ctx, c.folder); err != nil {
		return "", err
	}
	unlock, err := c.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	source, err := digest(c.folder, "")
	if err != nil {
		return "", err
	}
	server = filepath.Join(c.made, source[:16])
	if _, err := os.Stat(filepath.Join(server, "server.js")); err == nil {
		now := time.Now()
		return server, os.Chtimes(server, now, now) // the last to be removed
	}
	if err := c.install(ctx); err != nil {
		return "", err
	}
	began := time.Now()
	fmt.Fprintln(c.out, "client: building …")
	if err := c.npm(ctx, "client-build", "run", "build"); err != nil {
		return "", err
	}
	if err := c.collect(server); err != nil {
		return "", err
	}
	fmt.Fprintf(c.out, "client: built in %s\n", time.Since(began).Round(time.Second))
	return server, c.removeOld()
}

// collect moves the server that the build has left into a folder of its own,
// whole or not at all.
func (c *Client) collect(server string) error {
	if err := os.RemoveAll(server); err != nil {
		return err
	}
	return os.Rename(filepath.Join(c.folder, ".next", "standalone"), server)
}

// removeOld removes the builds that were not used for the longest time.
func (c *Client) removeOld() error {
	entries, err := os.ReadDir(c.made)
	if err != nil {
		return err
	}
	used := make(map[string]time.Time)
	var builds []string
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && entry.IsDir() {
			used[entry.Name()] = info.ModTime()
			builds = append(builds, entry.Name())
		}
	}
	slices.SortFunc(builds, func(a, b string) int { return used[b].Compare(used[a]) })
	for _, old := range builds[min(kept, len(builds)):] {
		if err := os.RemoveAll(filepath.Join(c.made, old)); err != nil {
			return err
		}
	}
	return nil
}

// npm runs npm in the client's folder. What it says is shown when it fails.
func (c *Client) npm(ctx context.Context, log string, args ...string) error {
	p, err := proc.Start(proc.Command{
		Name: "npm", Path: "npm", Args: args, Dir: c.folder,
		Env: append(os.Environ(), "NEXT_TELEMETRY_DISABLED=1", "NODE_ENV="),
		Log: filepath.Join(c.logs, log+".log"),
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	case <-p.Done():
	}
	if p.Err() != nil {
		return fmt.Errorf("client: npm %s failed (%s):\n%s", strings.Join(args, " "), without, strings.Join(p.Tail(40), "\n"))
	}
	return nil
}

// digest changes with the named files of a folder, or with all of them when one
// is named "", but for what is generated and for tests.
func digest(folder string, names ...string) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(folder, name), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case slices.Contains(generated, entry.Name()) && entry.IsDir():
				return fs.SkipDir
			case !entry.Type().IsRegular() || slices.Contains(generated, entry.Name()) || strings.Contains(entry.Name(), ".test."):
				return nil
			}
			text, err := os.ReadFile(path) //nolint:gosec // nobody else writes in the checkout meanwhile
			if err != nil {
				return err
			}
			fmt.Fprintf(sum, "%s %d\n", strings.TrimPrefix(path, folder), len(text))
			sum.Write(text)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
