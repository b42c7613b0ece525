// Package measure times things on a machine that does other work meanwhile.
//
// What is asked for is how fast a thing can go, and on a shared machine most of what is seen is slower than that. So
// contestants take turns in many short rounds, which makes a disturbance meet all of them, and the best round counts
// ([Minima]); where fresh goroutines meet by chance, the middle of many meetings counts ([Crowding]). Figures of one
// run may be compared with each other and with nothing else.
package measure

import (
	"runtime"
	"time"
)

// A Contestant is something that is timed.
type Contestant struct {
	// Run does the thing n times. It is not told apart from what it does: whatever else it takes counts too.
	Run func(n int) error
	// N is how many times make one round.
	N int
}

// Sized returns a contestant whose rounds take about slice. Finding that out also warms it up.
func Sized(slice time.Duration, run func(n int) error) (Contestant, error) {
	for n := 1; ; n *= 4 {
		took, err := timed(run, n)
		if err != nil {
			return Contestant{}, err
		}
		if took > slice/10 {
			return Contestant{Run: run, N: max(1, int(float64(n)*float64(slice)/float64(took)))}, nil
		}
	}
}

// AllSized is [Sized] for several.
func AllSized(slice time.Duration, runs ...func(n int) error) ([]Contestant, error) {
	all := make([]Contestant, len(runs))
	for i, run := range runs {
		var err error
		if all[i], err = Sized(slice, run); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Minima lets the contestants run by turns and returns for each the nanoseconds for one time in its best round.
// The first error of a contestant ends it.
func Minima(rounds int, contestants ...Contestant) ([]float64, error) {
	runtime.GC() // what others left behind is not the contestants' to clean up
	best := make([]float64, len(contestants))
	for round := range rounds {
		for i, c := range contestants {
			took, err := timed(c.Run, c.N)
			if err != nil {
				return nil, err
			}
			if ns := perTime(took, c.N); round == 0 || ns < best[i] {
				best[i] = ns
			}
		}
	}
	return best, nil
}

func timed(run func(n int) error, n int) (time.Duration, error) {
	start := time.Now()
	err := run(n)
	return time.Since(start), err
}

func perTime(took time.Duration, n int) float64 { return float64(took.Nanoseconds()) / float64(n) }
