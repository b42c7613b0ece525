package boltjournal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// guarded runs fn, which uses bbolt, and makes an error of what bbolt does on a damaged file: it panics, or faults
// where the file no longer reaches as far as it is mapped.
func (j *Journal) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("%v", p)
			if fileErr := j.checkFile(); fileErr != nil {
				cause = fileErr
			}
			err = &CorruptError{Path: j.path, Where: "a page", Err: cause}
		}
	}()
	return fn()
}

// start starts a transaction. If bbolt panics while it looks at the meta pages it keeps its locks, and must not be called
// again by anybody. So it is not let loose on a file that was cut off, and not on one by several at once.
func (j *Journal) start(writable bool) (*bbolt.Tx, error) {
	j.gate.Lock()
	defer j.gate.Unlock()
	if j.wedged.Load() {
		return nil, &CorruptError{Path: j.path, Where: "a meta page", Err: errors.New("it was damaged while the journal was open")}
	}
	least := j.size.Load()
	if is, err := j.file.Stat(); err != nil {
		return nil, err
	} else if is.Size() < least {
		return nil, fmt.Errorf("%s: %w from %d bytes to %d", j.path, ErrTruncated, least, is.Size())
	}
	finished := false
	defer func() {
		if !finished {
			j.wedged.Store(true)
		}
	}()
	tx, err := j.db.Begin(writable)
	finished = true
	if errors.Is(err, berrors.ErrInvalidMapping) { // since the file grew, and the memory was short
		err = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return tx, err
}

// stop ends a transaction without a commit, if it has not ended.
func (j *Journal) stop(tx *bbolt.Tx) {
	if j.wedged.Load() {
		return // there is a lock that it would wait for
	}
	finished := false
	defer func() {
		if !finished {
			j.wedged.Store(true)
		}
	}()
	_ = tx.Rollback() // which says so if the transaction has ended
	finished = true
}

// view runs fn in a transaction that reads. What fn reads is valid inside it only.
func (j *Journal) view(fn func(tx *bbolt.Tx) error) error {
	return j.guarded(func() error {
		tx, err := j.start(false)
		if err != nil {
			return err
		}
		defer j.stop(tx)
		return fn(tx)
	})
}

// write runs fn once nobody else writes.
func (j *Journal) write(fn func() error) error {
	j.token <- struct{}{}
	defer func() { <-j.token }()
	return fn()
}

// update runs fn in a transaction that writes, and returns nil once that is durable and the file is still in its place.
// Then it also enters changes, which fn fills with what the streams it wrote to have become. If fn returns an error
// nothing is written. The caller holds the token.
func (j *Journal) update(changes map[string]extent, fn func(tx *bbolt.Tx) error) error {
	if err := j.writable(); err != nil {
		return err
	}
	tx, err := j.transact(fn)
	if err != nil && (tx == nil || j.refused(tx, err)) {
		return err
	}
	if err == nil {
		err = j.checkFile()
	}
	if err != nil {
		return j.breakOff(fmt.Errorf("the outcome of a write is in doubt: %w", err), changes)
	}
	j.setKnown(changes)
	return nil
}

// writable returns an error if nothing can be written: not at all, or not any more.
func (j *Journal) writable() error {
	if j.readOnly {
		return ErrReadOnly
	}
	return j.intact()
}

// intact returns an error if the journal has broken off or its file is not there any more.
func (j *Journal) intact() error {
	if broken := j.broken.Load(); broken != nil {
		return broken
	}
	err := j.checkFile()
	if errors.Is(err, ErrReplaced) || errors.Is(err, ErrUnlinked) || errors.Is(err, ErrTruncated) {
		return j.breakOff(err, nil)
	}
	return err
}

// A committed transaction is one that came to its commit.
type committed struct {
	*bbolt.Tx
	id uint64
}

// transact runs fn in a transaction and commits it. It returns the transaction if it came to the commit.
func (j *Journal) transact(fn func(tx *bbolt.Tx) error) (c *committed, err error) {
	err = j.guarded(func() error {
		tx, err := j.start(true)
		if err != nil {
			return err
		}
		defer j.stop(tx)
		if err := fn(tx); err != nil {
			return err
		}
		c = &committed{Tx: tx, id: uint64(tx.ID())}
		return tx.Commit()
	})
	return c, err
}

// refused reports whether a commit failed before anything of it could count: while the file was made longer, or while
// pages were written that nothing refers to yet. It is not so once a flush has failed, or the write of the meta page,
// which comes after all pages have been written, one for each node that was spilled.
func (j *Journal) refused(tx *committed, err error) bool {
	pathErr, ok := errors.AsType[*fs.PathError](err)
	stats := tx.Stats()
	writing := ok && pathErr.Op == "write" && stats.GetWrite() < stats.GetSpill()
	if !writing && !strings.HasPrefix(err.Error(), "file resize error: ") {
		return false
	}
	m, err := readMetas(j.file) // as the kernel has it, which is what matters as long as the machine stands
	return err == nil && m.txid < tx.id
}

// breakOff makes the journal refuse everything that writes from now on. Only the first cause is kept. The changes
// are those of which nobody can tell whether they are in the file.
func (j *Journal) breakOff(cause error, changes map[string]extent) error {
	j.broken.CompareAndSwap(nil, &brokenError{cause: cause})
	j.mu.Lock()
	for stream := range changes {
		j.doubt[stream] = true
	}
	j.mu.Unlock()
	j.bells.ringAll()
	return j.broken.Load()
}

// checkFile checks that the file is the one at its path and not shorter than it was.
func (j *Journal) checkFile() error {
	if j.file == nil {
		return nil // it is being opened
	}
	least := j.size.Load() // before the file is looked at, or it would be found too short when it grows meanwhile
	is, err := j.file.Stat()
	if err != nil {
		return err
	}
	at, err := os.Stat(j.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", j.path, ErrUnlinked)
	case err != nil:
		return err
	case !os.SameFile(is, at):
		return fmt.Errorf("%s: %w", j.path, ErrReplaced)
	case unlinked(is):
		return fmt.Errorf("%s: %w", j.path, ErrUnlinked)
	}
	if is.Size() < least {
		return fmt.Errorf("%s: %w from %d bytes to %d", j.path, ErrTruncated, least, is.Size())
	}
	for least < is.Size() && !j.size.CompareAndSwap(least, is.Size()) {
		least = j.size.Load()
	}
	return nil
}
