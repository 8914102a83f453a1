// Package openapi makes one description of the HTTP API from those of the
// services: services/NAME/openapi.yaml, each with what it shares with the others
// in kit/openapi/common.yaml.
package openapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// File is where the whole description is, in the checkout.
const File = "docs/openapi.yaml"

const head = "# Made from services/*/openapi.yaml by `make openapi`. Change those.\n"

// Write makes the description anew.
func Write(ctx context.Context, root string) error {
	text, err := Merge(ctx, root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, File), text, 0o644)
}

// Check says whether the description is what the services' descriptions make.
func Check(ctx context.Context, root string) error {
	want, err := Merge(ctx, root)
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(root, File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("%s is not what the services' descriptions make: run `make openapi`", File)
	}
	return nil
}

// Merge makes one valid description from all of them, with everything that they
// refer to inside it.
func Merge(ctx context.Context, root string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(root, "services", "*", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	whole := &openapi3.T{
		OpenAPI:    "3.0.3",
		Info:       &openapi3.Info{Title: "TicketX", Version: "1", Description: "The HTTP API of the shop, all of it at one origin."},
		Paths:      openapi3.NewPaths(),
		Components: &openapi3.Components{},
	}
	// The one part of common.yaml that is named and not referred to.
	common, err := read(ctx, filepath.Join(root, "kit", "openapi", "common.yaml"))
	if err != nil {
		return nil, err
	}
	whole.Components.SecuritySchemes = common.Components.SecuritySchemes
	for _, file := range files {
		doc, err := read(ctx, file)
		if err != nil {
			return nil, err
		}
		if err := add(whole, doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return write(ctx, whole)
}

// read reads one description and takes in what it refers to.
func read(ctx context.Context, file string) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = openapi3.ReadFromFile // the default remembers what it has read
	doc, err := loader.LoadFromURI(&url.URL{Path: filepath.ToSlash(file)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	doc.InternalizeRefs(ctx, func(_ *openapi3.T, ref openapi3.ComponentRef) string { return path.Base(ref.RefString()) })
	return doc, nil
}

// add puts the paths and components of doc into whole. A path belongs to one
// service; a name may be used twice for the same thing alone.
func add(whole, doc *openapi3.T) error {
	for at, item := range doc.Paths.Map() {
		if whole.Paths.Value(at) != nil {
			return fmt.Errorf("%s is described by another service too", at)
		}
		for _, operation := range item.Operations() {
			if operation.Security == nil && len(doc.Security) > 0 {
				operation.Security = &doc.Security
			}
		}
		whole.Paths.Set(at, item)
	}
	if doc.Components == nil {
		return nil
	}
	from, to := doc.Components, whole.Components
	return errors.Join(
		join(&to.Schemas, from.Schemas), join(&to.Parameters, from.Parameters),
		join(&to.Headers, from.Headers), join(&to.Responses, from.Responses),
	)
}

func join[M ~map[string]V, V any](to *M, from M) error {
	if *to == nil {
		*to = make(M)
	}
	for name, value := range from {
		if there, ok := (*to)[name]; ok && !same(there, value) {
			return fmt.Errorf("%s is something else in another service", name)
		}
		(*to)[name] = value
	}
	return nil
}

func same(a, b any) bool {
	x, err := yaml.Marshal(a)
	if err != nil {
		return false
	}
	y, err := yaml.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}

// write renders the description, and reads it again as those do who use it.
func write(ctx context.Context, whole *openapi3.T) ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(head)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(whole); err != nil {
		return nil, err
	}
	if strings.Contains(text.String(), ".yaml#") {
		return nil, errors.New("something outside is referred to still")
	}
	again, err := openapi3.NewLoader().LoadFromData(text.Bytes())
	if err != nil {
		return nil, err
	}
	return text.Bytes(), again.Validate(ctx)
}
