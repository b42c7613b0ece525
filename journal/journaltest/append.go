package journaltest

import (
	"context"
	"errors"

	"github.com/modreg/modreg"
)

func appendChecks() []check {
	return []check{
		{"an empty stream has head 0 and no records", emptyStream},
		{"records are numbered from 1 without gaps", numbering},
		{"transactions are any bytes", anyBytes},
		{"an empty batch is refused", emptyBatch},
		{"transactions are copied in", copiedIn},
		{"streams are independent", independentStreams},
	}
}

func emptyStream(ctx context.Context, t *trial) {
	t.wantHead(ctx, stream, 0)
	for _, from := range []uint64{0, 1, 2, 100} {
		t.wantRecords(t.read(ctx, stream, from), from, nil)
	}
	t.wantHead(ctx, stream, 0)
}

func numbering(ctx context.Context, t *trial) {
	var want [][]byte
	all := records(200)
	head := uint64(0)
	for _, size := range []int{1, 1, 3, 64, 1, 7, 100} {
		batch := all[head : head+uint64(size)]
		head = t.append(ctx, stream, head, batch...)
		want = append(want, batch...)
		t.wantStream(ctx, stream, want)
	}
}

func anyBytes(ctx context.Context, t *trial) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	batch := [][]byte{every, {}, {0}, []byte("\r\n\x00\xff\xfe"), nil, []byte(`{"json":true}`)}
	t.append(ctx, stream, 0, batch...)
	t.wantStream(ctx, stream, batch)
}

func emptyBatch(ctx context.Context, t *trial) {
	batch := records(2)
	for _, present := range [][][]byte{nil, batch} {
		head := uint64(len(present))
		if head > 0 {
			t.append(ctx, stream, 0, present...)
		}
		for _, empty := range [][][]byte{nil, {}} {
			if _, err := t.journal.Append(ctx, stream, head, empty); err == nil || errors.Is(err, modreg.ErrHeadMoved) {
				t.Errorf("append of no records at head %d: error %v, want one that speaks of the batch", head, err)
			}
		}
		t.wantStream(ctx, stream, present)
	}
}

func copiedIn(ctx context.Context, t *trial) {
	want := records(3)
	mine := records(3)
	t.append(ctx, stream, 0, mine...)
	for i := range mine {
		copy(mine[i], "overwritten by the caller")
		mine[i] = nil
	}
	t.wantStream(ctx, stream, want)
	t.follow(ctx, stream, 1).want(1, want...)
}

func independentStreams(ctx context.Context, t *trial) {
	names := []string{"a", "b", "ab", "abc"}
	all := records(len(names))
	for i, name := range names {
		for n := range i + 1 {
			t.append(ctx, name, uint64(n), all[n])
		}
	}
	for i, name := range names {
		t.wantStream(ctx, name, all[:i+1])
		if other := uint64(len(names) - i); other != uint64(i+1) {
			t.refuses(ctx, name, other, all...) // the head of another stream
		}
	}
	t.wantHead(ctx, "z", 0)
}
