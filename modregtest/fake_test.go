package modregtest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

// clock is the capability of these tests.
type clock interface{ Hour() int }

var clocks = modreg.NewCapability[clock]("test.clock")

type stopped int

func (h stopped) Hour() int { return int(h) }

func hour(t *testing.T, h *modreg.Handle[clock]) (int, error) {
	t.Helper()
	return modreg.Do(t.Context(), h, func(_ context.Context, c clock) (int, error) { return c.Hour(), nil })
}

func wantHour(t *testing.T, h *modreg.Handle[clock], want int) {
	t.Helper()
	if got, err := hour(t, h); err != nil || got != want {
		t.Fatalf("hour = %d, %v; want %d", got, err, want)
	}
}

func lookUp(t *testing.T, reg *modreg.Registry, opts ...modreg.LookupOption) *modreg.Handle[clock] {
	t.Helper()
	h, err := modreg.Lookup(t.Context(), reg, clocks, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestFake_isReplaced(t *testing.T) {
	t.Parallel()
	reg := modregtest.New(t)
	fake := modregtest.Fake[clock](t, reg, clocks, stopped(3))
	h := lookUp(t, reg)
	wantHour(t, h, 3)
	for i := range 5 {
		fake.Replace(stopped(i))
		wantHour(t, h, i)
	}
	if n := reg.Snapshot().Len(); n != 1 {
		t.Errorf("%d versions are registered, want the last one only", n)
	}
}

func TestFake_isTakenAwayAndBroughtBack(t *testing.T) {
	t.Parallel()
	reg := modregtest.New(t)
	fake := modregtest.Fake[clock](t, reg, clocks, stopped(3))
	h := lookUp(t, reg)
	fake.TakeAway()
	if _, err := hour(t, h); modreg.CodeOf(err) != modreg.CodeUnavailable {
		t.Errorf("error %v, want code %q", err, modreg.CodeUnavailable)
	}
	fake.BringBack()
	wantHour(t, h, 3)
	fake.TakeAway()
	fake.Replace(stopped(4))
	wantHour(t, h, 4)
}

func TestFake_severalSideBySide(t *testing.T) {
	t.Parallel()
	reg := modregtest.New(t)
	summer := modregtest.Fake[clock](t, reg, clocks, stopped(1), modreg.Attr("season", "summer"))
	winter := modregtest.Fake[clock](t, reg, clocks, stopped(2), modreg.Attr("season", "winter"), modreg.Version("2.0.0"))
	wantHour(t, lookUp(t, reg, modreg.Where("season", "summer")), 1)
	wantHour(t, lookUp(t, reg, modreg.Range("^2")), 2)
	wantHour(t, lookUp(t, reg, modreg.From(summer.Name())), 1)
	h := lookUp(t, reg)
	wantHour(t, h, 2)
	winter.TakeAway()
	wantHour(t, h, 1)
}

// lively counts the calls of the methods by which native modules are started and stopped.
type lively struct {
	stopped
	calls atomic.Int64
}

func (l *lively) Start(context.Context) error { l.calls.Add(1); return nil }
func (l *lively) Stop(context.Context) error  { l.calls.Add(1); return nil }

func TestFake_leavesTheValueAlone(t *testing.T) {
	t.Parallel()
	reg := modregtest.New(t)
	var value lively
	fake := modregtest.Fake[clock](t, reg, clocks, &value)
	fake.TakeAway()
	fake.BringBack()
	wantHour(t, lookUp(t, reg), 0)
	if n := value.calls.Load(); n != 0 {
		t.Errorf("the value was started or stopped %d times", n)
	}
}

func TestFake_reportsWhatCannotBe(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]func(tb testing.TB, reg *modreg.Registry){
		"a nil value": func(tb testing.TB, reg *modreg.Registry) { tb.Helper(); modregtest.Fake[clock](tb, reg, clocks, nil) },
		"a bad name": func(tb testing.TB, reg *modreg.Registry) {
			tb.Helper()
			modregtest.Fake(tb, reg, modreg.NewCapability[clock]("Bad Name"), clock(stopped(1)))
		},
		"a bad option": func(tb testing.TB, reg *modreg.Registry) {
			tb.Helper()
			modregtest.Fake(tb, reg, clocks, clock(stopped(1)), modreg.Version("x"))
		},
		"not taken away": func(tb testing.TB, reg *modreg.Registry) {
			tb.Helper()
			modregtest.Fake(tb, reg, clocks, clock(stopped(1))).BringBack()
		},
		"a nil next value": func(tb testing.TB, reg *modreg.Registry) {
			tb.Helper()
			modregtest.Fake(tb, reg, clocks, clock(stopped(1))).Replace(nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := modregtest.New(t)
			if found := modregtest.Findings(t, func(tb testing.TB) { tb.Helper(); check(tb, reg) }); len(found) != 1 {
				t.Errorf("findings %q, want one", found)
			}
		})
	}
}
