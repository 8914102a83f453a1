package tools

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// installed begins the stamp of a tool that is a link to an installed program.
const installed = "installed "

// Versions of an installed Dapr that fit. The runtime's minor version decides
// what its components do, so only that one; the CLI only starts it.
var (
	fittingRuntime = regexp.MustCompile(`^1\.18\.\d+$`)
	fittingCLI     = regexp.MustCompile(`^1\.(1[6-9]|[2-9]\d)\.\d+$`)
)

// useInstalled links the Dapr programs that are installed already and fit, says
// so, and returns the tools that are still to be built.
func (s *setup) useInstalled(ctx context.Context, todo []Tool) ([]Tool, error) {
	var rest []Tool
	for _, t := range todo {
		path, version := find(ctx, t.Name)
		if path == "" {
			rest = append(rest, t)
			continue
		}
		if err := s.link(t, path); err != nil {
			return nil, fmt.Errorf("setup: %w", err)
		}
		fmt.Fprintf(s.out, "setup: %s %s is installed: using %s\n", t.Name, version, path)
	}
	return rest, nil
}

// find looks for an installed program that fits.
func find(ctx context.Context, name string) (path, version string) {
	switch name {
	case "dapr":
		path, err := exec.LookPath("dapr")
		if err != nil {
			return "", ""
		}
		if version := cliVersion(ask(ctx, path)); fittingCLI.MatchString(version) {
			return path, version
		}
	case "daprd":
		home, err := os.UserHomeDir()
		if err != nil {
			return "", ""
		}
		path := filepath.Join(home, ".dapr", "bin", "daprd")
		if version := strings.TrimSpace(ask(ctx, path)); fittingRuntime.MatchString(version) {
			return path, version
		}
	}
	return "", ""
}

// cliVersion finds the version in what `dapr --version` prints: "CLI version:
// 1.16.5", and the runtime's on the next line.
func cliVersion(printed string) string {
	first, _, _ := strings.Cut(printed, "\n")
	_, version, _ := strings.Cut(first, ":")
	return strings.TrimPrefix(strings.TrimSpace(version), "v")
}

func ask(ctx context.Context, path string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// link puts a link in the tool's place.
func (s *setup) link(t Tool, path string) error {
	stamp, err := installedStamp(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.cfg.Tools, 0o755); err != nil {
		return err
	}
	if err := os.Remove(s.cfg.Tool(t.Name)); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Symlink(path, s.cfg.Tool(t.Name)); err != nil {
		return err
	}
	return writeWhole(s.stamp(t), stamp)
}

// installedStamp changes when the installed program does, so that its version
// is looked at again.
func installedStamp(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(installed, path, " ", info.Size(), " ", info.ModTime().UnixNano()), nil
}

// linksInstalled says whether the stamp is that of a link to an installed
// program that is still the same.
func (s *setup) linksInstalled(t Tool, stamp string) bool {
	if !strings.HasPrefix(stamp, installed) {
		return false
	}
	path, err := os.Readlink(s.cfg.Tool(t.Name))
	if err != nil {
		return false
	}
	now, err := installedStamp(path)
	return err == nil && now == stamp
}
