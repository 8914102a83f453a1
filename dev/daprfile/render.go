package daprfile

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ticketx/dev/config"
	"ticketx/dev/ports"
)

// What the files of the checkout say where a run may say something else.
const (
	dataDefault  = "../../.ticketx/data"
	natsDefault  = "127.0.0.1:4222"
	redisDefault = "127.0.0.1:6379"
	mongoDefault = "mongodb://127.0.0.1:27017"
)

// Render writes copies of the checkout's dapr.yaml, and of the components that
// it names, with the ports, folders and state store of cfg, and returns the path
// of the copy. The copies lie in the run folder. With a configuration that moves
// nothing they mean the same as what they are copied from.
//
// Each app is there as often as cfg has replicas. Each of them gets a folder of
// its own, so that they, and stacks side by side, do not mix their logs: the CLI
// writes them under the app's folder.
func Render(cfg config.Config) (string, error) {
	f, err := Read(filepath.Join(cfg.Root, Name))
	if err != nil {
		return "", err
	}
	for i, folder := range f.Common.ResourcesPaths {
		if filepath.Dir(folder) == filepath.Join("components", "state") {
			f.Common.ResourcesPaths[i] = filepath.Join("components", "state", cfg.State)
		}
	}
	values := replacer(cfg)

	for i, folder := range f.Common.ResourcesPaths {
		files, err := resources(resolve(cfg.Root, folder))
		if err != nil {
			return "", err
		}
		into := filepath.Join(cfg.Run(), folder)
		for _, file := range files {
			if err := copyResource(file, filepath.Join(into, filepath.Base(file)), values); err != nil {
				return "", err
			}
		}
		f.Common.ResourcesPaths[i] = into
	}
	configFile := filepath.Join(cfg.Run(), f.Common.ConfigFilePath)
	if err := copyResource(resolve(cfg.Root, f.Common.ConfigFilePath), configFile, values); err != nil {
		return "", err
	}
	f.Common.ConfigFilePath = configFile
	f.Common.PlacementHostAddress = cfg.Ports.Addr(ports.Placement)
	f.Common.SchedulerHostAddress = cfg.Ports.Addr(ports.Scheduler)

	once := f.Apps
	f.Apps = nil
	for number := range max(1, cfg.Replicas) {
		for _, app := range once {
			moved, err := moveApp(cfg, app, number+1, values)
			if err != nil {
				return "", err
			}
			f.Apps = append(f.Apps, moved)
		}
	}

	text, err := encode(f)
	if err != nil {
		return "", err
	}
	path := filepath.Join(cfg.Run(), Name)
	header := "# Made by `ticketx run` from dapr.yaml, with the ports and folders of this run.\n"
	return path, os.WriteFile(path, append([]byte(header), text...), 0o644)
}

// stopDelay is how long a replica goes on after it has said that it will end: as
// long as the ingress may take to notice.
const stopDelay = "1500ms"

// moveApp is the app as the replica with the number runs it: with its ports and a
// folder of its own. The command still runs in the service's folder.
func moveApp(cfg config.Config, app App, replica int, values *strings.Replacer) (App, error) {
	instance := ports.Instance(app.AppID, replica)
	number := func(suffix string) int { return cfg.Ports.Number(instance + suffix) }
	app.AppPort = number(ports.App)
	app.DaprHTTPPort = number(ports.HTTP)
	app.DaprGRPCPort = number(ports.GRPC)
	app.DaprInternalGRPCPort = number(ports.Internal)
	app.MetricsPort = number(ports.Metrics)
	env := make(map[string]string, len(app.Env)+1)
	for name, value := range app.Env {
		env[name] = values.Replace(value)
	}
	env["API_ADDR"] = ports.Loopback(number(ports.API))
	env["APP_ADDR"] = ports.Loopback(number(ports.App))
	if cfg.Replicas > 1 {
		env["STOP_DELAY"] = stopDelay
	}
	app.Env = env

	if len(app.Command) != 3 || app.Command[0] != "sh" || app.Command[1] != "-c" {
		return app, fmt.Errorf(`%s: the command of %s must be ["sh", "-c", …]`, Name, app.AppID)
	}
	script := app.Command[2]
	if cfg.Reload {
		self, err := os.Executable()
		if err != nil {
			return app, err
		}
		before, program, found := strings.Cut(script, "exec ")
		if !found {
			return app, fmt.Errorf("%s: the command of %s must exec its program", Name, app.AppID)
		}
		script = before + "exec " + quote(self) + " keep " + program
	}
	script = "cd " + quote(resolve(cfg.Root, app.AppDirPath)) + " && " + script
	if replica > 1 {
		script += " " + instance // for those who look at processes; the service takes no arguments
	}
	app.Command = []string{"sh", "-c", script}
	app.AppDirPath = filepath.Join(cfg.Run(), "apps", instance)
	return app, os.MkdirAll(app.AppDirPath, 0o755)
}

// replacer turns the values of the checkout into those of cfg.
func replacer(cfg config.Config) *strings.Replacer {
	moves := map[string]string{
		dataDefault:  cfg.Data(),
		natsDefault:  cfg.Ports.Addr(ports.NATS),
		redisDefault: cfg.Ports.Addr(ports.Redis),
	}
	if cfg.RedisHost != "" {
		moves[redisDefault] = cfg.RedisHost
	}
	if cfg.MongoDB != "" {
		moves[mongoDefault] = cfg.MongoDB
	}
	var pairs []string
	for _, from := range slices.Sorted(maps.Keys(moves)) {
		pairs = append(pairs, from, moves[from])
	}
	return strings.NewReplacer(pairs...)
}

// copyResource copies a resource file, its values replaced.
func copyResource(from, to string, values *strings.Replacer) error {
	documents, err := readDocuments(from)
	if err != nil {
		return err
	}
	for _, doc := range documents {
		replaceScalars(doc, values)
	}
	text, err := encode(documents...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

func replaceScalars(node *yaml.Node, values *strings.Replacer) {
	if node.Kind == yaml.ScalarNode {
		node.Value = values.Replace(node.Value)
	}
	for _, child := range node.Content {
		replaceScalars(child, values)
	}
}

func encode[T any](documents ...T) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	for _, doc := range documents {
		if err := encoder.Encode(doc); err != nil {
			return nil, err
		}
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// quote is s as one word of a shell command.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
