// Package secrets makes the secrets of a development machine.
package secrets

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Make writes the file that secretstores.local.file reads, with a fresh key for
// auth to sign sessions with, in the form that package auth of services/auth
// describes. A file that is there is left as it is: its keys may be in use.
func Make(path string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	id := time.Now().UTC().Format(time.DateOnly)
	content, err := json.MarshalIndent(map[string]map[string]string{
		"auth-signing-keys": {
			"current": id,
			id:        string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
		},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	half := path + ".half"
	if err := os.WriteFile(half, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("make development secrets: %w", err)
	}
	return os.Rename(half, path)
}
