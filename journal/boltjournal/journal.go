package boltjournal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

// A Journal is a journal in a file. It is safe for concurrent use. The zero value is not usable; see [Open].
type Journal struct {
	path     string
	readOnly bool
	db       *bbolt.DB
	file     *os.File // the one that db has open, for what bbolt does not do: read without mapping, and look at it
	pid      *pidFile

	life      sync.RWMutex // held for reading while db or file is in use
	closed    bool         // guarded by life
	done      chan struct{}
	closeOnce sync.Once
	closeErr  error // what closeOnce came to

	token     chan struct{} // holds one element while somebody writes
	queue     queue
	crowd     int        // guarded by token; how many requests to expect at once, from what there were
	snapshots sync.Mutex // held by whoever puts a snapshot

	mu      sync.RWMutex
	streams map[string]extent // guarded by mu; what is acknowledged
	doubt   map[string]bool   // guarded by mu; the streams whose last write ended in doubt

	size   atomic.Int64                // the file is at least as long
	broken atomic.Pointer[brokenError] // why nothing is written any more
	gate   sync.Mutex                  // held while a transaction is started
	wedged atomic.Bool                 // bbolt holds locks that nobody will release
	bells  bells
}

var (
	_ modreg.Journal       = (*Journal)(nil)
	_ modreg.SnapshotStore = (*Journal)(nil)
	_ modreg.Pruner        = (*Journal)(nil)
)

// Open opens the journal in the file at path, and creates it, readable by its owner only, if there is none; its
// folder must exist. It walks the whole file first, which takes time in proportion to its size. It returns a
// [LockedError] if another process has the journal open, a [VersionError] if the file has a layout that it cannot
// use, a [CorruptError] if it is damaged or not a journal, and otherwise an error of the operating system.
//
// The caller must close the journal.
func Open(path string, opts ...Option) (*Journal, error) {
	var o options
	for _, opt := range opts {
		opt.apply(&o)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.readOnly {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create the journal %s: %w", path, err)
		}
	}
	j, version, err := open(path, o)
	if err != nil || version == layoutVersion {
		return j, err
	}
	err = j.migrate(version)
	if err = errors.Join(err, j.Close()); err != nil {
		return nil, fmt.Errorf("bring %s from layout %d to %d: %w", path, version, layoutVersion, err)
	}
	j, _, err = open(path, o) // which walks through what was written
	return j, err
}

// Close ends every Watch, waits for what else runs, and releases the file. Everything after it returns an error that
// wraps [ErrClosed]. Only the first Close does anything, and later ones return what it returned.
func (j *Journal) Close() error {
	j.closeOnce.Do(func() {
		close(j.done)
		j.life.Lock()
		defer j.life.Unlock()
		j.closed = true
		j.pid.remove() // while no other process can have written its own
		unlockFile(j.file)
		if j.wedged.Load() {
			j.closeErr = j.file.Close()
			return
		}
		j.closeErr = j.guarded(j.db.Close)
	})
	return j.closeErr
}

// begin enters the journal for an operation that is not to be closed upon. The caller must call end if it succeeds,
// and must not begin again before that.
func (j *Journal) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.life.RLock()
	if j.closed {
		j.life.RUnlock()
		return ErrClosed
	}
	return nil
}

func (j *Journal) end() { j.life.RUnlock() }

// Streams returns the names of the streams, sorted. It returns an error if the context has ended or the journal is closed.
func (j *Journal) Streams(ctx context.Context) ([]string, error) {
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	defer j.end()
	j.mu.RLock()
	defer j.mu.RUnlock()
	return slices.Sorted(maps.Keys(j.streams)), nil
}

// Head implements [modreg.Journal]. It returns an error if the context has ended, the journal is closed, no stream can
// have that name, or the last append to the stream ended in doubt.
func (j *Journal) Head(ctx context.Context, stream string) (uint64, error) {
	e, err := j.lookUp(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("head of %q: %w", stream, err)
	}
	return e.head, j.inDoubt(stream)
}

// First implements [modreg.Pruner]. It returns an error as [Journal.Head] does.
func (j *Journal) First(ctx context.Context, stream string) (uint64, error) {
	e, err := j.lookUp(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("first record of %q: %w", stream, err)
	}
	return e.first, j.inDoubt(stream)
}

// lookUp returns which records of a stream are acknowledged.
func (j *Journal) lookUp(ctx context.Context, stream string) (extent, error) {
	if err := checkStream(stream); err != nil {
		return extent{}, err
	}
	if err := j.begin(ctx); err != nil {
		return extent{}, err
	}
	defer j.end()
	e, _ := j.known(stream)
	return e, nil
}

// known returns which records of a stream are acknowledged, and whether the stream was ever written to.
func (j *Journal) known(stream string) (extent, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if e, ok := j.streams[stream]; ok {
		return e, true
	}
	return extent{first: 1}, false
}

// setKnown enters what was acknowledged and wakes those who wait for it.
func (j *Journal) setKnown(extents map[string]extent) {
	j.mu.Lock()
	maps.Copy(j.streams, extents)
	j.mu.Unlock()
	for stream := range extents {
		j.bells.ring(stream)
	}
}

// inDoubt returns an error if nobody can say what a stream holds beyond its acknowledged head.
func (j *Journal) inDoubt(stream string) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if !j.doubt[stream] {
		return nil
	}
	return fmt.Errorf("what stream %q holds beyond record %d is in doubt: %w", stream, j.streams[stream].head, j.broken.Load())
}
