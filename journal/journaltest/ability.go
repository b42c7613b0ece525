package journaltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"

	"github.com/modreg/modreg"
)

// snapshots returns the ability to keep snapshots, and ends the check if the journal lacks it.
func (t *trial) snapshots() modreg.SnapshotStore {
	t.Helper()
	store, ok := t.journal.(modreg.SnapshotStore)
	if !ok {
		t.Skip("the journal keeps no snapshots: it is no modreg.SnapshotStore")
	}
	return store
}

// pruner returns the ability to prune, and ends the check if the journal lacks it.
func (t *trial) pruner() modreg.Pruner {
	t.Helper()
	p, ok := t.journal.(modreg.Pruner)
	if !ok {
		t.Skip("the journal keeps all records: it is no modreg.Pruner")
	}
	return p
}

// needing makes checks end at once, without failing, if the journal lacks an ability.
func needing(ability func(t *trial), checks []check) []check {
	for i, c := range checks {
		checks[i].run = func(ctx context.Context, t *trial) {
			t.Helper()
			ability(t)
			c.run(ctx, t)
		}
	}
	return checks
}

// snapshotOf returns a snapshot after record seq, which differs from those after other records and in other streams.
func snapshotOf(name string, seq uint64) modreg.StoredSnapshot {
	return snapshotWith(seq, []byte("state of "+name), bytes.Repeat([]byte{byte(seq), 0, '\n'}, int(seq%7)))
}

// snapshotWith returns a snapshot after record seq that holds the parts.
func snapshotWith(seq uint64, parts ...[]byte) modreg.StoredSnapshot {
	data := bytes.Join(parts, nil)
	return modreg.StoredSnapshot{Seq: seq, Hash: sha256.Sum256(append([]byte{byte(seq)}, data...)), Data: data}
}

// put keeps a snapshot, which must be accepted.
func (t *trial) put(ctx context.Context, name string, s modreg.StoredSnapshot) {
	t.Helper()
	if err := t.snapshots().PutSnapshot(ctx, name, s); err != nil {
		t.Fatalf("put a snapshot of %q at %d: %v", name, s.Seq, err)
	}
}

// load returns the newest snapshot at or before atMost; asking must not be an error.
func (t *trial) load(ctx context.Context, name string, atMost uint64) modreg.StoredSnapshot {
	t.Helper()
	s, err := t.snapshots().LoadSnapshot(ctx, name, atMost)
	if err != nil {
		t.Fatalf("load the snapshot of %q at or before %d: %v", name, atMost, err)
	}
	return s
}

// wantSnapshot expects a snapshot to be the newest at or before atMost.
func (t *trial) wantSnapshot(ctx context.Context, name string, atMost uint64, want modreg.StoredSnapshot) {
	t.Helper()
	got := t.load(ctx, name, atMost)
	if !sameSnapshot(got, want) {
		t.Fatalf("the newest snapshot of %q at or before %d is of %d %s, want %d %s",
			name, atMost, got.Seq, excerpt(got.Data), want.Seq, excerpt(want.Data))
	}
}

// wantNoSnapshot expects that none is at or before atMost.
func (t *trial) wantNoSnapshot(ctx context.Context, name string, atMost uint64) {
	t.Helper()
	t.wantSnapshot(ctx, name, atMost, modreg.StoredSnapshot{})
}

func sameSnapshot(a, b modreg.StoredSnapshot) bool {
	return a.Seq == b.Seq && a.Hash == b.Hash && bytes.Equal(a.Data, b.Data)
}

// prune drops the records before a point, which must be accepted.
func (t *trial) prune(ctx context.Context, name string, before uint64) {
	t.Helper()
	if err := t.pruner().Prune(ctx, name, before); err != nil {
		t.Fatalf("prune %q before %d: %v", name, before, err)
	}
}

// wantPruned expects a stream of these transactions, all that were ever appended, of which those before first are gone.
func (t *trial) wantPruned(ctx context.Context, name string, first uint64, all [][]byte) {
	t.Helper()
	if got, err := t.pruner().First(ctx, name); err != nil || got != first {
		t.Fatalf("first record of %q: %d, %v; want %d", name, got, err, first)
	}
	head := uint64(len(all))
	t.wantHead(ctx, name, head)
	for _, from := range []uint64{first, (first + head + 1) / 2, head, head + 1} {
		if from >= first {
			t.wantRecords(t.read(ctx, name, from), from, all[from-1:])
		}
	}
	if first == 1 {
		t.wantRecords(t.read(ctx, name, 0), 1, all)
		return
	}
	for _, from := range []uint64{0, 1, first / 2, first - 1} {
		t.wantGone("read", t.journal.Read(ctx, name, from))
		t.wantGone("watch", t.journal.Watch(ctx, name, from))
	}
}

// wantGone expects a sequence that begins with a pruned record to say so, and to yield nothing.
func (t *trial) wantGone(what string, seq iter.Seq2[modreg.Record, error]) {
	t.Helper()
	for rec, err := range seq {
		if err == nil {
			t.Fatalf("%s, from a pruned record, yielded record %d", what, rec.Seq)
		}
		if !errors.Is(err, modreg.ErrPruned) {
			t.Fatalf("%s, from a pruned record: error %v, want one that wraps %q", what, err, modreg.ErrPruned)
		}
		return
	}
	t.Fatalf("%s, from a pruned record, ended without an error", what)
}
