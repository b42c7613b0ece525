package audit

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

func TestTrail_showsBothLogsAsOne(t *testing.T) {
	t.Parallel()
	clk := newClock()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal(), Now: clk.Now})
	reg, err := modreg.Open(t.Context(), modreg.WithJournal(trail.Journal()), modreg.WithAuditor(trail), modreg.WithNode("node-1"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := as(t.Context(), "u42")
	if err := reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	clk.add(time.Until(clk.Now()) + 100*365*24*time.Hour) // the registry has a clock of its own
	mustRecord(t, as(t.Context(), "u7"), trail, denial("upper@1.0.0"))
	got := all(t, trail, Query{})
	if want := []string{"audit:start", "module:register", "module:activate"}; !slices.Equal(actions(got), want) {
		t.Fatalf("the log shows %v, want %v", actions(got), want)
	}
	e := got[1]
	if e.ID != "registry/1" || e.Actor.String() != "user/u42" || e.Approval != "appr-9" || e.Resource.ID != "upper@1.0.0" || e.Outcome != OutcomeSuccess ||
		!isHash(e.Resource.Digest) {
		t.Errorf("the registration is shown as %+v", e)
	}
	d := got[2]
	if d.Actor.String() != "user/u7" || d.Request != "req-u7" || d.Node != "node-1" || d.Seq != 2 || d.Log != LogNode {
		t.Errorf("the denial is shown as %+v", d)
	}
	if err := reg.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTrailRecord_parallel(t *testing.T) {
	t.Parallel()
	journal := modreg.NewMemJournal()
	dir := t.TempDir()
	trail := openTrail(t, dir, Options{Registry: journal})
	const callers, each = 16, 50
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			ctx := as(t.Context(), fmt.Sprint("u", c))
			for i := range each {
				if err := trail.Record(ctx, denial(fmt.Sprintf("m%d@1.0.%d", c, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := all(t, trail, Query{Action: "module:activate"})
	if len(got) != callers*each {
		t.Fatalf("%d events, want %d", len(got), callers*each)
	}
	next, ids := map[string]int{}, map[string]bool{}
	for i, e := range got {
		if i > 0 && (e.Time.Before(got[i-1].Time) || e.ID <= got[i-1].ID) {
			t.Fatalf("event %d is out of order", i)
		}
		name, n, _ := strings.Cut(e.Resource.ID, "@1.0.")
		if n != fmt.Sprint(next[name]) {
			t.Fatalf("event %s of %s, want %d", n, name, next[name])
		}
		next[name]++
		ids[e.ID] = true
	}
	if len(ids) != len(got) {
		t.Errorf("%d identifiers for %d events", len(ids), len(got))
	}
	if r, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil || r.Log.Size < uint64(len(got)) || r.Unreadable != 0 {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

func TestTrailRecord_refusesWhatIsOutsideTheGrammar(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	const secret = "hunter2 secret"
	for name, spoil := range map[string]func(e *Event){
		"class":      func(e *Event) { e.Class = secret },
		"action":     func(e *Event) { e.Action = secret },
		"outcome":    func(e *Event) { e.Outcome = secret },
		"no outcome": func(e *Event) { e.Outcome = "" },
		"activity":   func(e *Event) { e.Activity = secret },
		"reason":     func(e *Event) { e.Reason = secret + "\n" },
		"policy":     func(e *Event) { e.PolicyIDs = []string{secret} },
		"rev":        func(e *Event) { e.PolicyRev = secret },
		"actor":      func(e *Event) { e.Actor = record.Actor{Kind: "user", ID: secret} },
		"behalf":     func(e *Event) { e.OnBehalfOf = record.Actor{Kind: secret, ID: "x"} },
		"resource":   func(e *Event) { e.Resource.ID = secret },
		"kind":       func(e *Event) { e.Resource.Kind = secret },
		"digest":     func(e *Event) { e.Resource.Digest = secret },
		"before":     func(e *Event) { e.BeforeHash = secret },
		"after":      func(e *Event) { e.AfterHash = "sha256:" + strings.Repeat("g", 64) },
		"diff":       func(e *Event) { e.Diff = []Change{{Field: "password", After: secret}} },
		"request":    func(e *Event) { e.Request = secret },
		"sealed":     func(e *Event) { e.Sealed = []record.Sealed{{Subject: secret, Key: "k", Data: []byte(secret)}} },
		"intent":     func(e *Event) { e.Activity = ActivityResult },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := denial("upper@1.0.0")
			spoil(&e)
			err := trail.Record(t.Context(), e)
			if modreg.CodeOf(err) != modreg.CodeInvalid {
				t.Fatalf("error %v, want one of code invalid", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}

func TestTrailRecord_defaultsToTheSystem(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	mustRecord(t, t.Context(), trail, denial("upper@1.0.0"))
	got := all(t, trail, Query{Outcome: OutcomeDeny})
	if len(got) != 1 || got[0].Actor.String() != "system/node-1" {
		t.Errorf("events %+v", got)
	}
}

func TestTrail_clockThatGoesBack(t *testing.T) {
	t.Parallel()
	clk := newClock()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal(), Now: clk.Now})
	for range 2 { // two episodes, each of several events
		clk.add(time.Hour)
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
		clk.add(-time.Hour)
		for range 3 {
			mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
		}
	}
	clk.add(time.Hour)
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	clk.add(-time.Second / 2) // within what clocks do
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	got := all(t, trail, Query{Log: LogNode})
	jumps := 0
	for i, e := range got {
		if i > 0 && e.Time.Before(got[i-1].Time) {
			t.Errorf("event %d goes back in time", i)
		}
		if e.Action == "system:clock" {
			jumps++
		}
	}
	if jumps != 2 {
		t.Errorf("%d events about the clock, want 2: it caught up in between", jumps)
	}
}

func TestTrail_clockTwice(t *testing.T) {
	t.Parallel()
	clk := newClock()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal, Now: clk.Now})
	for range 2 {
		clk.add(-time.Hour)
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
		clk.add(2 * time.Hour)
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	}
	if got := all(t, trail, Query{Action: "system:clock"}); len(got) != 2 {
		t.Errorf("%d events about the clock, want 2", len(got))
	}
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	clk.add(-time.Hour) // while nobody looked
	trail = openTrail(t, dir, Options{Registry: journal, Now: clk.Now})
	if got := all(t, trail, Query{Action: "system:clock"}); len(got) != 3 {
		t.Errorf("%d events about the clock after a restart, want 3", len(got))
	}
}

func TestTrail_madeUpNodeStays(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail, err := Open(t.Context(), dir, Options{Registry: journal})
	if err != nil {
		t.Fatal(err)
	}
	node := trail.Status().Node
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	if trail, err = Open(t.Context(), dir, Options{Registry: journal}); err != nil {
		t.Fatal(err)
	}
	defer trail.Close() //nolint:errcheck // it is not what is tested
	if again := trail.Status().Node; again != node || node == "" {
		t.Errorf("the node is %q and was %q", again, node)
	}
	if _, err := Open(t.Context(), dir, Options{Registry: journal, Node: "another"}); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("opened as another node: error %v, want one of code invalid", err)
	}
}
