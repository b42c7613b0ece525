package merkle

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Append appends a batch to the stream as [modreg.Journal.Append] does, with the same errors, adds its records to the
// tree and signs one checkpoint for all of them. It returns the new head once the checkpoint is stored. Records that
// others appended before are taken in first.
//
// A nil error says that the batch is as durable as the journal makes it. Once it is, nothing that goes wrong with the tree
// file, the stored checkpoint or a sink is an error: it is told to [Options.Problem]. Other errors than the journal's:
// [ErrReadOnly], [ErrClosed], [ErrTooLarge], that of a context that ended while waiting for other writers, a
// [*TamperError] if the journal has lost records, and that of reading or signing.
func (l *Log) Append(ctx context.Context, head uint64, batch [][]byte) (uint64, error) {
	leaves, err := hashBatch(batch)
	if err != nil {
		return 0, fmt.Errorf("append to log %q: %w", l.o.Origin, err)
	}
	if err := l.acquire(ctx); err != nil {
		return 0, fmt.Errorf("append to log %q: %w", l.o.Origin, err)
	}
	defer l.release()
	return l.append(ctx, head, batch, leaves)
}

func hashBatch(batch [][]byte) ([]tlog.Hash, error) {
	h := newHasher()
	leaves := make([]tlog.Hash, len(batch))
	for i, data := range batch {
		if len(data) > MaxRecord {
			return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(data), MaxRecord)
		}
		leaves[i] = h.leaf(data)
	}
	return leaves, nil
}

// append is called by the holder of the turn.
func (l *Log) append(ctx context.Context, head uint64, batch [][]byte, leaves []tlog.Hash) (uint64, error) {
	if err := l.writable(); err != nil {
		return 0, fmt.Errorf("append to log %q: %w", l.o.Origin, err)
	}
	next, err := l.journal.Append(ctx, l.o.Stream, head, batch)
	if err != nil {
		return next, err
	}
	// From here on the batch counts, whatever becomes of the context.
	ctx = context.WithoutCancel(ctx)
	if l.tree.size < head {
		if err := l.takeIn(ctx, head); err != nil {
			return 0, fmt.Errorf("append to log %q: the batch is in the journal, but not in a checkpoint yet: %w", l.o.Origin, err)
		}
	}
	if next != head+uint64(len(batch)) || l.tree.size != head {
		lost := mark{where: "the tree in memory", size: l.tree.size}
		l.failed = l.tampered(Rollback, lost, next, 0, fmt.Sprintf("the journal appended a batch at %d", head))
		return 0, l.failed
	}
	l.grow(leaves)
	if err := l.seal(); err != nil {
		return 0, fmt.Errorf("append to log %q: the batch is in the journal, but not in a checkpoint yet: %w", l.o.Origin, err)
	}
	return next, nil
}

// grow adds leaves to the tree, and tells if they could not be written to its file.
func (l *Log) grow(leaves []tlog.Hash) {
	if err := l.tree.grow(leaves); err != nil {
		l.o.Problem(fmt.Errorf("log %q: %w", l.o.Origin, err))
	}
}

// takeIn adds the records up to head to the tree. If it fails half-way the tree is that of fewer records.
func (l *Log) takeIn(ctx context.Context, head uint64) error {
	if head <= l.tree.size {
		return nil
	}
	for leaves, err := range l.leaves(ctx, hashes{}, 0, l.tree.size, head, nil) {
		if err != nil {
			return err
		}
		l.grow(leaves)
	}
	return nil
}

// Advance takes in what others appended to the stream and signs a checkpoint for it, if there is anything. Of a read-only
// log it also reads the stored checkpoint again. It returns a [*TamperError] if the stream has become shorter.
func (l *Log) Advance(ctx context.Context) error {
	err := l.acquire(ctx)
	if err == nil {
		defer l.release()
		err = l.advance(ctx)
	}
	if err != nil {
		return fmt.Errorf("advance log %q: %w", l.o.Origin, err)
	}
	return nil
}

// advance is called by the holder of the turn.
func (l *Log) advance(ctx context.Context) error {
	if l.failed != nil {
		return l.failed
	}
	if l.key == nil {
		return l.refresh(ctx)
	}
	if err := l.takeInNew(ctx); err != nil {
		return err
	}
	if l.tree.size > l.view.Load().cp.Size {
		return l.seal()
	}
	return nil
}

// takeInNew brings the tree to the head of the stream.
func (l *Log) takeInNew(ctx context.Context) error {
	head, err := l.journal.Head(ctx, l.o.Stream)
	if err != nil {
		return err
	}
	if head < l.tree.size {
		was := mark{where: "the tree in memory", size: l.tree.size}
		l.failed = l.tampered(Rollback, was, head, 0, fmt.Sprintf("the journal had %d records and has %d", l.tree.size, head))
		return l.failed
	}
	return l.takeIn(ctx, head)
}

// refresh reads what the writer of a read-only log has stored in the meantime: the checkpoint before the head, as a
// writer goes the other way.
func (l *Log) refresh(ctx context.Context) error {
	if err := l.openReadOnly(); err != nil {
		return err
	}
	notes, err := l.slots.load()
	if err != nil {
		return err
	}
	if err := l.loadKeyring(); err != nil {
		return err
	}
	cp, err := l.loadCheckpoint(notes)
	if err != nil {
		return err
	}
	if err := l.takeInNew(ctx); err != nil {
		return err
	}
	now := &view{size: l.tree.size, root: l.tree.root(), hashes: l.tree.hashes()}
	if err := l.agree(now, markOf(cp, localCheckpoint)); cp.Note != nil && err != nil {
		return err
	}
	l.publish(cp)
	return nil
}
