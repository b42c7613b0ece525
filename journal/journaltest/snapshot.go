package journaltest

import (
	"bytes"
	"context"
	"errors"
	"math"
)

func snapshotChecks() []check {
	return needing(func(t *trial) { t.snapshots() }, []check{
		{"there is none at first", noSnapshot},
		{"the newest that is not too new is loaded", newestSnapshot},
		{"the two newest are kept, in whatever order they come", twoSnapshots},
		{"one beyond the head is refused", snapshotBeyond},
		{"one of 8 MiB", largeSnapshot},
		{"data is copied in and handed out for good", snapshotData},
		{"streams have their own", snapshotsOfStreams},
		{"they hold up no append and change no record", snapshotsAmongAppenders},
		{"an ended context ends the call", snapshotContext},
	})
}

func noSnapshot(ctx context.Context, t *trial) {
	t.wantNoSnapshot(ctx, stream, math.MaxUint64)
	t.append(ctx, stream, 0, records(5)...)
	for _, atMost := range []uint64{0, 1, 5, 6, math.MaxUint64} {
		t.wantNoSnapshot(ctx, stream, atMost)
	}
}

func newestSnapshot(ctx context.Context, t *trial) {
	all := records(10)
	t.append(ctx, stream, 0, all...)
	four, ten := snapshotOf(stream, 4), snapshotOf(stream, 10)
	t.put(ctx, stream, four)
	t.wantNoSnapshot(ctx, stream, 3)
	t.wantSnapshot(ctx, stream, 10, four)
	t.put(ctx, stream, ten)
	for _, atMost := range []uint64{10, 11, math.MaxUint64} {
		t.wantSnapshot(ctx, stream, atMost, ten)
	}
	for _, atMost := range []uint64{4, 5, 9} {
		t.wantSnapshot(ctx, stream, atMost, four)
	}
	for _, atMost := range []uint64{0, 1, 3} {
		t.wantNoSnapshot(ctx, stream, atMost)
	}
	t.wantStream(ctx, stream, all)
}

func twoSnapshots(ctx context.Context, t *trial) {
	t.append(ctx, stream, 0, records(12)...)
	put := func(seqs ...uint64) {
		for _, seq := range seqs {
			t.put(ctx, stream, snapshotOf(stream, seq))
		}
	}
	put(2, 9, 5, 1) // the two newest are neither the first nor the last that came
	t.wantSnapshot(ctx, stream, 12, snapshotOf(stream, 9))
	t.wantSnapshot(ctx, stream, 8, snapshotOf(stream, 5))
	put(9, 9, 5) // once more is not one more
	t.wantSnapshot(ctx, stream, 12, snapshotOf(stream, 9))
	t.wantSnapshot(ctx, stream, 8, snapshotOf(stream, 5))
	put(10, 11, 12)
	t.wantSnapshot(ctx, stream, 12, snapshotOf(stream, 12))
	t.wantSnapshot(ctx, stream, 11, snapshotOf(stream, 11))
	for atMost := range uint64(11) { // more may be kept; what is, is whole
		if s := t.load(ctx, stream, atMost); s.Seq > atMost || s.Seq > 0 && !sameSnapshot(s, snapshotOf(stream, s.Seq)) {
			t.Errorf("the newest snapshot at or before %d is of %d %s", atMost, s.Seq, excerpt(s.Data))
		}
	}
}

func snapshotBeyond(ctx context.Context, t *trial) {
	refused := func(seqs ...uint64) {
		for _, seq := range seqs {
			if err := t.snapshots().PutSnapshot(ctx, stream, snapshotOf(stream, seq)); err == nil {
				t.Errorf("a snapshot at %d, beyond the head, was accepted", seq)
			}
		}
	}
	refused(1, math.MaxUint64)
	t.wantNoSnapshot(ctx, stream, math.MaxUint64)
	t.append(ctx, stream, 0, records(3)...)
	t.put(ctx, stream, snapshotOf(stream, 3))
	refused(4, 5, 1000, math.MaxUint64)
	t.wantSnapshot(ctx, stream, math.MaxUint64, snapshotOf(stream, 3))
	t.append(ctx, stream, 3, records(1)...)
	t.wantSnapshot(ctx, stream, 4, snapshotOf(stream, 3)) // what was refused does not appear once there is a record for it
}

func largeSnapshot(ctx context.Context, t *trial) {
	const size = 8 << 20
	t.append(ctx, stream, 0, records(2)...)
	small, large := snapshotOf(stream, 1), snapshotWith(2, bytes.Repeat([]byte("\x00large\xff\n"), size/8))
	large.Data[size-1] = '.' // the last byte tells a snapshot that was cut
	t.put(ctx, stream, small)
	t.put(ctx, stream, large)
	t.wantSnapshot(ctx, stream, 2, large)
	t.wantSnapshot(ctx, stream, 1, small)
}

func snapshotData(ctx context.Context, t *trial) {
	t.append(ctx, stream, 0, records(60)...)
	mine, want := snapshotOf(stream, 1), snapshotOf(stream, 1)
	t.put(ctx, stream, mine)
	clear(mine.Data)
	kept := t.load(ctx, stream, 60)
	if !sameSnapshot(kept, want) {
		t.Fatalf("the snapshot has changed with the caller's buffer: %s", excerpt(kept.Data))
	}
	// Enough to make a journal drop the snapshot, and reuse, move or map anew what it holds.
	filler := bytes.Repeat([]byte("filler "), 10_000)
	for seq := uint64(2); seq <= 20; seq++ {
		t.put(ctx, stream, snapshotWith(seq, filler))
		t.append(ctx, stream, 58+seq, filler)
	}
	if !sameSnapshot(kept, want) {
		t.Errorf("a snapshot that was handed out has changed: %s", excerpt(kept.Data))
	}
	none := snapshotWith(21)
	t.put(ctx, stream, none)
	t.wantSnapshot(ctx, stream, 60, none)
}

func snapshotsOfStreams(ctx context.Context, t *trial) {
	names := []string{"a", "b", "ab", "abc"}
	for i, name := range names {
		seq := uint64(i + 1)
		t.append(ctx, name, 0, records(i+1)...)
		t.put(ctx, name, snapshotOf(name, seq))
	}
	for i, name := range names {
		t.wantSnapshot(ctx, name, math.MaxUint64, snapshotOf(name, uint64(i+1)))
		t.wantNoSnapshot(ctx, name, uint64(i))
	}
	t.wantNoSnapshot(ctx, "z", math.MaxUint64)
	if err := t.snapshots().PutSnapshot(ctx, "a", snapshotOf("a", 4)); err == nil {
		t.Error("a snapshot at the head of another stream was accepted")
	}
}

func snapshotsAmongAppenders(ctx context.Context, t *trial) {
	store := t.snapshots()
	claims := t.appendBeside(ctx, func() bool {
		head, err := t.journal.Head(ctx, stream)
		if err != nil {
			t.Errorf("head among appends: %v", err)
			return false
		}
		if err := store.PutSnapshot(ctx, stream, snapshotOf(stream, head)); err != nil {
			t.Errorf("put a snapshot at %d among appends: %v", head, err)
			return false
		}
		s, err := store.LoadSnapshot(ctx, stream, head)
		if err != nil || !sameSnapshot(s, snapshotOf(stream, head)) {
			t.Errorf("the snapshot at %d among appends: of %d, %v", head, s.Seq, err)
			return false
		}
		return true
	})
	t.wantClaims(ctx, 1, claims)
}

func snapshotContext(ctx context.Context, t *trial) {
	t.append(ctx, stream, 0, records(2)...)
	t.put(ctx, stream, snapshotOf(stream, 1))
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := t.snapshots().LoadSnapshot(canceled, stream, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("load: error %v, want %v", err, context.Canceled)
	}
	if err := t.snapshots().PutSnapshot(canceled, stream, snapshotOf(stream, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("put: error %v, want %v", err, context.Canceled)
	}
	// Whether it was kept is open; that what is kept is whole is not.
	if s := t.load(ctx, stream, 2); !sameSnapshot(s, snapshotOf(stream, s.Seq)) || s.Seq == 0 {
		t.Errorf("after a put with an ended context the snapshot is of %d %s", s.Seq, excerpt(s.Data))
	}
}
