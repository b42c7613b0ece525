package merkle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// slotSize is the room of one checkpoint on disk: a page, which most systems write as one.
const slotSize = 4096

// slots is the file of the stored checkpoint: two notes, each in a slot of its own, filled up with newlines. The newest is
// written over the older of the two, so that a write that was torn leaves the other. The file is plain text.
type slots struct {
	file *os.File // nil if a read-only log has none
	next int      // which slot the next checkpoint goes to
	err  error    // why the newest checkpoint is not stored
}

// reserve takes the room on disk, so that checkpoints can be stored when the disk is full.
func (s *slots) reserve() error {
	info, err := s.file.Stat()
	if err == nil && info.Size() < 2*slotSize {
		_, err = s.file.WriteAt(bytes.Repeat([]byte{'\n'}, int(2*slotSize-info.Size())), info.Size())
	}
	if err != nil {
		return fmt.Errorf("take the room for the stored checkpoint: %w", err)
	}
	return nil
}

// load returns what is in the slots. A slot that was never written is nil.
func (s *slots) load() (notes [2][]byte, err error) {
	if s.file == nil {
		return notes, nil
	}
	for i := range notes {
		buf := make([]byte, slotSize)
		n, err := s.file.ReadAt(buf, int64(i)*slotSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return notes, fmt.Errorf("read the stored checkpoint: %w", err)
		}
		// A hole that a failed write left reads as zeroes.
		if text := bytes.Trim(buf[:n], "\n\x00"); len(text) > 0 {
			notes[i] = append(bytes.TrimRight(buf[:n], "\n\x00"), '\n')
		}
	}
	return notes, nil
}

// store writes a note over the older one. If it fails the newer one is untouched, and the next call tries the same slot.
func (s *slots) store(msg []byte) error {
	s.err = s.write(msg)
	return s.err
}

func (s *slots) write(msg []byte) error {
	if len(msg) > slotSize {
		return fmt.Errorf("store the checkpoint: a note of %d bytes, at most %d fit", len(msg), slotSize)
	}
	buf := bytes.Repeat([]byte{'\n'}, slotSize)
	copy(buf, msg)
	if _, err := s.file.WriteAt(buf, int64(s.next)*slotSize); err != nil {
		return fmt.Errorf("store the checkpoint: %w", err)
	}
	s.next ^= 1
	return nil
}
