package secrets_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/secrets"
)

func TestMakeWritesOneUsableKeyAndKeepsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "secrets.json")
	require.NoError(t, secrets.Make(path))

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var all map[string]map[string]string
	require.NoError(t, json.Unmarshal(text, &all))
	signing := all["auth-signing-keys"]
	block, _ := pem.Decode([]byte(signing[signing["current"]]))
	require.NotNil(t, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	assert.IsType(t, ed25519.PrivateKey{}, key)

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, secrets.Make(path))
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, text, again)
}
