package journaltest

import (
	"bytes"
	"context"
	"math"
)

func restartChecks() []check {
	return []check{
		{"records are there, whatever they hold", restartRecords},
		{"streams go on where they ended", restartAppends},
		{"what was refused stays away", restartRefused},
		{"thousands of records and large ones", restartMany},
		{"a watch goes on without gaps and repeats", restartWatch},
		{"a registry is what it was", restartRegistry},
	}
}

func restartAbilityChecks() []check {
	return append(
		needing(func(t *trial) { t.snapshots() }, []check{
			{"snapshots are there", restartSnapshots},
			{"snapshots that were refused stay away", restartRefusedSnapshot},
		}),
		needing(func(t *trial) { t.pruner() }, []check{
			{"pruned records stay away", restartPruned},
			{"a pruned stream goes on where it ended", restartPrunedAppends},
		})...)
}

// restarts is how often the checks close and open the folder.
const restarts = 3

func restartRecords(ctx context.Context, t *trial) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	want := map[string][][]byte{
		"a":   {every, {}, nil, {0}, []byte("\r\n\x00\xff\xfe"), []byte(`{"json":true}`)},
		"b":   records(9),
		"ab":  {{}},
		"abc": records(70),
	}
	for name, all := range want {
		head := t.append(ctx, name, 0, all[0])
		if len(all) > 1 {
			t.append(ctx, name, head, all[1:]...)
		}
	}
	for range restarts { // opening and closing alone changes nothing
		t.restart()
		for name, all := range want {
			t.wantStream(ctx, name, all)
		}
		t.wantStream(ctx, "z", nil)
	}
}

func restartAppends(ctx context.Context, t *trial) {
	names := []string{"a", "b", "c"}
	all := records(len(names) * restarts * 2)
	for n := range restarts {
		for i, name := range names {
			had := uint64(2 * n * (i + 1))
			if had > 0 {
				t.refuses(ctx, name, had-1, []byte("x"))
				t.refuses(ctx, name, 0, []byte("x"))
			}
			t.refuses(ctx, name, had+1, []byte("x"))
			t.append(ctx, name, had, all[had:had+2*uint64(i+1)]...)
		}
		t.restart()
		for i, name := range names {
			t.wantStream(ctx, name, all[:2*(n+1)*(i+1)])
		}
	}
}

func restartRefused(ctx context.Context, t *trial) {
	all := records(6)
	t.append(ctx, stream, 0, all[:3]...)
	for n := range restarts {
		had := 3 + n
		t.refuses(ctx, stream, 1, []byte("refused"), []byte("refused"))
		t.refuses(ctx, stream, 99, []byte("refused"))
		t.refuses(ctx, "other", 1, []byte("refused"))
		if _, err := t.journal.Append(ctx, stream, uint64(had), nil); err == nil {
			t.Error("an empty batch was accepted")
		}
		t.restart()
		t.wantStream(ctx, stream, all[:had])
		t.wantStream(ctx, "other", nil)
		t.append(ctx, stream, uint64(had), all[had])
	}
}

func restartMany(ctx context.Context, t *trial) {
	const n = 3000
	all := records(n)
	t.append(ctx, "many", 0, all[:n/2]...)
	t.append(ctx, "many", n/2, all[n/2:]...)
	large := [][]byte{bytes.Repeat([]byte{1, 0xff}, 1<<19), bytes.Repeat([]byte{2}, 1<<20-1), []byte("small")}
	t.append(ctx, "large", 0, large...)
	t.restart()
	t.wantStream(ctx, "many", all)
	t.wantRecords(t.read(ctx, "many", n-9), n-9, all[n-10:])
	t.wantStream(ctx, "large", large)
}

func restartWatch(ctx context.Context, t *trial) {
	const each = 8
	all := records(each * restarts * 2)
	head, seen := uint64(0), uint64(0)
	for range restarts {
		// The watcher falls behind, by another number of records each time, and goes on after the restart.
		head = t.append(ctx, stream, head, all[head:head+each]...)
		f := t.follow(ctx, stream, seen+1)
		upTo := head - 3*(head/each%3)
		f.want(seen+1, all[seen:upTo]...)
		seen = upTo
		f.stop()
		t.restart()
		f = t.follow(ctx, stream, seen+1)
		f.want(seen+1, all[seen:head]...)
		next := t.append(ctx, stream, head, all[head:head+each]...)
		f.want(head+1, all[head:next]...)
		head, seen = next, next
		f.stop()
	}
	t.restart()
	ahead := t.follow(ctx, stream, head+1)
	t.append(ctx, stream, head, []byte("after all"))
	ahead.want(head+1, []byte("after all"))
}

func restartRegistry(ctx context.Context, t *trial) {
	s := t.openRegistry(ctx, t.journal)
	t.within(ctx, "the work of a registry", func() error { return s.busy(ctx, "own", "shared") })
	for range restarts {
		before := s.Snapshot()
		if err := s.Close(ctx); err != nil {
			t.Fatalf("close the registry: %v", err)
		}
		t.restart()
		s = t.openRegistry(ctx, t.journal)
		wantState(t, "the registry after a restart", s.Snapshot(), before)
		t.within(ctx, "the work of a registry after a restart", func() error { return s.swap(ctx) })
	}
}

func restartSnapshots(ctx context.Context, t *trial) {
	for n := range uint64(restarts) {
		for i, name := range []string{"a", "b", "ab"} {
			seq := 5*n + uint64(i) + 2 // the newest
			t.append(ctx, name, 5*n, records(5)...)
			t.put(ctx, name, snapshotOf(name, seq-1))
			t.put(ctx, name, snapshotOf(name, seq))
		}
		t.restart()
		for i, name := range []string{"a", "b", "ab"} {
			seq := 5*n + uint64(i) + 2
			t.wantSnapshot(ctx, name, math.MaxUint64, snapshotOf(name, seq))
			t.wantSnapshot(ctx, name, seq-1, snapshotOf(name, seq-1))
			t.wantHead(ctx, name, 5*n+5)
		}
		t.wantNoSnapshot(ctx, "z", math.MaxUint64)
	}
	large := snapshotWith(5*restarts, bytes.Repeat([]byte("large"), 1<<20))
	t.put(ctx, "a", large)
	t.restart()
	t.wantSnapshot(ctx, "a", math.MaxUint64, large)
}

func restartRefusedSnapshot(ctx context.Context, t *trial) {
	t.append(ctx, stream, 0, records(3)...)
	t.put(ctx, stream, snapshotOf(stream, 2))
	for _, seq := range []uint64{4, 6} {
		if err := t.snapshots().PutSnapshot(ctx, stream, snapshotOf(stream, seq)); err == nil {
			t.Errorf("a snapshot at %d, beyond the head, was accepted", seq)
		}
	}
	t.restart()
	t.append(ctx, stream, 3, records(5)...)
	t.wantSnapshot(ctx, stream, math.MaxUint64, snapshotOf(stream, 2))
}

func restartPruned(ctx context.Context, t *trial) {
	all := records(20)
	t.append(ctx, "a", 0, all...)
	t.append(ctx, "b", 0, all...)
	for _, before := range []uint64{2, 9, 20} {
		t.prune(ctx, "a", before)
		t.restart()
		t.wantPruned(ctx, "a", before, all)
		t.wantPruned(ctx, "b", 1, all)
	}
	if err := t.pruner().Prune(ctx, "b", 21); err == nil {
		t.Error("pruning beyond the head was accepted")
	}
	t.restart()
	t.wantPruned(ctx, "b", 1, all)
}

func restartPrunedAppends(ctx context.Context, t *trial) {
	all := records(4 * (restarts + 1))
	head := t.append(ctx, stream, 0, all[:4]...)
	for range restarts {
		t.prune(ctx, stream, head) // all but the last record
		t.restart()
		t.refuses(ctx, stream, 0, []byte("x"))
		t.refuses(ctx, stream, 1, []byte("x")) // how many records there are
		f := t.follow(ctx, stream, head)
		next := t.append(ctx, stream, head, all[head:head+4]...)
		f.want(head, all[head-1:next]...)
		f.stop()
		t.wantPruned(ctx, stream, head, all[:next])
		head = next
	}
	t.restart()
	t.wantGone("a watch that goes on too late", t.journal.Watch(ctx, stream, 2))
}
