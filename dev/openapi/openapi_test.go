package openapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/openapi"
)

const common = `
openapi: 3.0.3
info: {title: shared, version: "1"}
paths: {}
components:
  securitySchemes:
    session: {type: apiKey, in: cookie, name: session}
  schemas:
    Money: {type: number}
`

const shop = `
openapi: 3.0.3
info: {title: shop, version: "1"}
security: [{session: []}]
paths:
  /things:
    get:
      operationId: list
      responses:
        "200":
          description: A price.
          content:
            application/json:
              schema: {$ref: "../../kit/openapi/common.yaml#/components/schemas/Money"}
  /open:
    get:
      operationId: open
      security: []
      responses:
        "204": {description: Nothing.}
`

// checkout is a folder with these descriptions of services.
func checkout(t *testing.T, services map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write := func(text string, parts ...string) {
		file := filepath.Join(append([]string{root}, parts...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	write(common, "kit", "openapi", "common.yaml")
	write("", "docs", "README.md")
	for name, text := range services {
		write(text, "services", name, "openapi.yaml")
	}
	return root
}

func TestMerge(t *testing.T) {
	other := strings.NewReplacer("/things:", "/others:", "/open:", "/closed:", ": list", ": others", "operationId: open", "operationId: closed").Replace(shop)
	text, err := openapi.Merge(t.Context(), checkout(t, map[string]string{"a": shop, "b": other}))
	require.NoError(t, err)
	for _, want := range []string{"/things:", "/others:", "/closed:", "#/components/schemas/Money", "session: []", "security: []"} {
		assert.Contains(t, string(text), want)
	}
	assert.NotContains(t, string(text), "common.yaml")
}

func TestCheckFindsWhatIsStale(t *testing.T) {
	root := checkout(t, map[string]string{"a": shop})
	require.ErrorContains(t, openapi.Check(t.Context(), root), "run `make openapi`")
	require.NoError(t, openapi.Write(t.Context(), root))
	require.NoError(t, openapi.Check(t.Context(), root))

	changed := strings.Replace(shop, "A price.", "Another price.", 1)
	require.NoError(t, os.WriteFile(filepath.Join(root, "services", "a", "openapi.yaml"), []byte(changed), 0o600))
	require.ErrorContains(t, openapi.Check(t.Context(), root), "run `make openapi`")
}

func TestMergeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		services map[string]string
		why      string
	}{
		"a path twice":          {map[string]string{"a": shop, "b": shop}, "described by another service"},
		"what is not there":     {map[string]string{"a": strings.Replace(shop, "schemas/Money", "schemas/Lost", 1)}, "Lost"},
		"what is no OpenAPI":    {map[string]string{"a": strings.Replace(shop, "description: A price.", "summary: A price.", 1)}, "description"},
		"a name for two things": {map[string]string{"a": shop, "b": "openapi: 3.0.3\ninfo: {title: b, version: \"1\"}\npaths: {}\ncomponents: {schemas: {Money: {type: string}}}\n"}, "Money is something else"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openapi.Merge(t.Context(), checkout(t, c.services))
			assert.ErrorContains(t, err, c.why)
		})
	}
}

// The one that is committed.
func TestTheDescriptionIsCurrent(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	assert.NoError(t, openapi.Check(t.Context(), root))
}
