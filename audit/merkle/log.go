package merkle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// The files in [Options.Dir].
const (
	treeName       = "tree"
	checkpointName = "checkpoint"
	keyringName    = "keyring"
	lockName       = "lock"
)

// A Log is the Merkle log of one stream, see [Open]. It is safe for concurrent use. Its readers (Prove, Consistent,
// Checkpoint, LeafHashes) never wait for a writer.
type Log struct {
	journal modreg.Journal
	o       Options
	view    atomic.Pointer[view]
	queue   queue
	sinks   []*publisher
	turn    chan struct{} // whoever could send writes
	survey  chan struct{} // whoever could send reads all records or prunes; taken before the turn

	// What only the holder of the turn uses.
	tree   tree
	slots  slots
	key    *Key // nil if the log is read-only
	ring   *Keyring
	lock   *os.File
	failed error // why nothing is signed any more
	closed bool

	stop     context.CancelFunc // ends the sinks
	closing  sync.Once
	closeErr error
}

// A view is the log at one time. It never changes.
type view struct {
	cp   Checkpoint
	ring *Keyring
	size uint64 // of the tree; more than that of the checkpoint only if the log is read-only
	root tlog.Hash
	hashes
}

// acquire waits for the turn to write.
func (l *Log) acquire(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.closed {
		l.release()
		return ErrClosed
	}
	return nil
}

func (l *Log) release() { <-l.turn }

// acquireSurvey waits until nobody else reads all records or prunes some.
func (l *Log) acquireSurvey(ctx context.Context) error {
	select {
	case l.survey <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Log) releaseSurvey() { <-l.survey }

// writable is called by the holder of the turn before it writes.
func (l *Log) writable() error {
	if l.key == nil {
		return ErrReadOnly
	}
	return l.failed
}

// publish makes what the holder of the turn did visible.
func (l *Log) publish(cp Checkpoint) {
	l.view.Store(&view{cp: cp, ring: l.ring, size: l.tree.size, root: l.tree.root(), hashes: l.tree.hashes()})
}

// seal signs the tree as it is, stores the checkpoint, makes it visible and hands it to the sinks. It fails if the
// checkpoint cannot be signed; one that cannot be stored is a problem only, as the records are in the journal.
func (l *Log) seal(also ...*Key) error {
	cp := Checkpoint{Origin: l.o.Origin, Size: l.tree.size, Root: l.tree.root(), Time: l.o.Now().UTC()}
	if err := cp.sign(append(also, l.key)...); err != nil {
		return err
	}
	at, err := parseTime(formatTime(cp.Time))
	if err != nil {
		return fmt.Errorf("the clock says %v: %w", cp.Time, err)
	}
	cp.Time = at
	if err := l.slots.store(cp.Note); err != nil {
		l.o.Problem(fmt.Errorf("log %q: %w", l.o.Origin, err))
	}
	l.publish(cp)
	for _, s := range l.sinks {
		s.offer(cp)
	}
	return nil
}

// Checkpoint returns the newest checkpoint: of a read-only log the one that was stored last. It is the zero value if
// a read-only log has none.
func (l *Log) Checkpoint() Checkpoint {
	cp := l.view.Load().cp
	cp.Note = bytes.Clone(cp.Note)
	return cp
}

// Keyring returns the keys that sign the checkpoints; nil if a read-only log has no keyring.
func (l *Log) Keyring() *Keyring { return l.view.Load().ring }

// Origin returns the origin of the log.
func (l *Log) Origin() string { return l.o.Origin }

// Close publishes to the sinks what they do not have yet, for [Options.CloseTimeout] at most, syncs the files and lets
// go of them. It does not close the journal. It returns what could not be synced or published; calls after the first
// return the same.
func (l *Log) Close() error {
	l.closing.Do(func() {
		l.turn <- struct{}{}
		l.closed = true
		l.release()
		l.closeErr = errors.Join(l.closeSinks(), l.closeFiles())
	})
	return l.closeErr
}

func (l *Log) closeFiles() error {
	var errs []error
	if l.key != nil {
		errs = append(errs, l.tree.sync(), syncFile(l.slots.file))
	}
	errs = append(errs, l.tree.close())
	if l.lock != nil {
		unlock(l.lock)
	}
	for _, f := range []*os.File{l.slots.file, l.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

func syncFile(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Sync()
}

func (l *Log) path(name string) string { return filepath.Join(l.o.Dir, name) }
