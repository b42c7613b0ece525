package journaltest

import (
	"context"
	"errors"
	"iter"
	"math"

	"github.com/modreg/modreg"
)

func pruneChecks() []check {
	return needing(func(t *trial) { t.pruner() }, []check{
		{"a stream that was never pruned begins at 1", neverPruned},
		{"what is before goes, what is after stays", pruneBefore},
		{"appends and watches go on", pruneThenAppend},
		{"to the same or an earlier point changes nothing", pruneAgain},
		{"beyond the head is refused", pruneBeyond},
		{"the last record stays", pruneAllButOne},
		{"of thousands of records", pruneMany},
		{"other streams are untouched", pruneOneStream},
		{"snapshots stay", pruneBesideSnapshots},
		{"whoever is underway misses nothing unawares", pruneUnderway},
		{"a watcher that has caught up is not disturbed", pruneBehindWatcher},
		{"it holds up no append", pruneAmongAppenders},
		{"an ended context ends the call", pruneContext},
	})
}

func neverPruned(ctx context.Context, t *trial) {
	t.wantPruned(ctx, stream, 1, nil)
	all := records(4)
	t.append(ctx, stream, 0, all...)
	t.wantPruned(ctx, stream, 1, all)
}

func pruneBefore(ctx context.Context, t *trial) {
	all := records(12)
	t.append(ctx, stream, 0, all...)
	for _, before := range []uint64{2, 3, 6, 11} {
		t.prune(ctx, stream, before)
		t.wantPruned(ctx, stream, before, all)
	}
}

func pruneThenAppend(ctx context.Context, t *trial) {
	all := records(30)
	t.append(ctx, stream, 0, all[:10]...)
	t.prune(ctx, stream, 7)
	for _, wrong := range []uint64{0, 3, 4, 6, 7, 9, 11} { // among them how many records are left
		t.refuses(ctx, stream, wrong, []byte("x"))
	}
	f := t.follow(ctx, stream, 7)
	head := t.append(ctx, stream, 10, all[10])
	t.append(ctx, stream, head, all[11:20]...)
	t.wantPruned(ctx, stream, 7, all[:20])
	f.want(7, all[6:20]...)
	t.prune(ctx, stream, 15)
	t.append(ctx, stream, 20, all[20:]...)
	t.wantPruned(ctx, stream, 15, all)
	f.want(21, all[20:]...)
}

func pruneAgain(ctx context.Context, t *trial) {
	all := records(9)
	t.append(ctx, stream, 0, all...)
	for _, before := range []uint64{0, 1} {
		t.prune(ctx, stream, before)
		t.wantPruned(ctx, stream, 1, all)
	}
	t.prune(ctx, stream, 6)
	for _, before := range []uint64{6, 5, 1, 0, 6} {
		t.prune(ctx, stream, before)
		t.wantPruned(ctx, stream, 6, all)
	}
}

func pruneBeyond(ctx context.Context, t *trial) {
	refused := func(befores ...uint64) {
		for _, before := range befores {
			if err := t.pruner().Prune(ctx, stream, before); err == nil {
				t.Errorf("pruning before %d, beyond the head, was accepted", before)
			}
		}
	}
	refused(2, 3, math.MaxUint64)
	t.wantPruned(ctx, stream, 1, nil)
	all := records(6)
	t.append(ctx, stream, 0, all...)
	refused(7, 8, 1000, math.MaxUint64)
	t.wantPruned(ctx, stream, 1, all)
	t.prune(ctx, stream, 4)
	refused(7, math.MaxUint64)
	t.wantPruned(ctx, stream, 4, all)
}

func pruneAllButOne(ctx context.Context, t *trial) {
	all := records(8)
	head := t.append(ctx, stream, 0, all[:5]...)
	for {
		t.prune(ctx, stream, head)
		t.wantPruned(ctx, stream, head, all[:head])
		if int(head) == len(all) {
			return
		}
		head = t.append(ctx, stream, head, all[head])
	}
}

func pruneMany(ctx context.Context, t *trial) {
	const n = 6000
	all := records(n)
	t.append(ctx, stream, 0, all[:n/2]...)
	t.append(ctx, stream, n/2, all[n/2:]...)
	for _, before := range []uint64{n/2 + 7, n - 3} {
		t.prune(ctx, stream, before)
		t.wantPruned(ctx, stream, before, all)
	}
}

func pruneOneStream(ctx context.Context, t *trial) {
	names := []string{"a", "b", "ab", "abc"}
	all := records(10)
	for _, name := range names {
		t.append(ctx, name, 0, all...)
	}
	t.prune(ctx, "ab", 6)
	t.prune(ctx, "b", 10)
	t.wantPruned(ctx, "a", 1, all)
	t.wantPruned(ctx, "b", 10, all)
	t.wantPruned(ctx, "ab", 6, all)
	t.wantPruned(ctx, "abc", 1, all)
}

func pruneBesideSnapshots(ctx context.Context, t *trial) {
	t.snapshots()
	t.append(ctx, stream, 0, records(10)...)
	three, six := snapshotOf(stream, 3), snapshotOf(stream, 6)
	t.put(ctx, stream, three)
	t.put(ctx, stream, six)
	t.prune(ctx, stream, 9) // with both among what is pruned
	t.wantSnapshot(ctx, stream, 10, six)
	t.wantSnapshot(ctx, stream, 5, three)
	ten := snapshotOf(stream, 10)
	t.put(ctx, stream, ten)
	t.wantSnapshot(ctx, stream, 10, ten)
	t.wantSnapshot(ctx, stream, 9, six)
}

func pruneUnderway(ctx context.Context, t *trial) {
	all := records(1000)
	t.append(ctx, stream, 0, all...)
	for i, open := range []func(context.Context, string, uint64) iter.Seq2[modreg.Record, error]{t.journal.Read, t.journal.Watch} {
		first := uint64(300 * (i + 1))
		next := first - 299
		for rec, err := range open(ctx, stream, next) {
			if errors.Is(err, modreg.ErrPruned) {
				break // it says that it cannot go on
			}
			if err != nil {
				t.Fatalf("before record %d, with records pruned before %d: %v", next, first, err)
			}
			t.wantRecord(rec, next, all[next-1])
			if next++; rec.Seq == first-290 {
				t.prune(ctx, stream, first)
			}
			if int(rec.Seq) == len(all) {
				break
			}
		}
		t.wantPruned(ctx, stream, first, all)
	}
}

func pruneBehindWatcher(ctx context.Context, t *trial) {
	all := records(20)
	head := t.append(ctx, stream, 0, all[0])
	f := t.follow(ctx, stream, 1)
	f.want(1, all[0])
	for int(head) < len(all) {
		head = t.append(ctx, stream, head, all[head])
		f.want(head, all[head-1])
		t.prune(ctx, stream, head)
	}
}

func pruneAmongAppenders(ctx context.Context, t *trial) {
	p := t.pruner()
	claims := t.appendBeside(ctx, func() bool {
		head, err := t.journal.Head(ctx, stream)
		if err != nil {
			t.Errorf("head among appends: %v", err)
			return false
		}
		if err := p.Prune(ctx, stream, head); err != nil {
			t.Errorf("prune before %d among appends: %v", head, err)
			return false
		}
		next := head
		for rec, err := range t.journal.Read(ctx, stream, head) {
			if err != nil || rec.Seq != next {
				t.Errorf("read from %d among appends: record %d in place of %d, %v", head, rec.Seq, next, err)
				return false
			}
			next++
		}
		return next > head
	})
	first, err := p.First(ctx, stream)
	if err != nil {
		t.Fatalf("first record: %v", err)
	}
	t.wantClaims(ctx, first, claims)
}

func pruneContext(ctx context.Context, t *trial) {
	all := records(4)
	t.append(ctx, stream, 0, all...)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := t.pruner().First(canceled, stream); !errors.Is(err, context.Canceled) {
		t.Errorf("first: error %v, want %v", err, context.Canceled)
	}
	if err := t.pruner().Prune(canceled, stream, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("prune: error %v, want %v", err, context.Canceled)
	}
	// Whether it pruned is open; that the rest is whole is not.
	first, err := t.pruner().First(ctx, stream)
	if err != nil || first != 1 && first != 3 {
		t.Fatalf("first record: %d, %v; want 1 or 3", first, err)
	}
	t.wantPruned(ctx, stream, first, all)
}
