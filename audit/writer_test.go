package audit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/disk"
)

// A clock that goes back while nothing can be written is an event afterwards.
func TestTrail_clockGoesBackUnwritten(t *testing.T) {
	t.Parallel()
	clk, journal := newClock(), newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal, Now: clk.Now})
	clk.add(-time.Hour)
	journal.broken.Store(true)
	if err := trail.Record(t.Context(), denial("a@1.0.0")); err == nil {
		t.Fatal("it was written")
	}
	journal.broken.Store(false)
	mustRecord(t, t.Context(), trail, denial("b@1.0.0"))
	mustRecord(t, t.Context(), trail, denial("c@1.0.0"))
	if got := all(t, trail, Query{Action: "system:clock"}); len(got) != 1 {
		t.Errorf("%d events about the clock, want 1", len(got))
	}
}

func TestTrailBegin_thatIsBrokenOffLeavesNoOrphan(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	release := journal.block()
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := trail.Begin(ctx, modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	release()
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	got := all(t, trail, Query{Action: "module:start"})
	if want := []string{"module:start intent", "module:start result"}; !slices.Equal(actions(got), want) || got[1].Outcome != OutcomeFailure {
		t.Errorf("events %+v, want %v", got, want)
	}
}

// Who comes when others have waited for long already does not wait as long again.
func TestTrailBegin_doesNotWaitForAJournalThatIsKnownToHang(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal, ProtectiveWait: 24 * time.Hour})
	release := journal.block()
	defer release()
	if _, err := trail.add(&Event{Class: ClassSystem, Action: "system:tick", Outcome: OutcomeSuccess}); err != nil {
		t.Fatal(err)
	}
	for trail.w.since.Load() == 0 {
		runtime.Gosched()
	}
	trail.w.since.Store(1) // for decades
	begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
	if trail.Status().Spooled == 0 {
		t.Error("nothing is spooled")
	}
}

func TestTrailRecord_tooManyWait(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	release := journal.block()
	defer release()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var err error
	for n := 0; n < 3*maxWaiting && modreg.CodeOf(err) != modreg.CodeAuditUnavailable; n++ {
		err = trail.Record(gone, denial("a@1.0.0"))
	}
	if modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
		t.Fatalf("error %v, want one of code audit_unavailable", err)
	}
	release()
	for mustBe := true; mustBe; { // until those before are written
		mustBe = trail.Record(t.Context(), denial("b@1.0.0")) != nil
	}
}

// A change of the registry that can be written shows that the log can be, too.
func TestJournal_makesTheSpoolBeTriedAgain(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	journal.broken.Store(true)
	begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
	journal.broken.Store(false)
	if _, err := trail.Journal().Append(t.Context(), LogRegistry, 0, [][]byte{transaction([32]byte{}, "a@1.0.0")}); err != nil {
		t.Fatal(err)
	}
	for _, err := range journal.Watch(t.Context(), LogNode, 3) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
}

// What was lost is in the log once, although the spool does not forget it at once.
func TestTrail_lostIsReportedOnce(t *testing.T) {
	t.Parallel()
	journal := newFlaky()
	trail := openTrail(t, t.TempDir(), Options{Registry: journal})
	file := trail.w.spool.file
	journal.broken.Store(true)
	trail.w.spool.mu.Lock()
	trail.w.spool.end = spoolSize // full
	trail.w.spool.mu.Unlock()
	begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
	trail.w.spool.file = unforgetting{file}
	journal.broken.Store(false)
	for range 3 {
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	}
	got := all(t, trail, Query{Action: "audit:lost"})
	if len(got) != 1 || !strings.HasPrefix(got[0].Reason, "2 ") && !strings.HasPrefix(got[0].Reason, "3 ") {
		t.Errorf("events %+v", got)
	}
}

// Problems from before the writer runs are taken down as well, and in the order of time.
func TestOpen_problemIsAnEvent(t *testing.T) {
	t.Parallel()
	dir, journal, clk := t.TempDir(), modreg.NewMemJournal(), newClock()
	trail := openTrail(t, dir, Options{Registry: journal, Now: clk.Now})
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	clk.add(-time.Hour)
	if err := disk.Replace(dir+"/audit/tree", []byte("damaged")); err != nil {
		t.Fatal(err)
	}
	trail = openTrail(t, dir, Options{Registry: journal, Now: clk.Now})
	if got := all(t, trail, Query{Action: "audit:problem"}); len(got) != 1 || got[0].Seq < 4 {
		t.Errorf("events %+v", got)
	}
	if _, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil {
		t.Error(err)
	}
}
