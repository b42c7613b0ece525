package merkle

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// Prune drops the records with Seq < before from the journal, which must be a [modreg.Pruner], and keeps their hashes: the
// log opens, verifies and proves the records that are left as before. The tree file is then no longer derived, and belongs
// into every backup, see [Log.LeafHashes]. Prune checks the records against their hashes first, makes the tree file and
// the checkpoint durable, and only then drops anything.
//
// It returns [ErrUnsigned] if a record is not covered by a checkpoint, a [*TamperError] if one is not what was signed,
// [ErrReadOnly], [ErrClosed], or the error of a file or of the journal.
func (l *Log) Prune(ctx context.Context, before uint64) error {
	if err := l.prune(ctx, before); err != nil {
		return fmt.Errorf("prune log %q before record %d: %w", l.o.Origin, before, err)
	}
	return nil
}

func (l *Log) prune(ctx context.Context, before uint64) error {
	if err := l.acquireSurvey(ctx); err != nil {
		return err
	}
	defer l.releaseSurvey()
	if l.o.Key == nil {
		return ErrReadOnly
	}
	pruner, ok := l.journal.(modreg.Pruner)
	if !ok {
		return errors.New("the journal cannot prune")
	}
	first, err := l.firstRecord(ctx)
	if err != nil || before <= first {
		return err
	}
	if v := l.view.Load(); before-1 > v.cp.Size {
		return fmt.Errorf("%w: the newest one covers %d records", ErrUnsigned, v.cp.Size)
	}
	// The hashes are the only trace of a record that is pruned, so they must be right. Writers go on meanwhile.
	if _, err := l.verifyAll(ctx, VerifyOptions{}, time.Now()); err != nil {
		return err
	}
	if err := l.acquire(ctx); err != nil {
		return err
	}
	defer l.release()
	if err := l.writable(); err != nil {
		return err
	}
	if err := errors.Join(l.tree.sync(), l.slots.file.Sync()); err != nil {
		return err
	}
	l.publish(l.view.Load().cp) // what was only in memory is in the file now
	return pruner.Prune(ctx, l.o.Stream, before)
}

// LeafHashes yields the hashes of the records from ≤ Seq ≤ to that were kept, pruned or not, in order: what a backup of a
// pruned log needs for [Seed]. They are what the tree file holds; [Log.Verify] checks them all.
func (l *Log) LeafHashes(_ context.Context, from, to uint64) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		v := l.view.Load()
		if from == 0 || to > v.size {
			yield(tlog.Hash{}, fmt.Errorf("hashes of records %d to %d of log %q: it has records 1 to %d", from, to, l.o.Origin, v.size))
			return
		}
		var batch []tlog.Hash
		for from <= to {
			end := min(from+1023, to)
			var err error
			if batch, err = v.readLeaves(batch[:0], from-1, end); err != nil {
				yield(tlog.Hash{}, fmt.Errorf("hashes of log %q: %w", l.o.Origin, err))
				return
			}
			for _, h := range batch {
				if !yield(h, nil) {
					return
				}
			}
			from = end + 1
		}
	}
}
