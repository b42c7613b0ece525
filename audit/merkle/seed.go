package merkle

import (
	"errors"
	"fmt"
	"iter"
	"os"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/internal/disk"
)

// Seed makes the folder of a log from a backup: the keyring, a checkpoint that it signed, and the hashes of the records
// that the checkpoint covers, in order. They must give the root of the checkpoint. [Open] then takes the log on from
// there, with a journal that may lack the records that were pruned. The folder must not hold a log; after an error it
// holds none. After a crash Open refuses it, and it has to be emptied before it is seeded again.
func Seed(dir string, ring *Keyring, cp Checkpoint, leaves iter.Seq2[tlog.Hash, error]) error {
	if err := seed(dir, ring, cp, leaves); err != nil {
		return fmt.Errorf("seed a log in %q: %w", dir, err)
	}
	return nil
}

func seed(dir string, ring *Keyring, cp Checkpoint, leaves iter.Seq2[tlog.Hash, error]) error {
	checked, err := ParseCheckpoint(cp.Note, ring, ring.origin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	l := &Log{o: Options{Dir: dir}, ring: ring}
	for _, name := range []string{keyringName, checkpointName, treeName} {
		if _, err := os.Lstat(l.path(name)); err == nil {
			return errors.New("there is a log already")
		}
	}
	err = l.seedFiles(checked, leaves)
	err = errors.Join(err, l.closeFiles())
	if err == nil {
		return disk.SyncDir(dir)
	}
	for _, name := range []string{treeName, checkpointName, keyringName} { // the keyring last, see seedFiles
		if gone := os.Remove(l.path(name)); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// seedFiles writes the keyring first: Open refuses a folder with a keyring and without a checkpoint, while it would take
// one without a keyring for a new log.
func (l *Log) seedFiles(cp Checkpoint, leaves iter.Seq2[tlog.Hash, error]) error {
	if err := l.storeKeyring(); err != nil {
		return err
	}
	for name, to := range map[string]**os.File{treeName: &l.tree.file, checkpointName: &l.slots.file} {
		file, err := os.OpenFile(l.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		*to = file
	}
	if err := l.seedTree(cp, leaves); err != nil {
		return err
	}
	if l.tree.size != cp.Size || l.tree.root() != cp.Root {
		return fmt.Errorf("the %d hashes do not give the root of the checkpoint of size %d", l.tree.size, cp.Size)
	}
	if err := errors.Join(l.tree.sync(), l.slots.reserve(), l.slots.store(cp.Note)); err != nil {
		return err
	}
	return l.slots.file.Sync()
}

func (l *Log) seedTree(cp Checkpoint, leaves iter.Seq2[tlog.Hash, error]) error {
	var batch []tlog.Hash
	for leaf, err := range leaves {
		if err != nil {
			return err
		}
		if batch = append(batch, leaf); len(batch) < 1024 {
			continue
		}
		if err := l.tree.grow(batch); err != nil {
			return err
		}
		if batch = batch[:0]; l.tree.size > cp.Size {
			break
		}
	}
	return l.tree.grow(batch)
}
