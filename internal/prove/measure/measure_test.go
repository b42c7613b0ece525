package measure_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/internal/prove/measure"
)

var errBoom = errors.New("boom")

func fails(int) error { return errBoom }

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for _, test := range []struct {
		values []float64
		p      int
		want   float64
	}{
		{[]float64{7}, 1, 7},
		{[]float64{7}, 100, 7},
		{[]float64{2, 1}, 50, 1},
		{[]float64{3, 1, 2}, 50, 2},
		{[]float64{4, 3, 2, 1}, 99, 4},
		{hundred, 1, 1},
		{hundred, 99, 99},
		{hundred, 100, 100},
	} {
		if got := measure.Percentile(test.values, test.p); got != test.want {
			t.Errorf("Percentile(%d values, %d) = %v, want %v", len(test.values), test.p, got, test.want)
		}
	}
}

func TestMedian_ofAnEvenNumberIsTheLowerMiddle(t *testing.T) {
	t.Parallel()
	if got := measure.Median([]float64{9, 1, 5, 3}); got != 3 {
		t.Errorf("Median = %v, want 3", got)
	}
}

func TestSized_asksForMoreUntilTheSliceIsFilled(t *testing.T) {
	t.Parallel()
	last := 0
	c, err := measure.Sized(time.Millisecond, func(n int) error {
		if n <= last {
			t.Errorf("asked for %d times after %d", n, last)
		}
		last = n
		return idle(n)
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.N < 1 {
		t.Errorf("N = %d, want at least 1", c.N)
	}
}

// idle takes some time for each time it is asked to.
func idle(n int) error {
	for began := time.Now(); time.Since(began) < time.Duration(n)*time.Microsecond; {
	}
	return nil
}

func TestSized_onceIsTheLeast(t *testing.T) {
	t.Parallel()
	c, err := measure.Sized(time.Nanosecond, idle)
	if err != nil || c.N != 1 {
		t.Errorf("Sized = %d times, %v; want 1", c.N, err)
	}
}

func TestMinima_takesTurns(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	says := func(name string) measure.Contestant {
		return measure.Contestant{N: len(name), Run: func(n int) error {
			fmt.Fprintf(&order, "%s%d ", name, n)
			return nil
		}}
	}
	ns, err := measure.Minima(3, says("a"), says("bb"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := order.String(), "a1 bb2 a1 bb2 a1 bb2 "; got != want {
		t.Errorf("order of the rounds: %q, want %q", got, want)
	}
	if len(ns) != 2 || ns[0] < 0 || ns[1] < 0 {
		t.Errorf("Minima = %v, want two figures", ns)
	}
}

func TestMinima_isOfTheBestRound(t *testing.T) {
	t.Parallel()
	const n, least = 10, 20 * time.Microsecond
	round := 0
	ns, err := measure.Minima(4, measure.Contestant{N: n, Run: func(int) error {
		round++
		return idle(int(least.Microseconds()) * (1 + round%2*100)) // every other round is 101 times as long
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := ns[0] * n; got < float64(least.Nanoseconds()) {
		t.Errorf("the best round took %v ns, less than the %v that it takes at least", got, least)
	}
}

func TestContestants_errorsEndTheMeasurement(t *testing.T) {
	t.Parallel()
	_, err := measure.Sized(time.Millisecond, fails)
	_, errAll := measure.AllSized(time.Millisecond, idle, fails)
	_, errMinima := measure.Minima(2, measure.Contestant{Run: idle, N: 1}, measure.Contestant{Run: fails, N: 1})
	_, errCrowding := measure.Crowding(2, fails)
	for name, err := range map[string]error{
		"Sized": err, "AllSized": errAll, "Minima": errMinima, "Crowding": errCrowding,
	} {
		if !errors.Is(err, errBoom) {
			t.Errorf("%s: error is %v, want that of the contestant", name, err)
		}
	}
}

func TestCPUTime_growsWithWork(t *testing.T) {
	t.Parallel()
	before, err := measure.CPUTime()
	if err != nil {
		t.Fatal(err)
	}
	for now := before; now <= before; {
		if now, err = measure.CPUTime(); err != nil {
			t.Fatal(err)
		}
	}
}
