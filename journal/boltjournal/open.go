package boltjournal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/modreg/modreg/internal/disk"
)

// lockPoll is how often a lock that is taken is tried again.
const lockPoll = 10 * time.Millisecond

// create makes a new journal. It is built under another name and then linked to its own, so that a crash leaves
// no half of one, and of several processes that create it one wins.
func create(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	name := f.Name()
	defer func() { _ = os.Remove(name) }()
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(name, 0o600, &bbolt.Options{NoFreelistSync: true, Timeout: time.Second})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, bucket := range []string{headerBucket, streamsBucket, snapshotBucket, chunkBucket} {
			if _, err := tx.CreateBucket([]byte(bucket)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(headerBucket)).Put([]byte(versionKey), encodeVersion(layoutVersion))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Link(name, path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("give the new file its name (the file system must have hard links): %w", err)
	}
	return nil
}

// open opens a file that is there, and returns the version of its layout too: if that is an earlier one the journal is
// good for its migration only.
func open(path string, o options) (*Journal, int, error) {
	j := &Journal{
		path: path, readOnly: o.readOnly, done: make(chan struct{}), token: make(chan struct{}, 1), doubt: map[string]bool{},
	}
	var found *survey
	// The map of free pages stays quick when a prune has left many. A mapping that is large from the start would save
	// a tenth of a processor's work per append, but make every journal 16 MiB long.
	opts := &bbolt.Options{
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
		ReadOnly: o.readOnly, PreLoadFreelist: true, Timeout: max(o.lockTimeout, time.Nanosecond),
		OpenFile: func(_ string, flag int, _ os.FileMode) (f *os.File, err error) {
			f, err = openLocked(path, flag&^os.O_CREATE, o)
			if err != nil {
				return nil, err
			}
			if found, err = inspect(f, path, o.readOnly); err != nil {
				unlockFile(f)
				return nil, errors.Join(err, f.Close())
			}
			j.file = f
			return f, nil
		},
	}
	err := j.guarded(func() (err error) {
		j.db, err = bbolt.Open(path, 0o600, opts)
		return err
	})
	if errors.Is(err, berrors.ErrTimeout) {
		err = &LockedError{Path: path, PID: readPID(path)}
	}
	if err == nil && !o.readOnly {
		// Whoever created the file may have been stopped before its name was durable.
		err = disk.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		j.abandon()
		return nil, 0, explainOpen(path, err)
	}
	if !o.readOnly {
		j.pid = writePID(path)
	}
	j.streams = found.extents
	return j, found.version, nil
}

// abandon releases what an open that did not succeed has taken.
func (j *Journal) abandon() {
	switch {
	case j.db != nil:
		_ = j.guarded(j.db.Close)
	case j.file != nil: // unless bbolt has closed it
		unlockFile(j.file)
		_ = j.file.Close()
	}
}

// explainOpen says of which file an error speaks, unless it does itself.
func explainOpen(path string, err error) error {
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("open the journal: %w", err)
	}
	if e, ok := errors.AsType[*CorruptError](err); ok && e.Path == "" {
		e.Path = path
	}
	if _, ok := errors.AsType[*LockedError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*VersionError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*CorruptError](err); ok {
		return err
	}
	return fmt.Errorf("open the journal %s: %w", path, err)
}

// openLocked opens a file, locks it, and makes sure that it is still the one at its path.
func openLocked(path string, flag int, o options) (*os.File, error) {
	deadline := time.Now().Add(o.lockTimeout)
	for {
		f, err := os.OpenFile(path, flag, 0)
		if err != nil {
			return nil, err
		}
		err = lockFile(f, !o.readOnly)
		if err == nil {
			if sameFile(f, path) {
				return f, nil
			}
			err = fmt.Errorf("it was replaced while it was opened: %w", ErrReplaced)
		}
		unlockFile(f)
		if closeErr := f.Close(); closeErr != nil {
			return nil, closeErr
		}
		if !errors.Is(err, errFileLocked) && !errors.Is(err, ErrReplaced) {
			return nil, fmt.Errorf("lock the file: %w", err)
		}
		if !time.Now().Before(deadline) {
			if errors.Is(err, errFileLocked) {
				err = &LockedError{Path: path, PID: readPID(path)}
			}
			return nil, err
		}
		time.Sleep(lockPoll)
	}
}

func sameFile(f *os.File, path string) bool {
	is, err := f.Stat()
	if err != nil {
		return false
	}
	at, err := os.Stat(path)
	return err == nil && os.SameFile(is, at)
}

// inspect walks a file before bbolt sees it, and returns what is in it.
func inspect(f *os.File, path string, readOnly bool) (*survey, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	m, err := readMetas(f)
	if err != nil {
		return nil, err
	}
	s := newSurvey(path, false)
	if err := s.walk(context.Background(), f, info.Size(), m); err != nil {
		return nil, err
	}
	if s.version < layoutVersion && readOnly {
		return nil, &VersionError{Path: path, Found: s.version, Supported: layoutVersion}
	}
	return s, nil
}
