package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

// stream is the one that checks use which need a single stream.
const stream = "stream"

// A trial is one check of one journal: where findings go, and the steps that checks are made of.
type trial struct {
	testing.TB
	journal  modreg.Journal
	patience time.Duration

	// Of the checks of what a folder keeps: the folder, and how a folder is opened.
	dir  string
	open func(dir string) Durable
}

// records returns n transactions that differ, numbered from 1 like the records they become.
func records(n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		batch[i] = fmt.Appendf(nil, "transaction %d", i+1)
	}
	return batch
}

// append adds a batch that must be accepted, and returns the new head.
func (t *trial) append(ctx context.Context, name string, head uint64, batch ...[]byte) uint64 {
	t.Helper()
	next, err := t.journal.Append(ctx, name, head, batch)
	if err != nil {
		t.Fatalf("append %d records to %q at %d: %v", len(batch), name, head, err)
	}
	if want := head + uint64(len(batch)); next != want {
		t.Fatalf("append %d records to %q at %d: the new head is %d, want %d", len(batch), name, head, next, want)
	}
	return next
}

// refuses tries to append where the stream's head is not, and expects that to be said.
func (t *trial) refuses(ctx context.Context, name string, head uint64, batch ...[]byte) {
	t.Helper()
	if _, err := t.journal.Append(ctx, name, head, batch); !errors.Is(err, modreg.ErrHeadMoved) {
		t.Errorf("append to %q at the wrong head %d: error %v, want one that wraps %q", name, head, err, modreg.ErrHeadMoved)
	}
}

func (t *trial) wantHead(ctx context.Context, name string, want uint64) {
	t.Helper()
	if head, err := t.journal.Head(ctx, name); err != nil || head != want {
		t.Fatalf("head of %q: %d, %v; want %d", name, head, err, want)
	}
}

// read returns all that Read yields, which must not be an error.
func (t *trial) read(ctx context.Context, name string, from uint64) []modreg.Record {
	t.Helper()
	var all []modreg.Record
	for rec, err := range t.journal.Read(ctx, name, from) {
		if err != nil {
			t.Fatalf("read %q from %d, after %d records: %v", name, from, len(all), err)
		}
		all = append(all, rec)
	}
	return all
}

// wantStream expects the stream to hold exactly these transactions.
func (t *trial) wantStream(ctx context.Context, name string, want [][]byte) {
	t.Helper()
	t.wantHead(ctx, name, uint64(len(want)))
	t.wantRecords(t.read(ctx, name, 1), 1, want)
}

// wantRecords expects these transactions, numbered from first without a gap.
func (t *trial) wantRecords(got []modreg.Record, first uint64, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i, rec := range got {
		t.wantRecord(rec, first+uint64(i), want[i])
	}
}

func (t *trial) wantRecord(rec modreg.Record, seq uint64, want []byte) {
	t.Helper()
	if rec.Seq != seq || !bytes.Equal(rec.Data, want) {
		t.Fatalf("record %d %s, want %d %s", rec.Seq, excerpt(rec.Data), seq, excerpt(want))
	}
}

// excerpt shows data in a message.
func excerpt(data []byte) string {
	const most = 40
	if len(data) > most {
		return fmt.Sprintf("%q… (%d bytes)", data[:most], len(data))
	}
	return fmt.Sprintf("%q", data)
}

// wantEnd expects a sequence to end with the error of its ended context, and with nothing after it.
func (t *trial) wantEnd(what string, seq func(func(modreg.Record, error) bool), want error) {
	t.Helper()
	var end error
	for rec, err := range seq {
		switch {
		case end != nil:
			t.Fatalf("%s: record %d, %v after the error %v", what, rec.Seq, err, end)
		case err != nil:
			end = err
		}
	}
	if !errors.Is(end, want) {
		t.Errorf("%s ended with error %v, want %v", what, end, want)
	}
}

// within lets a part of a check take as long as ctx, even if the part does not heed it.
func (t *trial) within(ctx context.Context, what string, part func() error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- part() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	case <-ctx.Done():
		t.Fatalf("%s: it does not end", what)
	}
}
