// Package schemas is the contract of the events for services in any language:
// JSON Schema 2020-12, one file for the data of each topic and one for the
// envelope around it, which also says which data belongs to which type.
//
// Producers are held to it by Validate in their tests.
package schemas

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Files holds the schemas, NAME.schema.json: envelope, and one for the data of
// each aggregate.
//
//go:embed *.schema.json
var Files embed.FS

// base is where the $id of every schema starts; nothing is fetched from there.
const base = "https://ticketx.example/events/"

var envelope = sync.OnceValues(func() (*jsonschema.Schema, error) {
	files, err := Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat() // a date must be one
	for _, file := range files {
		content, err := Files.ReadFile(file.Name())
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		if err := compiler.AddResource(base+file.Name(), doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	return compiler.Compile(base + "envelope.schema.json")
})

// Validate checks a whole event, as it is published, against the envelope's
// schema and its data against that of its type. The error names what is wrong
// and where.
func Validate(event []byte) error {
	schema, err := envelope()
	if err != nil {
		return fmt.Errorf("event schemas: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return schema.Validate(doc)
}
