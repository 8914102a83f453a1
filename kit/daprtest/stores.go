package daprtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v3"

	"ticketx/kit/dapr"
	"ticketx/kit/state"
)

// EachStore runs a contract over every state store the project promises to run
// on: memory, and unless -short is given, through a real sidecar with the
// component of components/state, SQLite and Redis. MongoDB joins them where
// STATE_CONTRACT_MONGODB names a server, as in the hosted CI.
//
// The stores are shared by all of a run; a test uses keys of its own.
func EachStore(t *testing.T, contract func(t *testing.T, store state.Store)) {
	t.Run("memory", func(t *testing.T) { contract(t, state.NewMemory()) })
	if testing.Short() {
		return
	}
	t.Run("sqlite", func(t *testing.T) { contract(t, SQLite(t)) })
	t.Run("redis", func(t *testing.T) { contract(t, Redis(t)) })
	if server := os.Getenv("STATE_CONTRACT_MONGODB"); server != "" {
		t.Run("mongodb", func(t *testing.T) {
			contract(t, storeOver(t, "mongodb", map[string]string{"connectionString": server}))
		})
	}
}

// SQLite returns a store on a new SQLite file, through a sidecar.
func SQLite(t testing.TB) *dapr.Store {
	return storeOver(t, "sqlite", map[string]string{"connectionString": filepath.Join(t.TempDir(), "state.db")})
}

// Redis returns a store on a new Redis server, through a sidecar.
func Redis(t testing.TB) *dapr.Store {
	port, _ := RedisServer(t)
	return storeOver(t, "redis", map[string]string{"redisHost": Addr(port)})
}

// RedisServer starts a Redis server that keeps nothing on disk and returns its
// port.
func RedisServer(t testing.TB) (port int, p *Process) {
	t.Helper()
	port = FreePorts(t, 1)[0]
	p = Run(t, "redis", Tool(t, "redis-server"), nil,
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	p.waitFor(t, listens(port))
	return port, p
}

func storeOver(t testing.TB, product string, metadata map[string]string) *dapr.Store {
	t.Helper()
	sidecar := Start(t, Options{
		AppID:     "contract",
		Resources: []string{Component(t, filepath.Join("state", product), metadata)},
	})
	return dapr.NewStore(sidecar.Dial(t))
}

// Component copies the YAML files of a folder of components/ with some metadata
// values replaced, and returns the folder of the copies.
func Component(t testing.TB, folder string, metadata map[string]string) string {
	t.Helper()
	from := filepath.Join(Root(t), "components", folder)
	files, err := filepath.Glob(filepath.Join(from, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no components in %s: %v", from, err)
	}
	to := t.TempDir()
	for _, file := range files {
		if err := copyComponent(file, filepath.Join(to, filepath.Base(file)), metadata); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func copyComponent(from, to string, metadata map[string]string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var doc struct {
		APIVersion string         `yaml:"apiVersion"`
		Kind       string         `yaml:"kind"`
		Metadata   map[string]any `yaml:"metadata"`
		Scopes     []string       `yaml:"scopes,omitempty"`
		Spec       struct {
			Type     string           `yaml:"type"`
			Version  string           `yaml:"version"`
			Metadata []map[string]any `yaml:"metadata"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(content, &doc); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	doc.Scopes = nil // the sidecars of tests have names of their own
	for _, item := range doc.Spec.Metadata {
		if value, ok := metadata[fmt.Sprint(item["name"])]; ok {
			delete(item, "secretKeyRef")
			item["value"] = value
		}
	}
	content, err = yaml.Marshal(doc)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
