package boltjournal

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Check checks, by looking at the file's entry in its folder only, that the file at the journal's path is still the one
// that is open and is not shorter than it was. Every write checks it too; Check is for a caller that does not write for a while.
// It returns an error that wraps [ErrReplaced], [ErrUnlinked] or [ErrTruncated], after which the journal writes no
// more; one that wraps [ErrBroken] if that was so before; and one of the operating system if it cannot tell.
func (j *Journal) Check(ctx context.Context) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	return j.intact()
}

// Verify reads the whole file and checks all of it: the structure of every page, every record, head, snapshot
// and header against its checksum, and that no record is missing; then it lets bbolt check what it keeps in memory too.
// Appends go on meanwhile, except during that last part. It returns a [CorruptError] for the first damage that it finds.
func (j *Journal) Verify(ctx context.Context) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	if err := j.checkFile(); err != nil {
		return err
	}
	if err := j.verifyContent(ctx); err != nil {
		return err
	}
	return j.write(func() error { return j.view(j.verifyPages) })
}

// verifyContent walks through one state of the file. It reads the file, not the mapping that bbolt made.
func (j *Journal) verifyContent(ctx context.Context) error {
	return j.guarded(func() error {
		var tx *bbolt.Tx
		var m meta
		err := j.write(func() (err error) { // so that no meta page is being written
			if m, err = readMetas(j.file); err == nil {
				tx, err = j.start(false)
			}
			return err
		})
		if err != nil {
			return explainOpen(j.path, err)
		}
		defer j.stop(tx)
		if m.txid != uint64(tx.ID()) {
			return &CorruptError{Path: j.path, Where: "a meta page", Err: fmt.Errorf("the file is at transaction %d and the journal at %d", m.txid, tx.ID())}
		}
		info, err := j.file.Stat()
		if err != nil {
			return err
		}
		return newSurvey(j.path, true).walk(ctx, j.file, info.Size(), m)
	})
}

// verifyPages lets bbolt check its tree against the list of free pages. Nothing may be written meanwhile.
func (j *Journal) verifyPages(tx *bbolt.Tx) error {
	var first error
	for err := range tx.Check() { // to the end, or its goroutine stays
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return &CorruptError{Path: j.path, Where: "the tree or the list of free pages", Err: errors.New(first.Error())}
	}
	return nil
}
