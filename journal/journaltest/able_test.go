package journaltest

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/modreg/modreg"
)

func TestRun_passesTheJournalThatTheFaultsArePlantedIn(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) modreg.Journal { return newFaulty() })
}

// able is a journal in memory that has every ability.
type able struct {
	*modreg.MemJournal

	mu    sync.Mutex
	first map[string]uint64                  // guarded by mu; of streams that were pruned
	snaps map[string][]modreg.StoredSnapshot // guarded by mu; in the order of Seq
}

func newAble() *able {
	return &able{
		MemJournal: modreg.NewMemJournal(), first: map[string]uint64{}, snaps: map[string][]modreg.StoredSnapshot{},
	}
}

func (j *able) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return j.unpruned(stream, from, j.MemJournal.Read(ctx, stream, from))
}

func (j *able) Watch(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return j.unpruned(stream, from, j.MemJournal.Watch(ctx, stream, from))
}

// unpruned ends a sequence at the first record that is gone when its turn comes.
func (j *able) unpruned(stream string, from uint64, seq iter.Seq2[modreg.Record, error]) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		gone := func(seq uint64) bool {
			j.mu.Lock()
			defer j.mu.Unlock()
			return seq < j.first[stream]
		}
		end := fmt.Errorf("read %q from %d: %w", stream, from, modreg.ErrPruned)
		if gone(max(from, 1)) {
			yield(modreg.Record{}, end)
			return
		}
		for rec, err := range seq {
			if err == nil && gone(rec.Seq) {
				yield(modreg.Record{}, end)
				return
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (j *able) Prune(ctx context.Context, stream string, before uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	head, err := j.Head(ctx, stream)
	if err == nil && before > max(head, 1) {
		err = fmt.Errorf("prune %q before %d: its head is %d", stream, before, head)
	}
	if err != nil {
		return err
	}
	j.first[stream] = max(j.first[stream], before)
	return nil
}

func (j *able) First(ctx context.Context, stream string) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return max(j.first[stream], 1), ctx.Err()
}

// snapshotsKept is how many snapshots of a stream are kept: as few as the contract allows.
const snapshotsKept = 2

func (j *able) PutSnapshot(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	head, err := j.Head(ctx, stream)
	if err == nil && s.Seq > head {
		err = fmt.Errorf("put a snapshot of %q at %d: its head is %d", stream, s.Seq, head)
	}
	if err != nil {
		return err
	}
	s.Data = bytes.Clone(s.Data)
	kept := slices.DeleteFunc(j.snaps[stream], func(old modreg.StoredSnapshot) bool { return old.Seq == s.Seq })
	at, _ := slices.BinarySearchFunc(kept, s.Seq, func(old modreg.StoredSnapshot, seq uint64) int { return int(old.Seq) - int(seq) })
	kept = slices.Insert(kept, at, s)
	j.snaps[stream] = kept[max(0, len(kept)-snapshotsKept):]
	return nil
}

func (j *able) LoadSnapshot(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range slices.Backward(j.snaps[stream]) {
		if s.Seq <= atMost {
			return s, ctx.Err()
		}
	}
	return modreg.StoredSnapshot{}, ctx.Err()
}
