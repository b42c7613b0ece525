package journaltest

import (
	"bytes"
	"context"
	"math"

	"github.com/modreg/modreg"
)

func readChecks() []check {
	return []check{
		{"it begins where it is asked to", readFrom},
		{"it ends at the head of the call", readEnds},
		{"breaking off releases it", readBreak},
		{"it holds up no append, not even its reader's", readAppends},
		{"data that was handed out stays", readKept},
	}
}

func readFrom(ctx context.Context, t *trial) {
	all := records(10)
	t.append(ctx, stream, 0, all...)
	t.wantRecords(t.read(ctx, stream, 0), 1, all)
	for from := range uint64(len(all)) {
		t.wantRecords(t.read(ctx, stream, from+1), from+1, all[from:])
	}
	for _, beyond := range []uint64{11, 12, 1000, math.MaxUint64} {
		t.wantRecords(t.read(ctx, stream, beyond), beyond, nil)
	}
}

func readEnds(ctx context.Context, t *trial) {
	all := records(6)
	t.append(ctx, stream, 0, all[:2]...)
	seq := t.journal.Read(ctx, stream, 1)
	head := t.append(ctx, stream, 2, all[2:4]...)
	var got []modreg.Record
	for rec, err := range seq {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if got = append(got, rec); len(got) == 1 {
			t.append(ctx, stream, head, all[4:]...)
		}
	}
	t.wantRecords(got, 1, all[:2])
	t.wantStream(ctx, stream, all)
}

func readBreak(ctx context.Context, t *trial) {
	const rounds = 50
	var want [][]byte
	for head, data := range records(rounds) {
		t.append(ctx, stream, uint64(head), data)
		want = append(want, data)
		for rec, err := range t.journal.Read(ctx, stream, 1) {
			if err != nil {
				t.Fatalf("read: %v", err)
			}
			t.wantRecord(rec, 1, want[0])
			break
		}
	}
	t.wantStream(ctx, stream, want)
}

func readAppends(ctx context.Context, t *trial) {
	all := records(20)
	head := t.append(ctx, stream, 0, all[:10]...)
	for rec, err := range t.journal.Read(ctx, stream, 1) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		t.wantRecord(rec, rec.Seq, all[rec.Seq-1])
		head = t.append(ctx, stream, head, all[head])
	}
	t.wantStream(ctx, stream, all)
}

func readKept(ctx context.Context, t *trial) {
	all := records(10)
	t.append(ctx, stream, 0, all...)
	kept := t.read(ctx, stream, 1)
	// Enough to make a journal reuse, move or map anew what it holds.
	filler := bytes.Repeat([]byte("filler "), 10_000)
	head := uint64(len(all))
	for range 20 {
		head = t.append(ctx, stream, head, filler, filler)
		t.read(ctx, stream, head)
	}
	t.wantRecords(kept, 1, all)
}
