package audit

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

// exported returns the digest of an export of a whole log.
func exported(t *testing.T, trail *Trail, log string) string {
	t.Helper()
	var out bytes.Buffer
	done, err := trail.Export(t.Context(), &out, FormatRecords, Query{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return done.Digest
}

func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("%s: error %v, want one of code invalid", what, err)
	}
}

func TestTrailPrune(t *testing.T) {
	t.Parallel()
	journal := newPruning()
	trail, _ := history(t, Options{Registry: journal, Retention: 5 * time.Minute})
	ctx := as(t.Context(), "u42")
	old := trail.Status().Registry
	early := exported(t, trail, LogNode)
	for range 3 {
		mustRecord(t, ctx, trail, denial("a@1.0.0"))
	}
	digest := exported(t, trail, LogRegistry)

	wantRefused(t, "without a snapshot", trail.Prune(ctx, LogRegistry, 3, digest))
	if err := journal.PutSnapshot(ctx, LogRegistry, modreg.StoredSnapshot{Seq: 6}); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "without a digest", trail.Prune(ctx, LogRegistry, 3, ""))
	wantRefused(t, "with another digest", trail.Prune(ctx, LogRegistry, 3, hashOf(nil)))
	wantRefused(t, "with the export of another log", trail.Prune(ctx, LogRegistry, 3, exported(t, trail, LogNode)))
	trail.o.Retention = 0
	wantRefused(t, "more than was exported", trail.Prune(ctx, LogNode, trail.Status().Log.Size-1, early))
	trail.o.Retention = 5 * time.Minute
	wantRefused(t, "what is young", trail.Prune(ctx, LogRegistry, 6, digest))
	wantRefused(t, "everything", trail.Prune(ctx, LogRegistry, 7, digest))
	wantRefused(t, "nothing", trail.Prune(ctx, LogRegistry, 1, digest))
	wantRefused(t, "another log", trail.Prune(ctx, "other", 3, digest))

	if err := trail.Hold(ctx, "case-1", "a dispute"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "under a hold", trail.Prune(ctx, LogRegistry, 3, digest))
	if err := trail.Release(ctx, "case-1", "settled"); err != nil {
		t.Fatal(err)
	}
	if first, _ := journal.First(ctx, LogRegistry); first != 1 {
		t.Fatalf("the first record is %d although all was refused", first)
	}

	if err := trail.Prune(ctx, LogRegistry, 3, digest); err != nil {
		t.Fatal(err)
	}
	if first, _ := journal.First(ctx, LogRegistry); first != 3 {
		t.Errorf("the first record is %d, want 3", first)
	}
	got := all(t, trail, Query{Action: actionPrune})
	if len(got) != 2 || got[0].Activity != ActivityIntent || got[1].Outcome != OutcomeSuccess || got[1].Resource.ID != "registry/1-2" ||
		got[1].Resource.Digest != digest || got[1].AfterHash != hashText(old.Root) || got[1].Actor.ID != "u42" {
		t.Errorf("the log has %+v", got)
	}
	r, err := trail.Verify(ctx, VerifyOptions{KnownRegistry: []merkle.Checkpoint{old}})
	if err != nil || r.Registry.Pruned != 2 || r.Registry.Records != 4 {
		t.Errorf("report %+v, %v", r.Registry, err)
	}
	p, err := trail.Prove(ctx, LogRegistry, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(trail.Keyring(LogRegistry), "modreg/node-1/registry"); err != nil {
		t.Error(err)
	}
	if _, err := trail.Prove(ctx, LogRegistry, 2); !errors.Is(err, modreg.ErrPruned) {
		t.Errorf("prove what is gone: error %v, want ErrPruned", err)
	}
	if got := all(t, trail, Query{Log: LogRegistry}); got[0].Seq != 3 {
		t.Errorf("the first event is %+v", got[0])
	}
	if got := all(t, trail, Query{Log: LogRegistry, Newest: true}); got[len(got)-1].Seq != 3 {
		t.Errorf("newest first, the last event is %+v", got[len(got)-1])
	}
	// The same export serves for more of what it has.
	if err := trail.Prune(ctx, LogRegistry, 4, digest); err != nil {
		t.Error(err)
	}
}

func TestTrailPrune_nodesLog(t *testing.T) {
	t.Parallel()
	dir, clk := t.TempDir(), newClock()
	journal := newPruning()
	trail := openTrail(t, dir, Options{Registry: modreg.NewMemJournal(), Local: journal, Now: clk.Now})
	for range 5 {
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	}
	digest := exported(t, trail, LogNode)
	clk.add(DefaultRetention + time.Hour)
	if err := trail.Prune(t.Context(), LogNode, 4, digest); err != nil {
		t.Fatal(err)
	}
	crash(t, trail)
	trail = openTrail(t, dir, Options{Registry: modreg.NewMemJournal(), Local: journal, Now: clk.Now})
	if r, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil || r.Log.First != 4 || r.Log.Pruned != 3 {
		t.Errorf("report %+v, %v", r.Log, err)
	}
	if got := all(t, trail, Query{Log: LogNode}); got[0].Seq != 4 {
		t.Errorf("the first event is %+v", got[0])
	}
}

// What was pruned was what the first record that is left says it was.
func TestTrailVerify_chainAfterPruning(t *testing.T) {
	t.Parallel()
	journal := newPruning()
	trail, _ := history(t, Options{Registry: journal, Retention: time.Minute})
	if err := journal.PutSnapshot(t.Context(), LogRegistry, modreg.StoredSnapshot{Seq: 6}); err != nil {
		t.Fatal(err)
	}
	if err := trail.Prune(t.Context(), LogRegistry, 3, exported(t, trail, LogRegistry)); err != nil {
		t.Fatal(err)
	}
	c := chainCheck{pruned: map[uint64]string{2: hashOf([]byte("another"))}}
	for rec, err := range journal.Read(t.Context(), LogRegistry, 3) {
		if err != nil {
			t.Fatal(err)
		}
		if err := c.check(rec); err != nil || c.found == nil {
			t.Error("a record that follows another one than was pruned is taken")
		}
		break
	}
	if _, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil {
		t.Error(err)
	}
}

func TestTrailHold_lasts(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), newPruning()
	trail := openTrail(t, dir, Options{Registry: journal})
	holds := func() (ids []string) {
		for _, h := range trail.Status().Holds {
			ids = append(ids, h.ID)
		}
		return ids
	}
	for _, id := range []string{"case-1", "case-2", "case-1"} {
		if err := trail.Hold(t.Context(), id, "a dispute"); err != nil {
			t.Fatal(err)
		}
	}
	if err := trail.Release(t.Context(), "case-2", "settled"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func(){
		func() { crash(t, trail) },
		func() { _ = trail.Close() },
		func() { crash(t, trail); removeState(t, dir) },
	} {
		if got := holds(); !slices.Equal(got, []string{"case-1"}) {
			t.Fatalf("holds %v", got)
		}
		end()
		trail = openTrail(t, dir, Options{Registry: journal})
	}
	if err := trail.Release(t.Context(), "case-2", "again"); modreg.CodeOf(err) != modreg.CodeNotFound {
		t.Errorf("error %v, want one of code not_found", err)
	}
	wantRefused(t, "a hold without a reason", trail.Hold(t.Context(), "case-3", ""))
	wantRefused(t, "a hold without a name", trail.Hold(t.Context(), "", "x"))
	wantRefused(t, "a hold with a bad name", trail.Hold(t.Context(), "case 3", "x"))
	wantRefused(t, "a release without a reason", trail.Release(t.Context(), "case-1", ""))
}

// The log decides, whatever somebody did to the saved state.
func TestTrailPrune_holdIsInTheLog(t *testing.T) {
	t.Parallel()
	journal := newPruning()
	trail, _ := history(t, Options{Registry: journal, Retention: time.Minute})
	digest := exported(t, trail, LogNode)
	if err := trail.Hold(t.Context(), "case-1", "a dispute"); err != nil {
		t.Fatal(err)
	}
	trail.mu.Lock()
	trail.state.Holds = nil
	trail.mu.Unlock()
	wantRefused(t, "under a hold", trail.Prune(t.Context(), LogNode, 3, digest))
}

// And so does the saved state: the more careful of both is right.
func TestTrailPrune_holdIsInTheState(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: newPruning(), Retention: time.Minute})
	digest := exported(t, trail, LogNode)
	trail.mu.Lock()
	trail.state.Holds = []Hold{{ID: "case-1"}}
	trail.mu.Unlock()
	wantRefused(t, "under a hold", trail.Prune(t.Context(), LogNode, 3, digest))
}
