// Package daprfile reads what the Dapr CLI is going to read (dapr.yaml and the
// folders it names), says in one line what is wrong with it, and makes copies
// for a run whose ports, folders or state store are not the default ones.
package daprfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Name is the run file at the root of the checkout.
const Name = "dapr.yaml"

// File is a run file of the Dapr CLI, as far as it is used here. What a run may
// move has a field; the rest is kept as it is.
type File struct {
	Version int            `yaml:"version"`
	Common  Common         `yaml:"common"`
	Apps    []App          `yaml:"apps"`
	Rest    map[string]any `yaml:",inline"`
}

// Common holds for all apps.
type Common struct {
	ResourcesPaths       []string       `yaml:"resourcesPaths"`
	ConfigFilePath       string         `yaml:"configFilePath"`
	PlacementHostAddress string         `yaml:"placementHostAddress"`
	SchedulerHostAddress string         `yaml:"schedulerHostAddress"`
	Rest                 map[string]any `yaml:",inline"`
}

// App is one service and its sidecar.
type App struct {
	AppID                string            `yaml:"appID"`
	AppDirPath           string            `yaml:"appDirPath"`
	AppPort              int               `yaml:"appPort"`
	DaprHTTPPort         int               `yaml:"daprHTTPPort"`
	DaprGRPCPort         int               `yaml:"daprGRPCPort"`
	DaprInternalGRPCPort int               `yaml:"daprInternalGRPCPort"`
	MetricsPort          int               `yaml:"metricsPort"`
	Command              []string          `yaml:"command"`
	Env                  map[string]string `yaml:"env"`
	Rest                 map[string]any    `yaml:",inline"`
}

// Read reads the run file at the path and checks it and everything it names.
// The error is one line that names the file and what to look at.
func Read(path string) (File, error) {
	var f File
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := yaml.Unmarshal(text, &f); err != nil {
		return f, oneLine(path, err)
	}
	return f, f.check(path)
}

// check looks at what the CLI, or the sidecars after it, would fail over. All
// relative paths are relative to the run file.
func (f File) check(path string) error {
	if f.Version == 0 || len(f.Apps) == 0 {
		return fmt.Errorf("%s: it needs version and apps", path)
	}
	for _, app := range f.Apps {
		if app.AppID == "" || app.AppDirPath == "" || len(app.Command) == 0 {
			return fmt.Errorf("%s: app %q needs appID, appDirPath and command", path, app.AppID)
		}
		// CLI 1.16 writes common.env into a nil map when an app has no env.
		if len(app.Env) == 0 {
			return fmt.Errorf("%s: app %q needs an env", path, app.AppID)
		}
	}
	base := filepath.Dir(path)
	if err := checkYAML(resolve(base, f.Common.ConfigFilePath)); err != nil {
		return err
	}
	for _, folder := range f.Common.ResourcesPaths {
		files, err := resources(resolve(base, folder))
		if err != nil {
			return fmt.Errorf("%s: resourcesPaths: %w", path, err)
		}
		for _, file := range files {
			if err := checkYAML(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// resources is the YAML files of a resources folder. Other files would make the
// sidecars warn, and an empty folder is a mistake in its name.
func resources(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if ext := filepath.Ext(entry.Name()); ext == ".yaml" || ext == ".yml" {
			files = append(files, filepath.Join(folder, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no YAML file", folder)
	}
	return files, nil
}

// checkYAML says whether a resource can be read, and is a Dapr resource.
func checkYAML(path string) error {
	documents, err := readDocuments(path)
	if err != nil {
		return err
	}
	for _, doc := range documents {
		var resource struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := doc.Decode(&resource); err != nil {
			return oneLine(path, err)
		}
		if resource.Kind == "" || resource.Metadata.Name == "" {
			return fmt.Errorf("%s: it needs kind and metadata.name", path)
		}
	}
	return nil
}

// Metadata is the metadata values of the component in the file, by their names.
func Metadata(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var component struct {
		Spec struct {
			Metadata []struct{ Name, Value string }
		}
	}
	if err := yaml.Unmarshal(text, &component); err != nil {
		return nil, oneLine(path, err)
	}
	values := make(map[string]string, len(component.Spec.Metadata))
	for _, item := range component.Spec.Metadata {
		values[item.Name] = item.Value
	}
	return values, nil
}

// readDocuments reads the YAML documents of a file.
func readDocuments(path string) ([]*yaml.Node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var documents []*yaml.Node
	for {
		var doc yaml.Node
		switch err := decoder.Decode(&doc); {
		case err == nil:
			documents = append(documents, &doc)
		case errors.Is(err, io.EOF):
			return documents, nil
		default:
			return nil, oneLine(path, err)
		}
	}
}

// oneLine is a YAML error on one line, after the file's name.
func oneLine(path string, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	message = strings.TrimPrefix(message, "unmarshal errors:")
	return fmt.Errorf("%s is not valid: %s", path, strings.Join(strings.Fields(message), " "))
}

// resolve is the path seen from base.
func resolve(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
