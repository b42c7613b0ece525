package measure

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestHeap runs alone: other tests would allocate meanwhile.
func TestHeap(t *testing.T) { //nolint:paralleltest // see above
	const size = 16 << 20
	before := Heap()
	held := make([]byte, size)
	with := Heap()
	runtime.KeepAlive(held)
	after := Heap()
	if got := with - before; got < size/2 || got > 2*size {
		t.Errorf("the heap grew by %d bytes, want about %d", got, size)
	}
	if got := with - after; got < size/2 {
		t.Errorf("the heap shrank by %d bytes, want about %d", got, size)
	}
}

func TestCrowding_runsOnEveryProcessor(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int64
	run := func(n int) error {
		now := running.Add(1)
		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
		}
		defer running.Add(-1)
		return spin(n)
	}
	ratio, err := crowding(1, 0, run)
	switch {
	case errors.Is(err, ErrBusy): // a fact of the machine that the test runs on, and not of what is tested
	case err != nil:
		t.Fatal(err)
	case ratio <= 0:
		t.Errorf("crowding = %v, want a ratio", ratio)
	}
	if got, want := most.Load(), int64(runtime.GOMAXPROCS(0)); got > want {
		t.Errorf("%d ran at once, want at most %d", got, want)
	}
}

func TestTogether_startsEachLapAtOnce(t *testing.T) {
	t.Parallel()
	const runners, times = 3, 5
	var first, second atomic.Int64
	contestant := func(own, other *atomic.Int64, ahead int64) Contestant {
		return Contestant{N: times, Run: func(n int) error {
			lap := (own.Add(1) - 1) / runners
			if done := other.Load(); done < (lap+ahead)*runners || n != times {
				t.Errorf("lap %d began with %d of the other contestant's runs begun, and %d times", lap, done, n)
			}
			return nil
		}}
	}
	took, err := together(runners, contestant(&first, &second, 0), contestant(&second, &first, 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(took) != 2 || took[0] < 0 || took[1] < 0 {
		t.Errorf("together = %v, want two lengths", took)
	}
	if a, b := first.Load(), second.Load(); a != runners*sprints || b != runners*sprints {
		t.Errorf("the contestants ran %d and %d times, want %d", a, b, runners*sprints)
	}
}

func TestTogether_oneThatFailsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var runs atomic.Int64
	_, err := together(4, Contestant{N: 1, Run: func(int) error {
		if runs.Add(1) == 2 {
			return boom
		}
		return nil
	}})
	if !errors.Is(err, boom) {
		t.Errorf("error is %v, want that of the contestant", err)
	}
}

func TestLapOf_isFromTheFirstBeginToTheLastEnd(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	all := []laps{{{at(2), at(5)}}, {{at(1), at(4)}}, {{at(3), at(9)}}}
	if got := lapOf(all, 0); got != 8*time.Millisecond {
		t.Errorf("lapOf = %v, want 8ms", got)
	}
}
