package measure

import (
	"errors"
	"flag"
	"runtime"
	"testing"
	"time"
)

// Benchmarks lets Go benchmarks run by turns, each for about slice, and returns for each the nanoseconds for one time in its
// best round. It is for what takes a few nanoseconds, where the loop around it counts: the loop of package testing keeps one turn
// from overlapping the next, and is in the figures that everybody compares with.
func Benchmarks(rounds int, slice time.Duration, all ...func(b *testing.B)) ([]float64, error) {
	testing.Init() // once in a program or often, it does the same
	if err := flag.Set("test.benchtime", slice.String()); err != nil {
		return nil, err
	}
	runtime.GC()
	best := make([]float64, len(all))
	for round := range rounds {
		for i, f := range all {
			r := testing.Benchmark(f)
			if r.N == 0 {
				return nil, errors.New("a benchmark failed")
			}
			if ns := perTime(r.T, r.N); round == 0 || ns < best[i] {
				best[i] = ns
			}
		}
	}
	return best, nil
}
