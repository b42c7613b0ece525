package journaltest

import (
	"context"
	"time"

	"github.com/modreg/modreg"
)

// A follower watches a stream in a goroutine of its own.
type follower struct {
	t       *trial
	what    string
	cancel  context.CancelFunc
	records chan modreg.Record
	ended   chan struct{}
	err     error // guarded by ended; what the watch ended with
}

// follow starts a follower. It is stopped at the end of the check, or when ctx ends.
func (t *trial) follow(ctx context.Context, name string, from uint64) *follower {
	ctx, cancel := context.WithCancel(ctx)
	f := &follower{t: t, what: "watch of " + name, cancel: cancel, records: make(chan modreg.Record), ended: make(chan struct{})}
	seq := t.journal.Watch(ctx, name, from)
	go func() {
		defer close(f.ended)
		for rec, err := range seq {
			if err != nil {
				f.err = err
				return
			}
			select {
			case f.records <- rec:
			case <-ctx.Done(): // nobody takes it any more; the watch must see that too
			}
		}
	}()
	t.Cleanup(f.stop)
	return f
}

// stop ends the watch and waits for its end.
func (f *follower) stop() {
	f.cancel()
	select {
	case <-f.ended:
	case <-time.After(f.t.patience):
		f.t.Errorf("%s goes on although its context has ended", f.what)
	}
}

// take waits for the next record, which must have the number seq.
func (f *follower) take(seq uint64) modreg.Record {
	f.t.Helper()
	select {
	case rec := <-f.records:
		if rec.Seq != seq {
			f.t.Fatalf("%s: record %d, want %d", f.what, rec.Seq, seq)
		}
		return rec
	case <-f.ended:
		f.t.Fatalf("%s ended before record %d: %v", f.what, seq, f.err)
	}
	return modreg.Record{}
}

// want expects these transactions next, numbered from first.
func (f *follower) want(first uint64, want ...[]byte) {
	f.t.Helper()
	for i, data := range want {
		seq := first + uint64(i)
		f.t.wantRecord(f.take(seq), seq, data)
	}
}

// A log is what a watch yields until it ends by itself.
type log struct {
	records []modreg.Record // guarded by ended
	ended   chan struct{}
}

// log watches a stream from its first record, in a goroutine of its own, until the journal ends the watch or ctx does.
func (t *trial) log(ctx context.Context, name string) *log {
	l := &log{ended: make(chan struct{})}
	seq := t.journal.Watch(ctx, name, 1)
	go func() {
		defer close(l.ended)
		for rec, err := range seq {
			if err != nil {
				return
			}
			l.records = append(l.records, rec)
		}
	}()
	return l
}
