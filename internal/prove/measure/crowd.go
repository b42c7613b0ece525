package measure

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// sprint is how long a contestant of [Crowding] should run at a time: much less than the system gives a process
	// before it lets another go on.
	sprint = 200 * time.Microsecond
	// sprints is how often it runs in a round.
	sprints = 11
	// quiet is how much longer work that shares nothing may take when all processors do it, for the round to count.
	quiet = 1.15
	// patience is how long rounds are tried that do not count.
	patience = 8 * time.Second
)

// ErrBusy says that other processes kept this one from using all processors at once.
var ErrBusy = errors.New("the processors are busy with something else")

// Crowding returns how many times longer the function takes for one time when every processor that Go may use runs it
// at once than when one does: the median over the rounds. Goroutines are fresh in each round, as how they get into
// each other's way can depend on where their stacks happen to lie. The function is called by many goroutines at once.
//
// Beside it runs work that shares nothing. A round in which that took longer as well is the machine's doing and does
// not count. If they go on for too long, the error is [ErrBusy].
func Crowding(rounds int, run func(n int) error) (float64, error) {
	return crowding(rounds, patience, run)
}

func crowding(rounds int, patience time.Duration, run func(n int) error) (float64, error) {
	both, err := AllSized(sprint, spin, run)
	if err != nil {
		return 0, err
	}
	runtime.GC()
	var counted, spoilt []float64
	for began := time.Now(); len(counted) < rounds; {
		control, subject, err := crowd(both[0], both[1])
		switch {
		case err != nil:
			return 0, err
		case control <= quiet:
			counted = append(counted, subject)
		case time.Since(began) < patience:
			spoilt = append(spoilt, control)
		default:
			return 0, fmt.Errorf("%w: in %d of %d rounds, work that shares nothing took about %.2fx as long on %d of them as on one",
				ErrBusy, len(spoilt), len(spoilt)+len(counted), Median(append(spoilt, control)), runtime.GOMAXPROCS(0))
		}
	}
	return Median(counted), nil
}

// crowd is one round: how many times longer each of two contestants takes on all processors than on one.
func crowd(a, b Contestant) (ofA, ofB float64, err error) {
	alone, err := together(1, a, b)
	if err != nil {
		return 0, 0, err
	}
	crowded, err := together(runtime.GOMAXPROCS(0), a, b)
	if err != nil {
		return 0, 0, err
	}
	return crowded[0] / alone[0], crowded[1] / alone[1], nil
}

// together lets fresh goroutines run the contestants by turns, all goroutines the same one at once. It returns for each
// contestant the nanoseconds from the first goroutine's begin to the last one's end, the median of the sprints.
func together(goroutines int, contestants ...Contestant) ([]float64, error) {
	var (
		line     = startLine{runners: int64(goroutines)}
		done     sync.WaitGroup
		laps     = make([]laps, goroutines)
		problems = make([]error, goroutines)
	)
	for g := range goroutines {
		done.Go(func() {
			laps[g], problems[g] = runLaps(&line, contestants)
		})
	}
	done.Wait()
	for _, err := range problems {
		if err != nil {
			return nil, err
		}
	}
	medians := make([]float64, len(contestants))
	for c := range contestants {
		took := make([]float64, sprints)
		for s := range took {
			took[s] = float64(lapOf(laps, s*len(contestants)+c).Nanoseconds())
		}
		medians[c] = Median(took)
	}
	return medians, nil
}

// laps are when one goroutine began and ended what it ran.
type laps []struct{ begin, end time.Time }

// runLaps runs each contestant in turn, as often as there are sprints. After an error it goes on without running
// anything, for the others wait for it at the start.
func runLaps(line *startLine, contestants []Contestant) (laps, error) {
	all := make(laps, sprints*len(contestants))
	var failed error
	for i := range all {
		c := contestants[i%len(contestants)]
		line.wait(int64(i + 1))
		all[i].begin = time.Now()
		if failed == nil {
			failed = c.Run(c.N)
		}
		all[i].end = time.Now()
	}
	return all, failed
}

// lapOf returns how long lap i took from the first begin to the last end.
func lapOf(all []laps, i int) time.Duration {
	first, last := all[0][i].begin, all[0][i].end
	for _, l := range all[1:] {
		if l[i].begin.Before(first) {
			first = l[i].begin
		}
		if l[i].end.After(last) {
			last = l[i].end
		}
	}
	return last.Sub(first)
}

// A startLine lets runners begin at one moment. They wait by looking, as to wake up takes longer than what is timed may
// differ by.
type startLine struct {
	runners int64
	arrived atomic.Int64
}

// wait returns once every runner has come for the lap, counted from 1.
func (l *startLine) wait(lap int64) {
	l.arrived.Add(1)
	for l.arrived.Load() < lap*l.runners {
		runtime.Gosched()
	}
}

// spin is work that shares nothing: n steps of a generator of pseudo-random numbers (Marsaglia's xorshift64).
func spin(n int) error {
	x := uint64(n) | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 {
		return errors.New("xorshift never yields 0")
	}
	return nil
}
