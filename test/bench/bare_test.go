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
// answers that stand in the file it names, instead of a benchmark.
const bareServer = "BENCH_BARE_SERVER"

// bareAnswers is what the bare server knows.
type bareAnswers struct {
	Addr    string
	Answers map[string]answer // by path and query
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
	var known bareAnswers
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, &known)
	}
	if err != nil {
		panic(err)
	}
	err = http.ListenAndServe(known.Addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := known.Answers[r.RequestURI]
		w.Header().Set("Content-Type", a.ContentType)
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body)
	}))
	panic(err)
}

// startBare starts a process that answers the questions with the same bytes as the
// server at base does now.
func startBare(b *testing.B, base string, questions []question) (bare string) {
	b.Helper()
	port := daprtest.FreePorts(b, 1)[0]
	known := bareAnswers{daprtest.Addr(port), map[string]answer{"/": {Status: http.StatusNoContent}}}
	for _, q := range questions {
		known.Answers[q.path] = get(b, base+q.path, q.status)
	}
	given, err := json.Marshal(known)
	require.NoError(b, err)
	file := filepath.Join(b.TempDir(), "bare.json")
	require.NoError(b, os.WriteFile(file, given, 0o600))
	daprtest.Run(b, "bare", os.Args[0], []string{bareServer + "=" + file}).AwaitAnswer(b, port, "/")
	bare = "http://" + known.Addr
	for _, q := range questions {
		require.Equal(b, known.Answers[q.path].Body, get(b, bare+q.path, q.status).Body)
	}
	return bare
}
