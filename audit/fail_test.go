package audit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

func openRegistry(t *testing.T, trail *Trail) *modreg.Registry {
	t.Helper()
	reg, err := modreg.Open(t.Context(), modreg.WithJournal(trail.Journal()), modreg.WithAuditor(trail))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reg.Close(context.WithoutCancel(t.Context())) })
	return reg
}

func TestTrail_failsClosedAndRecovers(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	reg := openRegistry(t, trail)
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	journal.broken.Store(true)
	if err := trail.Record(t.Context(), denial("upper@1.0.0")); modreg.CodeOf(err) != modreg.CodeAuditUnavailable || !errors.Is(err, errDisk) {
		t.Errorf("record: error %v, want one of code audit_unavailable that wraps the journal's", err)
	}
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "2.0.0"}); modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
		t.Errorf("register: error %v, want one of code audit_unavailable", err)
	}
	if end, err := trail.Begin(t.Context(), modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"}); modreg.CodeOf(err) != modreg.CodeAuditUnavailable || end != nil {
		t.Errorf("begin: error %v, want one of code audit_unavailable", err)
	}
	for _, err := range trail.Query(t.Context(), Query{}) {
		if modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
			t.Errorf("query: error %v, want one of code audit_unavailable", err)
		}
	}
	if s := trail.Status(); !errors.Is(s.Failure, errDisk) || s.Broken != nil || s.Spooled != 0 {
		t.Errorf("status %+v", s)
	}

	journal.broken.Store(false)
	mustRecord(t, t.Context(), trail, denial("upper@3.0.0"))
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "2.0.0"}); err != nil {
		t.Errorf("register after the journal works again: %v", err)
	}
	if s := trail.Status(); s.Failure != nil {
		t.Errorf("status %+v", s)
	}
	if got := all(t, trail, Query{Resource: "upper@1.0.0", Outcome: OutcomeDeny}); len(got) != 0 {
		t.Errorf("what was refused is in the log: %v", got)
	}
	if _, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil {
		t.Errorf("verify: %v", err)
	}
}

// An append may fail and count all the same.
func TestTrail_appendInDoubt(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	journal.landed.Store(true)
	journal.broken.Store(true)
	if err := trail.Record(t.Context(), denial("a@1.0.0")); modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
		t.Fatalf("error %v, want one of code audit_unavailable", err)
	}
	journal.broken.Store(false)
	mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
	if got := all(t, trail, Query{Outcome: OutcomeDeny}); len(got) != 2 || got[1].Resource.ID != "b@1.0.0" {
		t.Errorf("events %v", got)
	}
	if _, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil {
		t.Errorf("verify: %v", err)
	}
}

func TestJournal_passesAMovedHeadOn(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	_, err := trail.Journal().Append(t.Context(), LogRegistry, 7, [][]byte{[]byte("x")})
	if !errors.Is(err, modreg.ErrHeadMoved) || modreg.CodeOf(err) == modreg.CodeAuditUnavailable {
		t.Errorf("error %v, want one that wraps ErrHeadMoved", err)
	}
	if _, err := trail.Journal().Append(t.Context(), LogNode, 1, [][]byte{[]byte("x")}); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("append to the node's log: error %v, want one of code invalid", err)
	}
	if _, err := trail.Journal().Append(t.Context(), "other", 0, [][]byte{[]byte("x")}); err != nil {
		t.Errorf("append to another stream: %v", err)
	}
}

func TestTrailRecord_whoHangsUpLeavesTraces(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	release := journal.block()
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := trail.Record(ctx, denial("a@1.0.0")); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	release()
	mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
	if got := all(t, trail, Query{Resource: "a@1.0.0"}); len(got) != 1 {
		t.Errorf("%d events, want 1", len(got))
	}
}

func TestTrailBegin_protectiveGoesToTheSpool(t *testing.T) {
	t.Parallel()
	clk := newClock()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal, Now: clk.Now})
	journal.broken.Store(true)
	act := modreg.Act{Action: "quarantine", Module: "upper", Version: "1.0.0", Reason: "it\nlies", Protective: true}
	end, err := trail.Begin(as(t.Context(), "u42"), act)
	if err != nil {
		t.Fatalf("a protective act is refused: %v", err)
	}
	clk.add(time.Minute)
	end(errors.New("secret text of an error"))
	end(nil) // has no effect
	if s := trail.Status(); s.Spooled == 0 {
		t.Fatalf("status %+v: nothing is spooled", s)
	}
	at := clk.Now()
	clk.add(time.Hour)
	journal.broken.Store(false)
	mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
	mustRecord(t, t.Context(), trail, denial("c@1.0.0")) // what was spooled is written before this returns
	got := all(t, trail, Query{Action: "module:quarantine"})
	if len(got) != 2 || got[0].Activity != ActivityIntent || got[1].Activity != ActivityResult || got[1].Intent != got[0].ID {
		t.Fatalf("events %+v", got)
	}
	if !got[0].Spooled.Equal(at.Add(-time.Minute)) || !got[1].Spooled.Equal(at) || got[0].Time.Before(at.Add(time.Hour)) {
		t.Errorf("happened at %v and %v, written at %v", got[0].Spooled, got[1].Spooled, got[0].Time)
	}
	if got[0].Reason != "it lies" || got[0].Actor.ID != "u42" || got[1].Outcome != OutcomeFailure || strings.Contains(got[1].Reason, "secret") {
		t.Errorf("events %+v", got)
	}
	if s := trail.Status(); s.Spooled != 0 || s.Lost != 0 {
		t.Errorf("status %+v", s)
	}
	// The time of a spooled event is when it happened.
	if got := all(t, trail, Query{From: at, To: at.Add(time.Second)}); len(got) != 1 || got[0].Activity != ActivityResult {
		t.Errorf("events of that second: %+v", got)
	}
	if got := all(t, trail, Query{From: at, To: at.Add(time.Second), Newest: true}); len(got) != 1 {
		t.Errorf("events of that second, newest first: %+v", got)
	}
}

func TestTrailBegin_doesNotWaitForAJournalThatHangs(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal, ProtectiveWait: time.Millisecond})
	release := journal.block()
	defer release()
	end, err := trail.Begin(t.Context(), modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})
	if err != nil {
		t.Fatal(err)
	}
	end(nil)
	release()
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
	seen := map[string]bool{}
	for _, e := range all(t, trail, Query{Action: "module:stop"}) {
		seen[e.Activity] = true
	}
	if !seen[ActivityIntent] || !seen[ActivityResult] {
		t.Errorf("in the log are %v", seen)
	}
}

func TestTrailBegin_protectiveWithABadOrigin(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	ctx := record.WithOrigin(t.Context(), record.Origin{Actor: record.Actor{Kind: "user", ID: "u1"}, Request: "no identifier"})
	act := modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0"}
	if _, err := trail.Begin(ctx, act); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("error %v, want one of code invalid", err)
	}
	act.Protective = true
	end, err := trail.Begin(ctx, act)
	if err != nil {
		t.Fatal(err)
	}
	end(nil)
	if got := all(t, trail, Query{Action: "module:stop"}); len(got) != 2 || got[0].Actor.ID != "u1" {
		t.Errorf("events %+v", got)
	}
}

func TestTrail_fullSpool(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	dir := t.TempDir()
	trail := openTrail(t, dir, Options{Registry: journal})
	journal.broken.Store(true)
	act := modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true}
	large := record.WithOrigin(t.Context(), record.Origin{Sealed: slices.Repeat([]record.Sealed{{Subject: "s", Key: "k", Data: make([]byte, record.MaxSecret)}}, record.MaxSealed)})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for trail.Status().Lost < 5 {
				end, err := trail.Begin(large, act)
				if err != nil {
					t.Error(err)
					return
				}
				end(nil)
			}
		})
	}
	wg.Wait()
	crash(t, trail)

	trail = openTrail(t, dir, Options{Registry: journal.Journal}) // which works
	got := all(t, trail, Query{Action: "audit:lost"})
	if len(got) != 1 || !strings.Contains(got[0].Reason, "events could neither") {
		t.Fatalf("events about what was lost: %+v", got)
	}
	stops := all(t, trail, Query{Action: "module:stop"})
	if len(stops) < 8 {
		t.Errorf("%d events came out of the spool", len(stops))
	}
	if slices.ContainsFunc(stops, func(e Event) bool { return e.Spooled.IsZero() }) {
		t.Error("an event does not say that it was spooled")
	}
	if s := trail.Status(); s.Lost != 0 || s.Spooled != 0 {
		t.Errorf("status %+v", s)
	}
}

// Who still waits when a trail is closed over a journal that does not answer is told so, and what protects is spooled.
func TestTrailClose_overAJournalThatHangs(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), newFlaky()
	trail := openTrail(t, dir, Options{Registry: journal})
	release := journal.block()
	defer release()
	waits := make(chan error, 1)
	go func() { waits <- trail.Record(t.Context(), denial("a@1.0.0")) }()
	for trail.w.since.Load() == 0 { // until the journal has it
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	trail.w.stop(ctx, trail.cancel)
	if err := <-waits; modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("error %v, want one of code closed", err)
	}
	begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
	release()
	crash(t, trail)
	trail = openTrail(t, dir, Options{Registry: journal})
	if got := all(t, trail, Query{Action: "module:stop"}); len(got) != 2 {
		t.Errorf("events %v", actions(got))
	}
}

// While the spool holds something it is tried again without anybody writing.
func TestTrail_spoolIsTriedAgain(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal, SpoolRetry: time.Millisecond})
	journal.broken.Store(true)
	begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
	journal.broken.Store(false)
	for _, err := range journal.Watch(t.Context(), LogNode, 3) { // after the start and the intent, the result
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if got := all(t, trail, Query{Action: "module:stop"}); len(got) != 2 {
		t.Errorf("events %v", actions(got))
	}
}
