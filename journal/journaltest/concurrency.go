package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/modreg/modreg"
)

func concurrencyChecks() []check {
	return []check{
		{"appenders that retry lose and repeat nothing", rivalAppenders},
		{"readers see a stream that only grows", readersAmongAppenders},
		{"watchers all see the one order", watchersAmongAppenders},
	}
}

const (
	appenders   = 6
	perAppender = 20
	total       = appenders * perAppender
)

// claim is what one successful append of an appender reported.
type claim struct {
	head uint64 // that was returned
	last []byte // the last transaction of the batch
}

// appendAll adds total transactions by several appenders that retry when the head moves, in batches of one and
// two, and returns what each successful append reported.
func (t *trial) appendAll(ctx context.Context) []claim {
	claims := make([][]claim, appenders)
	var wg sync.WaitGroup
	for a := range appenders {
		wg.Go(func() {
			for i := 0; i < perAppender; {
				batch := [][]byte{fmt.Appendf(nil, "%d/%d", a, i)}
				if i%3 == 0 && i+1 < perAppender {
					batch = append(batch, fmt.Appendf(nil, "%d/%d", a, i+1))
				}
				head, err := t.appendWithRetry(ctx, batch)
				if err != nil {
					t.Errorf("appender %d: %v", a, err)
					return
				}
				i += len(batch)
				claims[a] = append(claims[a], claim{head, batch[len(batch)-1]})
			}
		})
	}
	wg.Wait()
	var all []claim
	for _, c := range claims {
		all = append(all, c...)
	}
	return all
}

// appendBeside runs a step of a check many times while appenders append single records, each time after one was
// appended, and returns what the appenders were told. It ends early when a step returns false.
func (t *trial) appendBeside(ctx context.Context, step func() bool) []claim {
	t.Helper()
	const rivals, steps = 3, 50
	claims := make([][]claim, rivals)
	appended, done := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	for a := range rivals {
		wg.Go(func() {
			for i := 0; ; i++ {
				data := fmt.Appendf(nil, "%d/%d", a, i)
				head, err := t.appendWithRetry(ctx, [][]byte{data})
				if err != nil {
					t.Errorf("appender %d: %v", a, err)
					return
				}
				claims[a] = append(claims[a], claim{head, data})
				select {
				case <-done:
					return
				case appended <- struct{}{}: // and on, beside the step
				}
			}
		})
	}
	for n := 0; n < steps && !t.Failed(); n++ {
		select {
		case <-appended:
		case <-ctx.Done():
		}
		if !step() {
			break
		}
	}
	close(done)
	wg.Wait()
	return slices.Concat(claims...)
}

// wantClaims expects the records of a stream from first on to be those that appenders of single records were told of.
func (t *trial) wantClaims(ctx context.Context, first uint64, claims []claim) {
	t.Helper()
	t.wantHead(ctx, stream, uint64(len(claims)))
	got := t.read(ctx, stream, first)
	if want := len(claims) + 1 - int(first); len(got) != want {
		t.Fatalf("%d records from %d on, want %d", len(got), first, want)
	}
	for _, c := range claims {
		if c.head >= first {
			t.wantRecord(got[c.head-first], c.head, c.last)
		}
	}
}

// appendWithRetry appends wherever the head is. The head it sees may never be older than one it was told of.
func (t *trial) appendWithRetry(ctx context.Context, batch [][]byte) (uint64, error) {
	for {
		head, err := t.journal.Head(ctx, stream)
		if err != nil {
			return 0, err
		}
		next, err := t.journal.Append(ctx, stream, head, batch)
		if errors.Is(err, modreg.ErrHeadMoved) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if next != head+uint64(len(batch)) {
			return 0, fmt.Errorf("append of %d records at %d returned head %d", len(batch), head, next)
		}
		seen, err := t.journal.Head(ctx, stream)
		if err == nil && seen < next {
			err = fmt.Errorf("head is %d after an append that returned %d", seen, next)
		}
		if err != nil {
			return 0, err
		}
		return next, nil
	}
}

func rivalAppenders(ctx context.Context, t *trial) {
	claims := t.appendAll(ctx)
	got := t.read(ctx, stream, 1)
	t.wantHead(ctx, stream, total)
	if len(got) != total {
		t.Fatalf("%d records, want %d", len(got), total)
	}
	next := make([]int, appenders) // what each appender wrote must stand in its order
	for i, rec := range got {
		var a, n int
		if _, err := fmt.Sscanf(string(rec.Data), "%d/%d", &a, &n); err != nil || rec.Seq != uint64(i+1) {
			t.Fatalf("record %d, %d in its place: %s", i+1, rec.Seq, excerpt(rec.Data))
		}
		if n != next[a] {
			t.Fatalf("record %d is %s, and the appender's next is %d", rec.Seq, excerpt(rec.Data), next[a])
		}
		next[a]++
	}
	owner := map[uint64]bool{}
	for _, c := range claims {
		if owner[c.head] {
			t.Errorf("two appends returned head %d", c.head)
		}
		owner[c.head] = true
		t.wantRecord(got[c.head-1], c.head, c.last)
	}
}

func readersAmongAppenders(ctx context.Context, t *trial) {
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			var before []modreg.Record
			for last := false; !last; {
				select {
				case <-done:
					last = true
				default:
				}
				var now []modreg.Record
				for rec, err := range t.journal.Read(ctx, stream, 1) {
					if err != nil || rec.Seq != uint64(len(now)+1) {
						t.Errorf("read: record %d after %d: %v", rec.Seq, len(now), err)
						return
					}
					now = append(now, rec)
				}
				if !isPrefix(before, now) {
					t.Errorf("a read of %d records does not go on where one of %d ended", len(now), len(before))
					return
				}
				before = now
			}
			if len(before) != total {
				t.Errorf("the last read has %d records, want %d", len(before), total)
			}
		})
	}
	t.appendAll(ctx)
	close(done)
	readers.Wait()
}

func isPrefix(prefix, all []modreg.Record) bool {
	if len(prefix) > len(all) {
		return false
	}
	for i, rec := range prefix {
		if rec.Seq != all[i].Seq || !bytes.Equal(rec.Data, all[i].Data) {
			return false
		}
	}
	return true
}

func watchersAmongAppenders(ctx context.Context, t *trial) {
	followers := make([]*follower, 4)
	for i := range followers {
		followers[i] = t.follow(ctx, stream, 1)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		t.appendAll(ctx)
	}()
	defer func() { <-written }()
	orders := make([][][]byte, len(followers))
	for i, f := range followers {
		for seq := uint64(1); seq <= total; seq++ {
			orders[i] = append(orders[i], f.take(seq).Data)
		}
	}
	<-written
	for _, order := range orders {
		t.wantStream(ctx, stream, order)
	}
}
