package modreg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg/record"
)

// keepEvery is how many records a registry appends or follows before it keeps another snapshot, and keepAtClose how
// many must have come for it to keep one when it is closed.
const (
	keepEvery   = 10_000
	keepAtClose = 1_000
)

// A keeper keeps a snapshot in the journal now and then, so that the next start need not fold every record.
type keeper struct {
	store SnapshotStore // nil if the journal keeps none
	kept  atomic.Uint64 // sequence number of the newest that is kept
	busy  atomic.Bool   // one is being written
}

// keepSometimes starts keeping the snapshot if the last one that was kept is long ago. It is called by the writer.
func (r *Registry) keepSometimes(s *Snapshot) {
	if r.keeper.store == nil || s.seq < r.keeper.kept.Load()+keepEvery || !r.keeper.busy.CompareAndSwap(false, true) {
		return
	}
	r.background(func() {
		defer r.keeper.busy.Store(false)
		r.keep(r.life, s)
	})
}

// keepLast keeps the last snapshot of a registry that is being closed, if that spares the next start enough.
func (r *Registry) keepLast(ctx context.Context) {
	if s := r.snapshot.Load(); r.keeper.store != nil && s.seq >= r.keeper.kept.Load()+keepAtClose {
		r.keep(ctx, s)
	}
}

// keep writes a snapshot to the journal. That it could not is no error of anybody's: it is derived.
func (r *Registry) keep(ctx context.Context, s *Snapshot) {
	err := r.keeper.store.PutSnapshot(ctx, stream, StoredSnapshot{Seq: s.seq, Hash: s.hash, Data: s.Encode()})
	if err != nil {
		r.events.publish(Event{Kind: EventJournalFailed, Seq: s.seq, Err: &Error{Code: CodeJournal, What: "keep a snapshot", Err: err}})
	}
	r.keeper.kept.Store(s.seq) // not to try again at once
}

// KeepSnapshot keeps the newest snapshot in the journal, so that a registry that is opened on it starts from there and older
// records may be pruned. Registries do it by themselves every 10,000 records, and when they are closed. It returns
// the sequence number, CodeUnsupported if the journal is no [SnapshotStore], CodeJournal and CodeClosed.
func (r *Registry) KeepSnapshot(ctx context.Context) (uint64, error) {
	if r.keeper.store == nil {
		return 0, &Error{Code: CodeUnsupported, What: "keep a snapshot", Why: "the journal keeps none"}
	}
	if !r.begin() {
		return 0, errClosed("keep a snapshot")
	}
	defer r.work.Done()
	s := r.snapshot.Load()
	if s.seq == 0 {
		return 0, nil
	}
	if err := r.keeper.store.PutSnapshot(ctx, stream, StoredSnapshot{Seq: s.seq, Hash: s.hash, Data: s.Encode()}); err != nil {
		return 0, &Error{Code: CodeJournal, What: "keep a snapshot", Err: err}
	}
	r.keeper.kept.Store(s.seq)
	return s.seq, nil
}

// SnapshotAt returns the desired state after the record seq of a registry's journal, at most the newest: what a
// registry showed then. It starts from the nearest snapshot that the journal keeps, and folds the records
// after that. No registry belongs to it: all its versions are in StateRegistered, and unbound.
//
// It returns CodeNotFound if the journal does not have the record, or not any more, CodeJournal if it cannot be read or
// holds what this version cannot read, and the code of an ended context.
func SnapshotAt(ctx context.Context, j Journal, seq uint64) (*Snapshot, error) {
	what := fmt.Sprintf("read the state after record %d", seq)
	head, err := j.Head(ctx, stream)
	if err != nil {
		return nil, journalError(what, err)
	}
	if seq > head {
		return nil, &Error{Code: CodeNotFound, What: what, Why: fmt.Sprintf("the journal ends with record %d", head)}
	}
	d := draft{Snapshot: *emptySnapshot(&finder{})}
	if store, ok := j.(SnapshotStore); ok {
		if s := loadKept(ctx, j, store, seq, &finder{}); s != nil {
			d.Snapshot = *s
		}
	}
	for rec, err := range j.Read(ctx, stream, d.seq+1) {
		if d.seq == seq {
			break
		}
		if errors.Is(err, ErrPruned) {
			return nil, &Error{Code: CodeNotFound, What: what, Err: err, Fix: "restore a backup from that time into another folder and ask there"}
		}
		if err == nil {
			err = d.replay(rec)
		}
		if err != nil {
			return nil, journalError(what, err)
		}
		d.changes = d.changes[:0]
	}
	if d.seq != seq {
		return nil, journalError(what, fmt.Errorf("the journal ends with record %d", d.seq))
	}
	s := new(Snapshot)
	*s = d.Snapshot
	return s, nil
}

// SnapshotAtTime returns the desired state at a moment: after the last record that is not from later. Its errors are
// those of [SnapshotAt]. Of a moment before the first record it returns the empty state.
func SnapshotAtTime(ctx context.Context, j Journal, at time.Time) (*Snapshot, error) {
	what := "read the state at " + at.UTC().Format(time.RFC3339)
	high, err := j.Head(ctx, stream)
	if err != nil {
		return nil, journalError(what, err)
	}
	low := uint64(0) // the last that is known not to be from later
	if p, ok := j.(Pruner); ok {
		first, err := p.First(ctx, stream)
		if err != nil {
			return nil, journalError(what, err)
		}
		low = first - 1
	}
	for low < high { // times do not go back
		middle := low + (high-low+1)/2
		t, err := timeOf(ctx, j, middle)
		if err != nil {
			return nil, journalError(what, err)
		}
		if t.After(at) {
			high = middle - 1
		} else {
			low = middle
		}
	}
	return SnapshotAt(ctx, j, low)
}

func timeOf(ctx context.Context, j Journal, seq uint64) (time.Time, error) {
	for rec, err := range j.Read(ctx, stream, seq) {
		if err != nil {
			return time.Time{}, err
		}
		t, err := record.Decode(rec.Data)
		return t.Time, err
	}
	return time.Time{}, fmt.Errorf("record %d is missing", seq)
}

func journalError(what string, err error) error {
	if code := CodeOf(err); code == CodeCanceled || code == CodeDeadline {
		return interrupted(what, err)
	}
	return &Error{
		Code: CodeJournal, What: what, Err: err, Fix: "restore the journal or use the version of modreg that wrote it",
	}
}

// loadKept returns the newest snapshot up to a record that the journal keeps and that belongs to its history; nil
// if there is none.
func loadKept(ctx context.Context, j Journal, store SnapshotStore, atMost uint64, f *finder) *Snapshot {
	for atMost > 0 {
		kept, err := store.LoadSnapshot(ctx, stream, atMost)
		if err != nil || kept.Seq == 0 || kept.Seq > atMost {
			return nil
		}
		if hash, err := hashOf(ctx, j, kept.Seq); err == nil && hash == kept.Hash {
			s, err := decodeSnapshot(kept.Data, f)
			if err == nil && s.seq == kept.Seq && s.hash == kept.Hash {
				return s
			}
		}
		atMost = kept.Seq - 1 // the records are the truth; a snapshot that does not fit them is of no use
	}
	return nil
}

func hashOf(ctx context.Context, j Journal, seq uint64) (hash [sha256.Size]byte, err error) {
	for rec, err := range j.Read(ctx, stream, seq) {
		return sha256.Sum256(rec.Data), err
	}
	return hash, fmt.Errorf("record %d is missing", seq)
}

// loadNewest returns the snapshot to start from.
func (r *Registry) loadNewest(ctx context.Context) *Snapshot {
	if r.keeper.store != nil {
		if s := loadKept(ctx, r.journal, r.keeper.store, math.MaxUint64, &r.finder); s != nil {
			r.keeper.kept.Store(s.seq)
			return s
		}
	}
	return r.snapshot.Load()
}
