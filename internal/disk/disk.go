// Package disk reads small files up to a limit and writes them all or nothing, durably.
//
// It is what those have in common that keep files beside a journal. A file that must be appended to or is large is none of
// its business.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Read returns the content of a file. One of more than most bytes is an error. Errors of the file system are those of [os.Open].
func Read(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%q is larger than %d bytes", path, most)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return data, nil
}

// Replace writes a file of mode 0600 in the place of the one that may be there: after a crash the one or the other is there,
// whole. When it returns nil the new one stays. It writes path+".tmp" first, which one caller at a time may do; what
// a crash left there is removed.
func Replace(path string, data []byte) error {
	half := path + ".tmp"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(half, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(half))
	}
	return SyncDir(filepath.Dir(path))
}
