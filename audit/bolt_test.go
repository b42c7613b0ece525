package audit

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

// A registry on a file, with its trail, through snapshots, pruning and restarts.
func TestTrail_onAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() (*Trail, *modreg.Registry, func()) {
		t.Helper()
		journal, err := boltjournal.Open(filepath.Join(dir, "journal"))
		if err != nil {
			t.Fatal(err)
		}
		trail := openTrail(t, filepath.Join(dir, "audit"), Options{Registry: journal, Retention: time.Nanosecond})
		reg, err := modreg.Open(t.Context(), modreg.WithJournal(trail.Journal()), modreg.WithAuditor(trail))
		if err != nil {
			t.Fatal(err)
		}
		return trail, reg, func() {
			t.Helper()
			for _, closing := range []func() error{func() error { return reg.Close(context.WithoutCancel(t.Context())) }, trail.Close, journal.Close} {
				if err := closing(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	ctx := as(t.Context(), "u42")
	_, first, closeFirst := open()
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		if err := first.Register(t.Context(), modreg.Manifest{Name: "upper", Version: version}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.KeepSnapshot(ctx); err != nil {
		t.Fatal(err)
	}
	closeFirst()

	trail, reg, closeAll := open()
	journal := trail.o.Registry
	head, err := journal.Head(ctx, LogRegistry)
	if err != nil || head != 3 {
		t.Fatalf("the head is %d, %v", head, err)
	}
	digest := exported(t, trail, LogRegistry)
	if err := trail.Prune(ctx, LogRegistry, head, digest); err != nil {
		t.Fatal(err)
	}
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "1.3.0"}); err != nil {
		t.Fatal(err)
	}
	closeAll()

	trail, reg, closeAll = open()
	defer closeAll()
	if _, err := trail.Verify(ctx, VerifyOptions{}); err != nil {
		t.Error(err)
	}
	if got := all(t, trail, Query{Action: "module:register"}); len(got) != 2 || got[0].Seq != 3 {
		t.Errorf("registrations %+v", got)
	}
	if _, ok := reg.Get("upper@1.0.0"); !ok {
		t.Error("what the pruned records say is forgotten")
	}
}
