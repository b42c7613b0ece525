package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/record"
)

// A flaky journal fails appends and waits when it is told to.
type flaky struct {
	modreg.Journal
	broken  atomic.Bool
	landed  atomic.Bool // a broken append counts all the same
	blocked chan struct{}
	mu      sync.Mutex
}

var errDisk = errors.New("no space left on device")

func newFlaky() *flaky { return &flaky{Journal: modreg.NewMemJournal()} }

func (f *flaky) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	f.mu.Lock()
	blocked := f.blocked
	f.mu.Unlock()
	if blocked != nil {
		select {
		case <-blocked:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	if !f.broken.Load() {
		return f.Journal.Append(ctx, stream, head, batch)
	}
	if f.landed.Load() {
		if _, err := f.Journal.Append(ctx, stream, head, batch); err != nil {
			return 0, err
		}
	}
	return 0, errDisk
}

// block makes appends wait until the returned function is called.
func (f *flaky) block() (release func()) {
	gate := make(chan struct{})
	f.mu.Lock()
	f.blocked = gate
	f.mu.Unlock()
	return sync.OnceFunc(func() {
		f.mu.Lock()
		f.blocked = nil
		f.mu.Unlock()
		close(gate)
	})
}

// A pruning journal keeps snapshots and prunes, in memory.
type pruning struct {
	modreg.Journal
	mu    sync.Mutex
	first map[string]uint64
	kept  []modreg.StoredSnapshot
}

func newPruning() *pruning {
	return &pruning{Journal: modreg.NewMemJournal(), first: map[string]uint64{}}
}

func (p *pruning) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	first, _ := p.First(ctx, stream)
	if max(from, 1) < first {
		return func(yield func(modreg.Record, error) bool) { yield(modreg.Record{}, modreg.ErrPruned) }
	}
	return p.Journal.Read(ctx, stream, from)
}

func (p *pruning) Prune(_ context.Context, stream string, before uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first[stream] = max(before, p.first[stream])
	return nil
}

func (p *pruning) First(_ context.Context, stream string) (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.first[stream], 1), nil
}

func (p *pruning) PutSnapshot(_ context.Context, _ string, s modreg.StoredSnapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, s)
	return nil
}

func (p *pruning) LoadSnapshot(_ context.Context, _ string, atMost uint64) (best modreg.StoredSnapshot, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.kept {
		if s.Seq <= atMost && s.Seq >= best.Seq {
			best = s
		}
	}
	return best, nil
}

// A clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// openTrail opens a trail that is closed with the test.
func openTrail(tb testing.TB, dir string, o Options) *Trail {
	tb.Helper()
	if o.Node == "" {
		o.Node = "node-1"
	}
	if o.SpoolRetry == 0 {
		o.SpoolRetry = time.Hour // what is to be drained is drained by the next write
	}
	trail, err := Open(tb.Context(), dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = trail.Close() })
	return trail
}

// crash ends a trail as the end of the process would: nothing is written any more.
func crash(tb testing.TB, trail *Trail) {
	tb.Helper()
	trail.closing.Do(func() {
		trail.cancel()
		<-trail.w.ended
		if err := trail.closeFiles(); err != nil {
			tb.Fatal(err)
		}
	})
}

func denial(resource string) Event {
	return Event{
		Class: ClassAuthorization, Action: "module:activate", Outcome: OutcomeDeny, Reason: "no role allows it",
		PolicyIDs: []string{"default-deny"}, PolicyRev: "7", Resource: Resource{Kind: "module", ID: resource},
	}
}

func as(ctx context.Context, user string) context.Context {
	return record.WithOrigin(ctx, record.Origin{
		Actor: record.Actor{Kind: record.KindUser, ID: user, Authn: "token"}, Request: "req-" + user, Approval: "appr-9",
	})
}

func hash32(data []byte) [32]byte { return sha256.Sum256(data) }

func mustRecord(tb testing.TB, ctx context.Context, trail *Trail, e Event) {
	tb.Helper()
	if err := trail.Record(ctx, e); err != nil {
		tb.Fatal(err)
	}
}

// all returns what a query yields.
func all(tb testing.TB, trail *Trail, q Query) []Event {
	tb.Helper()
	var found []Event
	for e, err := range Read(tb.Context(), trail.o.Registry, trail.o.Local, q) {
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, e)
	}
	return found
}

func actions(events []Event) []string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.Action
		if e.Activity != "" {
			names[i] += " " + e.Activity
		}
	}
	return names
}

// removeState takes away what a trail derived from the log, which is then read in full.
func removeState(tb testing.TB, dir string) {
	tb.Helper()
	if err := os.Remove(filepath.Join(dir, stateName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatal(err)
	}
}

// openBolt opens a journal in a file of the test.
func openBolt(tb testing.TB) *boltjournal.Journal {
	tb.Helper()
	j, err := boltjournal.Open(filepath.Join(tb.TempDir(), "journal"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	return j
}
