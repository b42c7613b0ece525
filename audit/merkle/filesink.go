package merkle

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

const (
	lastBytes = maxLast / 2 // of the end of the file that Last reads
	lastNotes = 16          // that Last returns
)

// A fileSink appends to a file.
type fileSink struct{ path string }

// FileSink returns a sink that appends every checkpoint to a file, durably. The file is opened anew each time, so it may
// be moved away. If it is missing it is made with mode 0640. It protects the most if it belongs to another user and may
// only be appended to (on Linux: chattr +a).
//
// It is a [Memory] as long as the file can be read: Last looks through the last 512 KiB and returns the notes of the
// largest sizes. Several logs may share one file.
func FileSink(path string) Sink { return &fileSink{path: path} }

// Name returns the path.
func (s *fileSink) Name() string { return "file:" + s.path }

// Publish appends the note in one write, after an empty line: a write before that was torn does not run into it.
func (s *fileSink) Publish(_ context.Context, cp Checkpoint) error {
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte("\n\n"), cp.Note...))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Last reads the end of the file.
func (s *fileSink) Last(_ context.Context, origin string) ([]byte, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", s.path)
	}
	from := max(0, info.Size()-lastBytes)
	text := make([]byte, info.Size()-from)
	n, err := f.ReadAt(text, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	found, err := largest(text[:n], origin)
	if len(found) == 0 && from > 0 && err == nil {
		return nil, fmt.Errorf("the last %d bytes of %q have no checkpoint of %q", lastBytes, s.path, origin)
	}
	return joinAll(found), err
}

// largest returns the notes of an origin with the largest sizes: not simply the last ones, or an old note that somebody
// appends again would hide the newer ones.
func largest(text []byte, origin string) ([][]byte, error) {
	type sized struct {
		note []byte
		size uint64
	}
	var found []sized
	for msg, err := range scanNotes(bytes.NewReader(text), origin) {
		if err != nil {
			return nil, err
		}
		if cp, err := parseText(noteText(msg)); err == nil {
			found = append(found, sized{msg, cp.Size})
		}
	}
	slices.SortStableFunc(found, func(a, b sized) int { return cmp.Compare(a.size, b.size) })
	found = found[max(0, len(found)-lastNotes):]
	notes := make([][]byte, len(found))
	for i, f := range found {
		notes[i] = f.note
	}
	return notes, nil
}

func joinAll(notes [][]byte) (text []byte) {
	for _, n := range notes {
		text = joinNotes(text, n)
	}
	return text
}
