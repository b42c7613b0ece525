package merkle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/disk"
)

// localCheckpoint names the stored checkpoint in errors.
const localCheckpoint = "the stored checkpoint"

// Open opens the log of a stream, and makes one if the folder is empty. With a key it takes the folder for itself until
// it is closed or the process ends, takes in what the tree does not have yet, and signs a checkpoint for it.
//
// A healthy log is opened without reading records that the stored checkpoint covers. A tree file that is short, missing or
// does not give the signed root is made again from the records, and [Options.Problem] told. Open returns a [*TamperError]
// if the records do not give the signed root either; if the journal has fewer records than a checkpoint covers, the
// stored one or that of a sink; if a sink has a checkpoint of other records or one by a key that is not in the keyring; if
// the keyring or the stored checkpoint is missing, forged or of another log. Any other error is of the options, the key,
// the files or the journal; then a second try may succeed.
func Open(ctx context.Context, j modreg.Journal, o Options) (*Log, error) {
	o, err := o.valid()
	if err != nil {
		return nil, err
	}
	l := &Log{journal: j, o: o, turn: make(chan struct{}, 1), survey: make(chan struct{}, 1), key: o.Key}
	if err := l.open(ctx); err != nil {
		l.key = nil // nothing is to be synced
		return nil, fmt.Errorf("open log %q: %w", o.Origin, errors.Join(err, l.closeFiles()))
	}
	return l, nil
}

func (l *Log) open(ctx context.Context) error {
	if err := l.openFiles(); err != nil {
		return err
	}
	notes, err := l.slots.load()
	if err != nil {
		return err
	}
	if err := l.loadKeyring(); err != nil {
		return err
	}
	created, old, err := l.settleKeys(notes)
	if err != nil {
		return err
	}
	cp, err := l.loadCheckpoint(notes)
	if err != nil {
		return err
	}
	if cp.Note == nil && l.ring != nil && !created {
		return l.tampered(Lost, mark{where: localCheckpoint}, 0, 0, "there is a keyring, but no checkpoint that it signed")
	}
	if err := l.loadTree(ctx, cp); err != nil {
		return err
	}
	l.publish(cp)
	if err := l.agreeAll(ctx, ringMarks(l.ring)); err != nil {
		return err
	}
	known, err := l.askSinks(ctx)
	if err != nil {
		return err
	}
	l.startSinks(known)
	if err := l.firstSeal(cp, created, old); err != nil {
		return errors.Join(err, l.closeSinks())
	}
	return nil
}

// openFiles opens, and with a key creates and locks, the files of the folder.
func (l *Log) openFiles() error {
	if l.key == nil {
		return l.openReadOnly()
	}
	if err := os.MkdirAll(l.o.Dir, 0o700); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		to   **os.File
	}{{lockName, &l.lock}, {treeName, &l.tree.file}, {checkpointName, &l.slots.file}} {
		file, err := os.OpenFile(l.path(f.name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		*f.to = file
		if f.name != lockName {
			continue
		}
		if err := tryLock(file); err != nil {
			return fmt.Errorf("the folder %q is in use by another log (close it, or open this one without a key): %w", l.o.Dir, err)
		}
	}
	return l.slots.reserve()
}

// openReadOnly opens what is there and was not before.
func (l *Log) openReadOnly() error {
	l.tree.fixed = true
	for name, to := range map[string]**os.File{treeName: &l.tree.file, checkpointName: &l.slots.file} {
		if *to != nil {
			continue
		}
		file, err := os.Open(l.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		*to = file
	}
	return nil
}

// firstSeal signs what the stored checkpoint does not cover, makes a new log durable, and hands the newest checkpoint to
// the sinks. old is the key before the current one if a rotation was interrupted.
func (l *Log) firstSeal(cp Checkpoint, created bool, old *Key) error {
	if l.key == nil {
		return nil
	}
	var also []*Key
	unsigned := cp.Note == nil || cp.Size < l.tree.size
	if !unsigned && !signedBy(cp, l.key.verifier) {
		// The rotation got as far as the keyring. The checkpoint at its size is signed by both keys, if both are here.
		unsigned = true
		if old != nil && l.ring.ValidAt(old.Name(), old.signer.KeyHash(), l.tree.size) {
			also = append(also, old)
		}
	}
	if unsigned {
		if err := l.seal(also...); err != nil {
			return err
		}
	} else {
		for _, s := range l.sinks {
			s.offer(cp)
		}
	}
	if !created {
		return nil
	}
	if l.slots.err != nil {
		return l.slots.err
	}
	// The keyring comes last: where there is one, there was a checkpoint.
	if err := errors.Join(l.slots.file.Sync(), disk.SyncDir(l.o.Dir)); err != nil {
		return err
	}
	return l.storeKeyring()
}

// agreeAll holds the tree against marks, and repairs the tree file if it cannot tell.
func (l *Log) agreeAll(ctx context.Context, marks []mark) error {
	for _, m := range marks {
		err := l.agree(l.view.Load(), m)
		if errors.Is(err, errDamaged) {
			if err = l.repair(ctx); err == nil {
				err = l.agree(l.view.Load(), m)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
