package merkle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// Prove returns a proof of one record against the newest checkpoint. It has been checked. The record in it is the
// journal's and must not be changed. Errors: one that wraps
// [ErrUnsigned] if no checkpoint covers the record, [modreg.ErrPruned] if the record is gone, [ErrTooLarge]; a
// [*TamperError] if the record is not the one that was signed; [ErrClosed]; that of the journal.
func (l *Log) Prove(ctx context.Context, seq uint64) (Proof, error) {
	p, err := l.prove(ctx, seq)
	if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrClosed) {
		if err = l.repairNow(ctx); err == nil {
			p, err = l.prove(ctx, seq)
		}
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove record %d of log %q: %w", seq, l.o.Origin, err)
	}
	return p, nil
}

func (l *Log) prove(ctx context.Context, seq uint64) (Proof, error) {
	v := l.view.Load()
	if seq == 0 || seq > v.cp.Size {
		return Proof{}, fmt.Errorf("%w: the newest one covers %d records", ErrUnsigned, v.cp.Size)
	}
	p := Proof{Seq: seq, Note: bytes.Clone(v.cp.Note)}
	for rec, err := range l.records(ctx, seq-1, seq) {
		if err != nil {
			return Proof{}, err
		}
		p.Record = rec.Data
	}
	if len(p.Record) > MaxRecord {
		return Proof{}, fmt.Errorf("%w to prove: %d bytes", ErrTooLarge, len(p.Record))
	}
	size, index := int64(v.cp.Size), int64(seq)-1
	path, err := tlog.ProveRecord(size, index, v.hashes)
	if errors.Is(err, fs.ErrClosed) {
		return Proof{}, err
	}
	if err != nil {
		return Proof{}, errDamaged
	}
	p.Hashes = path
	if p.check(v.cp) == nil {
		return p, nil
	}
	leaf, err := v.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil || tlog.CheckRecord(path, size, v.cp.Root, index, leaf[0]) != nil {
		return Proof{}, errDamaged
	}
	return Proof{}, l.tampered(Fork, markOf(v.cp, localCheckpoint), v.size, seq, "the record is not the one that was signed")
}

// repairNow repairs the tree file when a reader found it damaged.
func (l *Log) repairNow(ctx context.Context) error {
	if err := l.acquire(ctx); err != nil {
		return err
	}
	defer l.release()
	return l.repair(ctx)
}

// Consistent holds the log against a checkpoint of it that [ParseCheckpoint] returned: the records that the checkpoint
// covers must be the first records of the log. It returns a [*TamperError] if they are not (Fork), if the checkpoint
// covers more than the log has (Rollback) or is of another log (ForeignOrigin).
func (l *Log) Consistent(ctx context.Context, cp Checkpoint) error {
	m := markOf(cp, "the given checkpoint")
	if cp.Origin != l.o.Origin {
		return l.tampered(ForeignOrigin, m, 0, 0, fmt.Sprintf("it is of %q", cp.Origin))
	}
	err := l.agree(l.view.Load(), m)
	if errors.Is(err, errDamaged) {
		if err = l.repairNow(ctx); err == nil {
			err = l.agree(l.view.Load(), m)
		}
		if err != nil {
			return fmt.Errorf("hold log %q against a checkpoint: %w", l.o.Origin, err)
		}
	}
	return err
}
