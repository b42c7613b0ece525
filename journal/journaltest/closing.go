package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg"
)

func closeChecks() []check {
	return []check{
		{"a closed journal says so", closedCalls},
		{"watches end with an error", closedWatches},
		{"appends at that moment are kept, or absent and said to be", closedAppends},
	}
}

func closedCalls(ctx context.Context, t *trial) {
	all := records(3)
	t.append(ctx, stream, 0, all...)
	closed := t.journal
	t.close()
	for range 2 {
		if _, err := closed.Append(ctx, stream, 3, records(1)); err == nil || errors.Is(err, modreg.ErrHeadMoved) {
			t.Errorf("append to a closed journal: error %v, want one that says that it is closed", err)
		}
		if head, err := closed.Head(ctx, stream); err == nil {
			t.Errorf("head of a closed journal: %d, want an error", head)
		}
		t.wantFailure("read", closed.Read(ctx, stream, 1))
		t.wantFailure("watch", closed.Watch(ctx, stream, 1))
		t.wantFailure("watch of the future", closed.Watch(ctx, stream, 9))
		t.close() // once more is no error
	}
	if store, ok := closed.(modreg.SnapshotStore); ok {
		if err := store.PutSnapshot(ctx, stream, snapshotOf(stream, 3)); err == nil {
			t.Error("a closed journal accepted a snapshot")
		}
		if _, err := store.LoadSnapshot(ctx, stream, 3); err == nil {
			t.Error("a closed journal loaded a snapshot")
		}
	}
	if p, ok := closed.(modreg.Pruner); ok {
		if err := p.Prune(ctx, stream, 2); err == nil {
			t.Error("a closed journal pruned")
		}
		if _, err := p.First(ctx, stream); err == nil {
			t.Error("a closed journal has a first record")
		}
	}
	t.journal = t.openIn(t.dir)
	t.wantStream(ctx, stream, all)
}

// wantFailure expects a sequence of a closed journal to yield an error, and nothing else.
func (t *trial) wantFailure(what string, seq func(func(modreg.Record, error) bool)) {
	t.Helper()
	for rec, err := range seq {
		if err == nil {
			t.Errorf("%s of a closed journal yielded record %d", what, rec.Seq)
		}
		return
	}
	t.Errorf("%s of a closed journal ended without an error", what)
}

func closedWatches(ctx context.Context, t *trial) {
	all := records(5)
	t.append(ctx, stream, 0, all...)
	caughtUp, future, nothing := t.follow(ctx, stream, 1), t.follow(ctx, stream, 50), t.follow(ctx, "other", 1)
	caughtUp.want(1, all...)
	t.close()
	for _, f := range []*follower{caughtUp, future, nothing} {
		select {
		case <-f.ended:
		case <-ctx.Done():
			t.Fatalf("%s goes on although the journal is closed", f.what)
		}
		if f.err == nil {
			t.Errorf("%s ended without an error when the journal was closed", f.what)
		}
	}
}

// A report is what an appender was told of its batches until the journal was closed.
type report struct {
	stream  string
	kept    map[uint64][][]byte // acknowledged, by the head they were appended at
	doubted [][]byte            // the batch whose append ended with an error
	err     error               // that of an answer that is wrong
}

// closedAppends closes the journal among appends and watches, several times, each at another moment.
func closedAppends(ctx context.Context, t *trial) {
	heads := map[string]uint64{"a": 0, "b": 0}
	for round := range 4 {
		reports, logs := t.closeAmongAppenders(ctx, 10+7*round)
		t.journal = t.openIn(t.dir)
		for name, before := range heads {
			all := t.read(ctx, name, 1)
			heads[name] = uint64(len(all))
			t.wantHead(ctx, name, heads[name])
			if seen := logs[name].records; !isPrefix(seen, all) {
				t.Fatalf("a watch of %q saw %d records before the end that are not the first of the %d that are there", name, len(seen), len(all))
			}
			t.wantReported(name, all, before, reports)
		}
	}
}

// closeAmongAppenders runs appenders and watchers on the streams a and b, closes the journal as soon as it has
// acknowledged some appends, and waits for all to end.
func (t *trial) closeAmongAppenders(ctx context.Context, acknowledged int) ([]report, map[string]*log) {
	t.Helper()
	var count atomic.Int64
	closed := make(chan error, 1)
	acknowledge := func() { // one appender closes the journal while the others go on
		if count.Add(1) == int64(acknowledged) {
			closed <- t.journal.(Durable).Close()
		}
	}
	logs := map[string]*log{"a": t.log(ctx, "a"), "b": t.log(ctx, "b")}
	reports := make([]report, 4)
	var appends sync.WaitGroup
	for i := range reports {
		reports[i] = report{stream: string(rune('a' + i%2)), kept: map[uint64][][]byte{}}
		id := fmt.Sprintf("%d/%d", acknowledged, i)
		appends.Go(func() { reports[i].appendUntilClosed(ctx, t.journal, id, acknowledge) })
	}
	appends.Wait()
	select {
	case err := <-closed:
		if err != nil {
			t.Fatalf("close among appends: %v", err)
		}
	default:
		t.Fatalf("only %d appends were acknowledged", count.Load())
	}
	for name, l := range logs {
		select {
		case <-l.ended:
		case <-ctx.Done():
			t.Fatalf("a watch of %q goes on although the journal is closed", name)
		}
	}
	return reports, logs
}

// appendUntilClosed appends batches of one to three records until a call fails, or there are plenty.
func (r *report) appendUntilClosed(ctx context.Context, j modreg.Journal, id string, acknowledge func()) {
	head, err := j.Head(ctx, r.stream)
	for n := 0; err == nil && n < 400; n++ {
		var batch [][]byte
		for i := range n%3 + 1 {
			batch = append(batch, fmt.Appendf(nil, "%s.%d.%d", id, n, i))
		}
		var next uint64
		switch next, err = j.Append(ctx, r.stream, head, batch); {
		case err == nil && next != head+uint64(len(batch)):
			r.err = fmt.Errorf("append of %d records at %d returned head %d", len(batch), head, next)
			return
		case err == nil:
			r.kept[head] = batch
			head = next
			acknowledge()
		case errors.Is(err, modreg.ErrHeadMoved):
			head, err = j.Head(ctx, r.stream)
		default:
			r.doubted = batch
		}
	}
}

// wantReported expects the records of a stream behind before to be those that were acknowledged, where they were said
// to be, and those in doubt, each batch as a whole or not at all.
func (t *trial) wantReported(name string, all []modreg.Record, before uint64, reports []report) {
	t.Helper()
	explained := before
	for _, r := range reports {
		if r.err != nil {
			t.Fatal(r.err)
		}
		if r.stream != name {
			continue
		}
		if at := indexOfAny(all, r.doubted); at >= 0 {
			r.kept[uint64(at)] = r.doubted
		}
		for head, batch := range r.kept {
			end := head + uint64(len(batch))
			if uint64(len(all)) < end {
				t.Fatalf("%q has %d records, but there were %d", name, len(all), end)
			}
			t.wantRecords(all[head:end], head+1, batch)
			explained += uint64(len(batch))
		}
	}
	if explained != uint64(len(all)) {
		t.Fatalf("%q has %d records, but only %d are of appends", name, len(all), explained)
	}
}

// indexOfAny returns where the first of the transactions is that is there, or -1.
func indexOfAny(all []modreg.Record, batch [][]byte) int {
	return slices.IndexFunc(all, func(rec modreg.Record) bool {
		return slices.ContainsFunc(batch, func(data []byte) bool { return bytes.Equal(rec.Data, data) })
	})
}
