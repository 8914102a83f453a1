package bench_test

import (
	"os"
	"strconv"
	"strings"
)

// share is a part of something, counted alike.
type share struct{ part, of float64 }

func (s *share) add(other share) { s.part, s.of = s.part+other.part, s.of+other.of }

func (s share) since(earlier share) share { return share{s.part - earlier.part, s.of - earlier.of} }

// stolenNow is how long this machine's processors were somebody else's while they had
// something to do here, of all their time. A machine that is no guest, or is not told,
// has none.
func stolenNow() (s share) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return share{}
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	const steal = 8 // see proc_stat(5); what comes after it is part of what came before
	for i, field := range strings.Fields(line)[1:] {
		if n, err := strconv.ParseFloat(field, 64); err == nil && i < steal {
			if s.of += n; i == steal-1 {
				s.part = n
			}
		}
	}
	return s
}
