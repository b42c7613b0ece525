package merkle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/internal/disk"
)

// loadKeyring reads the keyring of the folder; there may be none.
func (l *Log) loadKeyring() error {
	text, err := disk.Read(l.path(keyringName), maxKeyring)
	if errors.Is(err, fs.ErrNotExist) {
		l.ring = nil
		return nil
	}
	if err != nil {
		return err
	}
	ring, err := ParseKeyring(text, l.o.Origin, l.o.Trust)
	if err != nil {
		return l.tampered(ForeignKey, mark{where: "the keyring"}, 0, 0, err.Error())
	}
	l.ring = ring
	return nil
}

// storeKeyring is durable and all or nothing.
func (l *Log) storeKeyring() error {
	if err := disk.Replace(l.path(keyringName), l.ring.text); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	return nil
}

// settleKeys brings the key and the keyring together: it makes a keyring for a new log, and finishes or drops a rotation
// that was interrupted. It returns the key before the current one if that is at hand and a rotation was finished.
func (l *Log) settleKeys(notes [2][]byte) (created bool, old *Key, err error) {
	if l.key == nil {
		return false, nil, nil
	}
	if l.ring == nil {
		if l.o.Trust != "" && l.o.Trust != l.key.verifier {
			return false, nil, fmt.Errorf("the key %q is not the trusted %q, and there is no keyring that leads from one to the other", l.key.verifier, l.o.Trust)
		}
		return true, nil, l.beginKeyring(notes)
	}
	current, next := l.ring.Current(), l.key.next
	switch {
	case l.key.verifier == current && next == nil:
		return false, nil, nil
	case l.key.verifier == current: // the keyring never heard of the next key, so nobody did
		if err := os.Remove(l.key.path + nextSuffix); err != nil {
			return false, nil, err
		}
		l.o.Problem(fmt.Errorf("log %q: a rotation that was interrupted before it counted was dropped", l.o.Origin))
		return false, nil, nil
	case next != nil && next.verifier == current:
		old, l.key = l.key, next
		if err := l.key.moveTo(old.path); err != nil {
			return false, nil, err
		}
		l.o.Problem(fmt.Errorf("log %q: a rotation that was interrupted was finished", l.o.Origin))
		return false, old, nil
	}
	return false, nil, fmt.Errorf("the keyring wants the key %q, not %q", current, l.key.verifier)
}

// beginKeyring makes the keyring of a new log, in memory. A folder with a checkpoint is of a new log only if creating it
// was interrupted: then there is just the first checkpoint, and it is signed by this key.
func (l *Log) beginKeyring(notes [2][]byte) error {
	ring, err := newKeyring(l.o.Origin, l.key, l.o.Now())
	if err != nil {
		return err
	}
	if notes[1] != nil {
		return l.tampered(Lost, mark{where: "the keyring", note: notes[1]}, 0, 0, "it is missing, while there is a checkpoint")
	}
	l.ring = ring
	return nil
}

// moveTo puts the file of a key that waits beside another in its place.
func (k *Key) moveTo(path string) error {
	if err := os.Rename(path+nextSuffix, path); err != nil {
		return fmt.Errorf("put the new key in place: %w", err)
	}
	k.path = path
	return disk.SyncDir(filepath.Dir(path))
}
