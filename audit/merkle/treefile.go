package merkle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// hashes are the stored hashes of a tree in the order of [tlog.StoredHashIndex] (Crosby and Wallach, "Efficient Data
// Structures for Tamper-Evident Logging", 3.3): the first in a file, those that could not be written in memory.
// What it holds never changes, so that it is read without a lock.
type hashes struct {
	file    io.ReaderAt // nil if there is no file
	written int64       // number of hashes in the file that count
	tail    []byte      // the hashes after those
}

// ReadHashes implements [tlog.HashReader].
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if err := h.read(found[i][:], index); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// read fills buf with the stored hashes from index on.
func (h hashes) read(buf []byte, index int64) error {
	if n := min((h.written-index)*tlog.HashSize, int64(len(buf))); n > 0 {
		if got, err := h.file.ReadAt(buf[:n], index*tlog.HashSize); int64(got) < n {
			return fmt.Errorf("read hash %d of the tree file: %w", index, err)
		}
		buf, index = buf[n:], h.written
	}
	if len(buf) == 0 {
		return nil
	}
	at := (index - h.written) * tlog.HashSize
	if at+int64(len(buf)) > int64(len(h.tail)) {
		return fmt.Errorf("read hash %d of the tree: there is none", index)
	}
	copy(buf, h.tail[at:])
	return nil
}

// readLeaves appends the hashes of the leaves from ≤ n < to.
func (h hashes) readLeaves(out []tlog.Hash, from, to uint64) ([]tlog.Hash, error) {
	if from >= to {
		return out, nil
	}
	base := tlog.StoredHashIndex(0, int64(from))
	raw := make([]byte, (tlog.StoredHashIndex(0, int64(to-1))+1-base)*tlog.HashSize)
	if err := h.read(raw, base); err != nil {
		return nil, err
	}
	at := 0
	for n := from; n < to; n++ {
		out = append(out, tlog.Hash(raw[at:at+tlog.HashSize]))
		at += (1 + bits.TrailingZeros64(n+1)) * tlog.HashSize // each leaf stands before the subtrees that it completes
	}
	return out, nil
}

// A tree is the tree of a log as it grows, with its file. The file is derived from the records: it is written without
// being synced, and what could not be written is kept in memory until it can.
type tree struct {
	edge
	file    *os.File // nil: there is none, and all hashes are in memory
	fixed   bool     // the file is not to be written
	written int64    // number of hashes in the file that count
	tail    []byte   // the hashes after those; only appended to, as readers hold parts of it
	scratch []byte   // used again, never seen by readers
}

// hashes returns what is stored now.
func (t *tree) hashes() hashes {
	h := hashes{written: t.written, tail: t.tail}
	if t.file != nil {
		h.file = t.file
	}
	return h
}

// grow adds leaves. An error says that their hashes are in memory only; the tree is what it should be all the same.
func (t *tree) grow(leaves []tlog.Hash) error {
	if len(t.tail) > 0 {
		for _, leaf := range leaves {
			t.tail = t.edge.add(t.tail, leaf)
		}
		return t.flush()
	}
	t.scratch = t.scratch[:0]
	for _, leaf := range leaves {
		t.scratch = t.edge.add(t.scratch, leaf)
	}
	err := t.write(t.scratch)
	if err != nil || t.fixed || t.file == nil {
		t.tail = bytes.Clone(t.scratch)
	}
	if cap(t.scratch) > 1<<20 {
		t.scratch = nil
	}
	return err
}

// flush tries again to write what is in memory only.
func (t *tree) flush() error {
	if t.fixed || t.file == nil || len(t.tail) == 0 {
		return nil
	}
	if err := t.write(t.tail); err != nil {
		return err
	}
	t.tail = nil
	return nil
}

func (t *tree) write(raw []byte) error {
	if t.fixed || t.file == nil || len(raw) == 0 {
		return nil
	}
	if _, err := t.file.WriteAt(raw, t.written*tlog.HashSize); err != nil {
		return fmt.Errorf("write the tree file (its hashes are kept in memory): %w", err)
	}
	t.written += int64(len(raw) / tlog.HashSize)
	return nil
}

// load takes the first size leaves of the file, or fewer if it has not so many, and forgets what the file has beyond.
func (t *tree) load(size uint64) error {
	t.edge, t.written, t.tail = edge{}, 0, nil
	if t.file == nil {
		return nil
	}
	info, err := t.file.Stat()
	if err != nil {
		return fmt.Errorf("read the tree file: %w", err)
	}
	size = min(size, wholeLeaves(info.Size()/tlog.HashSize))
	e, err := readEdge(size, hashes{file: t.file, written: stored(size)})
	if err != nil {
		return err
	}
	t.edge, t.written = e, stored(size)
	if t.fixed || info.Size() == t.written*tlog.HashSize {
		return nil
	}
	return t.file.Truncate(t.written * tlog.HashSize)
}

// sync makes the file durable; it fails if not all of the tree is in it.
func (t *tree) sync() error {
	if t.fixed || t.file == nil {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("sync the tree file: %w", err)
	}
	return nil
}

// close closes the file.
func (t *tree) close() error {
	if t.file == nil {
		return nil
	}
	if err := t.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close the tree file: %w", err)
	}
	return nil
}
