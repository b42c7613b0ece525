package journaltest

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/modreg/modreg"
)

func contextChecks() []check {
	return []check{
		{"ended before the call", endedBefore},
		{"ended while a read goes on", endedUnderway(modreg.Journal.Read)},
		{"ended while a watch waits", endedInWatch},
		{"ended while a watch catches up", endedUnderway(modreg.Journal.Watch)},
	}
}

func endedBefore(ctx context.Context, t *trial) {
	all := records(3)
	t.append(ctx, stream, 0, all...)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()
	for _, ended := range []context.Context{canceled, late} {
		want := ended.Err()
		if _, err := t.journal.Head(ended, stream); !errors.Is(err, want) {
			t.Errorf("head: error %v, want %v", err, want)
		}
		if _, err := t.journal.Append(ended, stream, 99, all); err == nil {
			t.Error("append at the wrong head with an ended context succeeded")
		}
		t.wantEnd("read", t.journal.Read(ended, stream, 1), want)
		t.wantEnd("watch", t.journal.Watch(ended, stream, 1), want)
		t.wantEnd("watch of the future", t.journal.Watch(ended, stream, 50), want)
	}
	t.wantStream(ctx, stream, all)

	// Whether this appends is open; that it says so and leaves the stream whole is not.
	if _, err := t.journal.Append(canceled, stream, 3, all); !errors.Is(err, context.Canceled) {
		t.Errorf("append: error %v, want %v", err, context.Canceled)
	}
	if got := t.read(ctx, stream, 4); len(got) > 0 {
		t.wantRecords(got, 4, all)
	}
}

func endedInWatch(ctx context.Context, t *trial) {
	all := records(4)
	t.append(ctx, stream, 0, all[:3]...)
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	f := t.follow(watching, stream, 1)
	f.want(1, all[:3]...)
	cancel()
	select {
	case <-f.ended:
	case <-ctx.Done():
		t.Fatalf("the watch goes on although its context has ended")
	}
	if !errors.Is(f.err, context.Canceled) {
		t.Errorf("the watch ended with error %v, want %v", f.err, context.Canceled)
	}
	t.append(ctx, stream, 3, all[3])
	t.wantStream(ctx, stream, all)
}

// endedUnderway ends the context of a read or a watch that has records left to yield.
func endedUnderway(open func(modreg.Journal, context.Context, string, uint64) iter.Seq2[modreg.Record, error]) func(context.Context, *trial) {
	return func(ctx context.Context, t *trial) {
		const n = 2000
		t.append(ctx, stream, 0, records(n)...)
		reading, cancel := context.WithCancel(ctx)
		defer cancel()
		t.wantEnd("the sequence", func(yield func(modreg.Record, error) bool) {
			for rec, err := range open(t.journal, reading, stream, 1) {
				if rec.Seq == 5 {
					cancel()
				}
				if !yield(rec, err) {
					return
				}
			}
		}, context.Canceled)
		t.wantHead(ctx, stream, n)
	}
}
