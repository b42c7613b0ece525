package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/internal/disk"
)

const (
	digestSuffix  = ".sha256"
	partialSuffix = ".partial-"
)

// WriteFile writes a backup of the source into a new file of mode 0600, as [Write] does, and its digest into a second
// file of the same name with ".sha256" added, in the form that sha256sum -c reads.
//
// The file has its name only once all of it is on the disk. It returns an error that wraps [fs.ErrExist] if there is one
// of that name, otherwise the errors of Write and of the file system, and then leaves nothing behind. Only a
// crash does: a file whose name goes on with ".partial-", which can be deleted.
func WriteFile(ctx context.Context, path string, s Source, o Options) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return Manifest{}, &fs.PathError{Op: "back up into", Path: path, Err: fs.ErrExist}
	}
	m, partial, err := writePartial(ctx, path, s, o)
	if partial != "" {
		defer os.Remove(partial) //nolint:errcheck // it is gone if all went well
	}
	if err != nil {
		return Manifest{}, err
	}
	if err := moveNew(partial, path); err != nil {
		return Manifest{}, err
	}
	if err := writeDigest(path, m.Digest); err != nil {
		return Manifest{}, errors.Join(err, removeBackup(path))
	}
	if err := disk.SyncDir(filepath.Dir(path)); err != nil {
		return Manifest{}, errors.Join(err, removeBackup(path))
	}
	return m, nil
}

// writePartial writes a backup beside where it belongs, and makes it durable. It returns the name if there is a file.
func writePartial(ctx context.Context, path string, s Source, o Options) (m Manifest, partial string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+partialSuffix) // of mode 0600
	if err != nil {
		return Manifest{}, "", err
	}
	m, err = Write(ctx, f, s, o)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return m, f.Name(), err
}

// moveNew gives a file its name unless another has it.
func moveNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// A file system without hard links. It cannot refuse to replace a file that came this very moment.
	if _, err := os.Lstat(to); err == nil {
		return &fs.PathError{Op: "back up into", Path: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

func digestLine(path string, d Digest) []byte {
	return fmt.Appendf(nil, "%s  %s\n", d, filepath.Base(path))
}

// writeDigest writes the digest of a backup beside it. One that a crash left there is replaced.
func writeDigest(path string, d Digest) error {
	f, err := os.OpenFile(path+digestSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(digestLine(path, d))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// removeBackup removes a backup and its digest, the backup first.
func removeBackup(path string) error {
	err := os.Remove(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(path + digestSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// CheckFile verifies a backup that [WriteFile] wrote. It does what [Inspect] does, except if the backup is encrypted and
// no identity is given, as on a node that keeps only the recipient: then it holds the file against the digest
// beside it, and returns no more than the size and the digest. If there is a digest it must fit in any case.
//
// Errors are those of Inspect and of the file system. [ErrEncrypted] says that there is neither an identity nor a digest.
func CheckFile(ctx context.Context, path string, o ReadOptions) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	want, err := os.ReadFile(path + digestSuffix)
	beside := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, err
	}
	m, err := Inspect(ctx, f, o)
	if beside && errors.Is(err, ErrEncrypted) {
		m, err = digestOf(ctx, f)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("%q: %w", path, err)
	}
	if beside && !bytes.Equal(want, digestLine(path, m.Digest)) {
		return Manifest{}, fmt.Errorf("%q: %w", path, damaged("the file", "its digest is not the one in %q", filepath.Base(path)+digestSuffix))
	}
	return m, nil
}

// digestOf reads a file from its start.
func digestOf(ctx context.Context, f *os.File) (Manifest, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Manifest{}, err
	}
	src := &source{ctx: ctx, r: f, sum: sha256.New()}
	if _, err := io.Copy(io.Discard, src); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Encrypted: true, Size: src.n}
	src.sum.Sum(m.Digest[:0])
	return m, nil
}
