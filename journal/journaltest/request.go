package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// requestChecks are about what registries promise of requests: one that is sent again is carried out once, by
// whichever registry on the journal.
func requestChecks() []check {
	return []check{{"a request that is sent again is carried out once", requestOnce}}
}

// requests is how many requests are sent, each several times.
const requests = 12

func requestOnce(ctx context.Context, t *trial) {
	doubtful := &doubtfulJournal{Journal: t.journal}
	one, two := t.openRegistry(ctx, doubtful), t.openRegistry(ctx, t.journal)
	for _, version := range []string{"1.0.0", "1.1.0"} {
		for _, s := range []site{one, two} { // the second one binds
			if err := s.register(ctx, "shared", version); err != nil {
				t.Fatalf("register: %v", err)
			}
		}
	}
	for n := range requests {
		ctx := record.WithOrigin(ctx, record.Origin{Request: fmt.Sprintf("request-%d", n)})
		ref := fmt.Sprintf("shared@1.%d.0", (n+1)%2)
		doubtful.failAfter.Store(n%3 == 0)
		for i, s := range []site{one, two, one} {
			err := s.Activate(ctx, ref)
			if err != nil && (i > 0 || modreg.CodeOf(err) != modreg.CodeJournal) {
				t.Fatalf("activate %s, sent for the %d. time: %v", ref, i+1, err)
			}
		}
	}
	t.wantOnce(ctx)
	again := t.openRegistry(ctx, t.journal) // it knows them from the journal alone
	if err := again.Activate(record.WithOrigin(ctx, record.Origin{Request: "request-0"}), "shared@1.1.0"); err != nil {
		t.Fatalf("activate in a registry opened again: %v", err)
	}
	t.wantOnce(ctx)
}

// wantOnce expects one record of each request.
func (t *trial) wantOnce(ctx context.Context) {
	t.Helper()
	found := map[string]int{}
	for _, rec := range t.read(ctx, "registry", 1) {
		tx, err := record.Decode(rec.Data)
		if err != nil {
			t.Fatalf("record %d: %v", rec.Seq, err)
		}
		if tx.Origin.Request != "" {
			found[tx.Origin.Request]++
		}
	}
	for n := range requests {
		if id := fmt.Sprintf("request-%d", n); found[id] != 1 {
			t.Errorf("%s has %d records, want one", id, found[id])
		}
	}
}

// A doubtfulJournal fails some appends although they count, as a network does.
type doubtfulJournal struct {
	modreg.Journal
	failAfter atomic.Bool
}

func (j *doubtfulJournal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	next, err := j.Journal.Append(ctx, stream, head, batch)
	if err == nil && j.failAfter.CompareAndSwap(true, false) {
		return 0, errors.New("nobody knows whether it was appended")
	}
	return next, err
}
