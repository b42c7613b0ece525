package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A source feeds a file, or standard input, into a pipe, so that a stage that waits for data can be released
// even where the read itself cannot be interrupted.
type source struct {
	reader *io.PipeReader
	file   *os.File // nil for standard input
	done   chan struct{}
}

func openSource(name string, stdin io.Reader) (*source, error) {
	s := &source{done: make(chan struct{})}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		s.file, stdin = f, f
	}
	reader, writer := io.Pipe()
	s.reader = reader
	go func() {
		defer close(s.done)
		_, err := io.Copy(writer, stdin)
		if err != nil {
			err = fmt.Errorf("read input: %w", err)
		}
		_ = writer.CloseWithError(err)
	}()
	return s, nil
}

// close ends the feeding. It waits for that where the end is sure: a read of standard input or of a device that delivers
// nothing may be stuck for as long as the process lives.
func (s *source) close() {
	_ = s.reader.Close()
	if s.file == nil {
		return
	}
	info, err := s.file.Stat()
	_ = s.file.Close()
	if err == nil && info.Mode().IsRegular() {
		<-s.done
	}
}

// An output is a file that appears under its name when it is complete, or a stream that is written to at once.
type output struct {
	io.Writer
	file *os.File // the temporary file, or the device; nil for standard output
	name string   // where the file is to stand; "" if it is written in place
}

func createOutput(name string, stdout io.Writer) (*output, error) {
	if name == "-" {
		return &output{Writer: stdout}, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createTemporary(name, nil)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%q is a folder", name)
	case !info.Mode().IsRegular(): // a device or a pipe cannot be replaced
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{Writer: f, file: f}, err
	}
	return createTemporary(name, info)
}

// createTemporary creates the file that takes the place of name, with the rights of the one that is there.
func createTemporary(name string, old fs.FileInfo) (*output, error) {
	if old != nil { // a link stays, and what it leads to is replaced
		target, err := filepath.EvalSymlinks(name)
		if err != nil {
			return nil, err
		}
		name = target
	}
	f, err := os.OpenFile(name+"."+rand.Text()[:8]+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	o := &output{Writer: f, file: f, name: name}
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return nil, errors.Join(err, o.discard())
		}
	}
	return o, nil
}

// commit makes the output last and gives it its name.
func (o *output) commit() error {
	if o.file == nil {
		return nil
	}
	if o.name == "" {
		return o.file.Close()
	}
	err := o.file.Sync()
	if closeErr := o.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(o.file.Name(), o.name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return nil
}

// discard gives the output up. What was there before stays.
func (o *output) discard() error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	if o.name != "" {
		err = errors.Join(err, os.Remove(o.file.Name()))
	}
	return err
}
