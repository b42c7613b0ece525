package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg"
)

func TestTrailBegin_takesDownWhatARegistryDoes(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	reg := openRegistry(t, trail)
	work := modreg.NewCapability[any]("test.work")
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "1.0.0"},
		modreg.Provide(work, func(context.Context, modreg.Deps) (any, error) { return 1, nil })); err != nil {
		t.Fatal(err)
	}
	if err := reg.Start(as(t.Context(), "u42"), "upper"); err != nil {
		t.Fatal(err)
	}
	got := all(t, trail, Query{Action: "module:start"})
	if len(got) != 2 || got[0].Actor.ID != "u42" || got[0].Resource.ID != "upper@1.0.0" || got[1].Intent != got[0].ID || got[1].Outcome != OutcomeSuccess {
		t.Errorf("events %+v", got)
	}
}

func TestTrailBegin_failure(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	end, err := trail.Begin(t.Context(), modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	end(&modreg.Error{Code: modreg.CodeUnsupported, What: "password=hunter2"})
	got := all(t, trail, Query{Action: "module:start", Outcome: OutcomeFailure})
	if len(got) != 1 || got[0].Reason != "it ended with the code unsupported" {
		t.Errorf("events %+v", got)
	}
}

// orphanage is how many intents without a result, and events about them, a trail reports.
func orphanage(t *testing.T, trail *Trail) (orphans, reported int) {
	t.Helper()
	return len(trail.Orphans()), len(all(t, trail, Query{Action: "audit:orphan"}))
}

func TestOpen_reportsOrphansOnce(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	act := modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"}
	end, err := trail.Begin(as(t.Context(), "u42"), act)
	if err != nil {
		t.Fatal(err)
	}
	end(nil)
	act.Module = "lower"
	if _, err := trail.Begin(as(t.Context(), "u42"), act); err != nil {
		t.Fatal(err)
	}
	crash(t, trail) // between the intent and its result

	for range 3 {
		trail = openTrail(t, dir, Options{Registry: journal})
		orphans, reported := orphanage(t, trail)
		if reported != 1 {
			t.Fatalf("%d events about orphans, want 1", reported)
		}
		if orphans == 1 {
			if o := trail.Orphans()[0]; o.Resource.ID != "lower@1.0.0" || o.Actor.ID != "u42" {
				t.Errorf("the orphan is %+v", o)
			}
			e := all(t, trail, Query{Action: "audit:orphan"})[0]
			if e.Intent != trail.Orphans()[0].ID || e.Resource.ID != "lower@1.0.0" || e.Actor.String() != "system/node-1" {
				t.Errorf("it is reported as %+v", e)
			}
		}
		crash(t, trail)
		removeState(t, dir)
	}
}

func TestOpen_orphansOfACleanEnd(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	if _, err := trail.Begin(t.Context(), modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(); err != nil { // although somebody still works
		t.Fatal(err)
	}
	trail = openTrail(t, dir, Options{Registry: journal})
	if orphans, reported := orphanage(t, trail); orphans != 1 || reported != 1 {
		t.Errorf("%d orphans, %d reported, want one of each", orphans, reported)
	}
}

// A crash between any two steps of a protective act whose events go to the spool, and of the drain.
func TestOpen_afterACrashWithASpool(t *testing.T) {
	t.Parallel()
	act := modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true}
	for _, c := range []struct {
		name    string
		before  func(t *testing.T, trail *Trail, journal *flaky)
		events  int
		orphans int
	}{
		{"intent in the spool", func(t *testing.T, trail *Trail, journal *flaky) {
			t.Helper()
			journal.broken.Store(true)
			begin(t, trail, act)
		}, 1, 1},
		{"both in the spool", func(t *testing.T, trail *Trail, journal *flaky) {
			t.Helper()
			journal.broken.Store(true)
			begin(t, trail, act)(nil)
		}, 2, 0},
		{"intent in the log, result in the spool", func(t *testing.T, trail *Trail, journal *flaky) {
			t.Helper()
			end := begin(t, trail, act)
			journal.broken.Store(true)
			end(nil)
		}, 2, 0},
		{"drained, but not forgotten", func(t *testing.T, trail *Trail, journal *flaky) {
			t.Helper()
			journal.broken.Store(true)
			begin(t, trail, act)(nil)
			trail.w.spool.file = unforgetting{trail.w.spool.file}
			journal.broken.Store(false)
			mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
			mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
			if trail.Status().Spooled == 0 {
				t.Fatal("the spool forgot")
			}
		}, 2, 0},
		{"drained, not forgotten, and closed", func(t *testing.T, trail *Trail, journal *flaky) {
			t.Helper()
			journal.broken.Store(true)
			begin(t, trail, act)(nil)
			trail.w.spool.file = unforgetting{trail.w.spool.file}
			journal.broken.Store(false)
			if err := trail.Close(); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, journal := t.TempDir(), newFlaky()
			trail := openTrail(t, dir, Options{Registry: journal})
			c.before(t, trail, journal)
			crash(t, trail)
			journal.broken.Store(false)
			for range 2 {
				trail = openTrail(t, dir, Options{Registry: journal})
				if got := all(t, trail, Query{Action: "module:stop"}); len(got) != c.events {
					t.Errorf("events %v, want %d", actions(got), c.events)
				}
				if _, reported := orphanage(t, trail); reported != c.orphans {
					t.Errorf("%d events about orphans, want %d", reported, c.orphans)
				}
				if s := trail.Status(); s.Spooled != 0 {
					t.Errorf("%d bytes are left in the spool", s.Spooled)
				}
				crash(t, trail)
			}
		})
	}
}

func begin(t *testing.T, trail *Trail, act modreg.Act) (end func(error)) {
	t.Helper()
	end, err := trail.Begin(t.Context(), act)
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// An unforgetting file does not take heads.
type unforgetting struct{ spoolFile }

func (u unforgetting) WriteAt(p []byte, at int64) (int, error) {
	if at < spoolData {
		return 0, errDisk
	}
	return u.spoolFile.WriteAt(p, at)
}

func TestOpen_isRefusedWithoutALog(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	journal.broken.Store(true)
	if trail, err := Open(t.Context(), t.TempDir(), Options{Registry: journal}); modreg.CodeOf(err) != modreg.CodeAuditUnavailable || trail != nil {
		t.Errorf("error %v, want one of code audit_unavailable", err)
	}
	for _, o := range []Options{{}, {Registry: journal, Node: "a b"}, {Registry: journal, Node: "a+b"}, {Registry: journal, Retention: -1}} {
		if _, err := Open(t.Context(), t.TempDir(), o); modreg.CodeOf(err) != modreg.CodeInvalid {
			t.Errorf("%+v: error %v, want one of code invalid", o, err)
		}
	}
	dir, mem := t.TempDir(), modreg.NewMemJournal()
	openTrail(t, dir, Options{Registry: mem})
	if _, err := Open(t.Context(), dir, Options{Registry: mem, Node: "node-1"}); err == nil {
		t.Error("two trails in one folder")
	}
}

func TestTrailClose(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	if err := errors.Join(trail.Close(), trail.Close()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Record(t.Context(), denial("a@1.0.0")); modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("record: error %v, want one of code closed", err)
	}
	if _, err := trail.Journal().Append(t.Context(), LogRegistry, 0, [][]byte{[]byte("x")}); modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("append: error %v, want one of code closed", err)
	}
	if _, err := trail.Begin(t.Context(), modreg.Act{Action: "stop", Module: "a", Version: "1.0.0", Protective: true}); modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("begin: error %v, want one of code closed", err)
	}
	if got, want := actions(all(t, trail, Query{})), []string{"audit:start", "audit:stop"}; !slices.Equal(got, want) {
		t.Errorf("the log has %v, want %v", got, want)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"fine":                          "fine",
		"a\nb\tc":                       "a b c",
		"\xff\xfe":                      " ",
		"a\u202eb":                      "a b",
		strings.Repeat("ö", 1000):       strings.Repeat("ö", 512),
		"x" + strings.Repeat("ö", 1000): "x" + strings.Repeat("ö", 511),
	} {
		if got := printable(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
