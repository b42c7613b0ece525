// Package timing times the answers of peers to many questions and prints what they take.
package timing

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// Rounds is how often each thing is done; the best counts.
const Rounds = 3

// Each asks n questions, each some times, and returns how long the best answer to each took, shortest first. It ends with
// the first error.
func Each(n int, ask func(i int) error) ([]time.Duration, error) {
	best := make([]time.Duration, n)
	runtime.GC() // what building left behind is not theirs to clean up
	for i := range best {
		for round := range Rounds {
			start := time.Now()
			if err := ask(i); err != nil {
				return nil, fmt.Errorf("question %d: %w", i, err)
			}
			if took := time.Since(start); round == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	slices.Sort(best)
	return best, nil
}

// Once returns how long something took.
func Once(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}

// Percentile returns the shortest of the durations that at least p percent of them do not exceed, for p from 1 to 100.
// They are sorted, and there is one.
func Percentile(sorted []time.Duration, p int) time.Duration { return sorted[(len(sorted)*p+99)/100-1] }

// Print prints a line: name, tab, nanoseconds.
func Print(out io.Writer, name string, took time.Duration) error {
	_, err := fmt.Fprintf(out, "%s\t%d\n", name, took.Nanoseconds())
	return err
}

// Percentiles prints the 50th and 99th percentile of the durations, which are sorted.
func Percentiles(out io.Writer, name string, sorted []time.Duration) error {
	if err := Print(out, name+" p50", Percentile(sorted, 50)); err != nil {
		return err
	}
	return Print(out, name+" p99", Percentile(sorted, 99))
}
