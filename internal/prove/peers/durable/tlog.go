package durable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

// transparent appends a batch to a file and, in the same write, a line with a signed note of the tree that has all entries
// so far as its leaves.
type transparent struct {
	group
	entries, hashes *os.File
	tree            tree
	signer          note.Signer
	verifier        note.Verifier
}

// A checkpoint is the line after a batch.
type checkpoint struct {
	Note string `json:"note"`
}

func openTlog(_ context.Context, dir string, _ int) (store, error) {
	signer, verifier, err := newKey()
	if err != nil {
		return nil, err
	}
	entries, err := create(filepath.Join(dir, "entries"))
	if err != nil {
		return nil, err
	}
	hashes, err := create(filepath.Join(dir, "hashes"))
	if err != nil {
		return nil, errors.Join(err, entries.Close())
	}
	s := &transparent{entries: entries, hashes: hashes, signer: signer, verifier: verifier}
	s.commit = s.write
	return s, nil
}

func (s *transparent) write(batch [][]byte) error {
	known := len(s.tree.hashes)
	for _, entry := range batch {
		if err := s.tree.add(entry); err != nil {
			return err
		}
	}
	signed, err := s.tree.sign(s.signer)
	if err != nil {
		return err
	}
	line, err := json.Marshal(checkpoint{string(signed)})
	if err != nil {
		return err
	}
	if _, err := s.hashes.Write(s.tree.since(known)); err != nil {
		return err
	}
	_, err = s.entries.Write(bytes.Join(append(batch, line, []byte("\n")), nil))
	return errors.Join(err, s.entries.Sync())
}

func (s *transparent) append(_ context.Context, entry []byte) error { return s.add(entry) }

// close reads the file again: each note has to be signed, and of the tree of the entries before it.
func (s *transparent) close(_ context.Context, n int) error {
	if err := errors.Join(s.entries.Close(), s.hashes.Close()); err != nil {
		return err
	}
	data, err := os.ReadFile(s.entries.Name())
	if err != nil {
		return err
	}
	var t tree
	signed := 0 // entries that the last note is about
	for text := range bytes.Lines(data) {
		if bytes.HasPrefix(text, []byte(head)) {
			err = t.add(text)
		} else {
			signed = int(t.n)
			err = t.verify(text, s.verifier)
		}
		if err != nil {
			return err
		}
	}
	return kept(signed, n)
}
