package journaltest

import (
	"bytes"
	"context"
	"slices"
)

func sizeChecks() []check {
	return []check{
		{"records of 1 MiB", largeRecords},
		{"10,000 small records", manyRecords},
	}
}

func largeRecords(ctx context.Context, t *trial) {
	const size = 1 << 20
	var all [][]byte
	for i := range byte(4) {
		data := bytes.Repeat([]byte{i, 0, 0xff, '\n'}, size/4)
		data[size-1] = 'a' + i // the last byte tells a record that was cut
		all = append(all, data)
	}
	f := t.follow(ctx, stream, 1)
	head := t.append(ctx, stream, 0, all[0])
	head = t.append(ctx, stream, head, all[1:3]...)
	t.append(ctx, stream, head, all[3])
	t.wantStream(ctx, stream, all)
	f.want(1, all...)
}

func manyRecords(ctx context.Context, t *trial) {
	const n, batch = 10_000, 250
	all := records(n)
	head := uint64(0)
	for part := range slices.Chunk(all, batch) {
		head = t.append(ctx, stream, head, part...)
	}
	t.wantStream(ctx, stream, all)
	t.wantRecords(t.read(ctx, stream, n-9), n-9, all[n-10:])
	t.follow(ctx, stream, 1).want(1, all...)
}
