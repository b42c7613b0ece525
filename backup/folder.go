package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/internal/disk"
)

// Marker is the name of the file that stands in a folder while [MakeFolder] fills it in place.
const Marker = "restore-unfinished"

const markerText = "A backup is being restored into this folder, or the restoration was interrupted.\n" +
	"In the latter case nothing in here is of use: empty the folder and restore again.\n"

// ErrHalfRestored says that the restoration into a folder was interrupted.
var ErrHalfRestored = errors.New("a backup was restored into the folder in part: empty it and restore again")

// MakeFolder makes a folder by way of fill, which is given the path of the folder to fill: all of it or none of it. It is
// what [Restore] is called in, with a journal that fill opens in the folder and closes.
//
// If path does not exist fill is given a folder beside it, of mode 0700, whose name goes on with ".restoring-", and which
// takes its name when fill has returned and everything in it is on the disk. If path is an empty folder, which may be a
// mount point, it is filled in place, and the file [Marker] stands in it meanwhile: see [CheckFolder].
//
// After an error, that of fill or of the file system, what was made is removed. It returns an error that wraps
// [ErrNotEmpty] if there is something at path, and [ErrHalfRestored] if that is what a crash has left.
func MakeFolder(ctx context.Context, path string, fill func(ctx context.Context, dir string) error) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeBeside(ctx, path, fill)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("restore into %q: it is not a folder: %w", path, ErrNotEmpty)
	}
	return fillInPlace(ctx, path, fill)
}

// CheckFolder returns an error that wraps [ErrHalfRestored] if the restoration into a folder was interrupted. Whoever
// opens a folder that may have been restored in place asks it first.
func CheckFolder(path string) error {
	_, err := os.Lstat(filepath.Join(path, Marker))
	switch {
	case err == nil:
		return fmt.Errorf("%q: %w", path, ErrHalfRestored)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

func makeBeside(ctx context.Context, path string, fill func(context.Context, string) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".restoring-")
	if err != nil {
		return err
	}
	err = fill(ctx, dir)
	if err == nil {
		err = syncTree(dir)
	}
	if err == nil {
		err = os.Rename(dir, path) // which refuses to replace a folder
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return disk.SyncDir(filepath.Dir(path))
}

func fillInPlace(ctx context.Context, path string, fill func(context.Context, string) error) error {
	if err := CheckFolder(path); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lost+found" { // stands in every new file system of some kinds
			return fmt.Errorf("restore into %q: it has %q in it: %w", path, e.Name(), ErrNotEmpty)
		}
	}
	if err := writeMarker(path); err != nil {
		return errors.Join(err, emptyFolder(path))
	}
	err = fill(ctx, path)
	if err == nil {
		err = syncTree(path)
	}
	if err != nil {
		return errors.Join(err, emptyFolder(path))
	}
	if err := os.Remove(filepath.Join(path, Marker)); err != nil {
		return err
	}
	return disk.SyncDir(path)
}

func writeMarker(path string) error {
	f, err := os.OpenFile(filepath.Join(path, Marker), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(markerText)
	return errors.Join(err, f.Sync(), f.Close(), disk.SyncDir(path))
}

// emptyFolder removes what is in a folder, the marker last.
func emptyFolder(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != Marker && e.Name() != "lost+found" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(path, Marker)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncTree makes all files and folders below a path durable.
func syncTree(path string) error {
	return filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && e != nil && e.Name() == "lost+found":
			return fs.SkipDir
		case err != nil:
			return err
		case e.IsDir():
			return disk.SyncDir(name)
		case !e.Type().IsRegular():
			return nil
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// FilesInto returns a function for [Target.File] that writes each file into a folder, with mode 0600 and durable. It
// returns an error that wraps [fs.ErrExist] for a name that is taken.
func FilesInto(root *os.Root) func(name string, data []byte) error {
	return func(name string, data []byte) error {
		if err := checkFile(name); err != nil {
			return err
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Sync(), f.Close())
	}
}
