package durable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// file appends a batch to a file and synchronises it.
type file struct {
	group
	f *os.File
}

func openFile(_ context.Context, dir string, _ int) (store, error) {
	f, err := create(filepath.Join(dir, "entries"))
	if err != nil {
		return nil, err
	}
	s := &file{f: f}
	s.commit = func(batch [][]byte) error {
		_, err := f.Write(bytes.Join(batch, nil))
		return errors.Join(err, f.Sync())
	}
	return s, nil
}

// create makes a file to append to.
func create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600)
}

func (s *file) append(_ context.Context, entry []byte) error { return s.add(entry) }

func (s *file) close(_ context.Context, n int) error {
	if err := s.f.Close(); err != nil {
		return err
	}
	data, err := os.ReadFile(s.f.Name())
	if err != nil {
		return err
	}
	return kept(bytes.Count(data, []byte("\n")), n)
}

// kept compares how many entries a store has with how many it should have.
func kept(has, n int) error {
	if has != n {
		return fmt.Errorf("%d entries were appended, and %d are there", n, has)
	}
	return nil
}
