package bench_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
)

// bareServer names the variable that makes this program the bare server, with the
// answer that stands in the file it names, instead of a benchmark.
const bareServer = "BENCH_BARE_SERVER"

// bareAnswer is what the bare server knows.
type bareAnswer struct {
	Addr, ContentType string
	Body              []byte
}

func TestMain(m *testing.M) {
	if file := os.Getenv(bareServer); file != "" {
		serveBare(file)
		return
	}
	os.Exit(m.Run())
}

// serveBare is the least that net/http can do.
func serveBare(file string) {
	var a bareAnswer
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, &a)
	}
	if err != nil {
		panic(err)
	}
	err = http.ListenAndServe(a.Addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", a.ContentType)
		_, _ = w.Write(a.Body)
	}))
	panic(err)
}

// startBare starts a process that answers whatever it is asked with the same bytes.
func startBare(b *testing.B, path string, same answer) (base string) {
	b.Helper()
	port := daprtest.FreePorts(b, 1)[0]
	address := daprtest.Addr(port)
	given, err := json.Marshal(bareAnswer{address, same.header.Get("Content-Type"), same.body})
	require.NoError(b, err)
	file := filepath.Join(b.TempDir(), "bare.json")
	require.NoError(b, os.WriteFile(file, given, 0o600))
	daprtest.Run(b, "bare", os.Args[0], []string{bareServer + "=" + file}).AwaitAnswer(b, port, path)
	base = "http://" + address
	require.Equal(b, same.body, get(b, base+path).body)
	return base
}
