package merkle

import (
	"context"
	"errors"
	"fmt"
)

// Rotate replaces the signing key by next. It takes in what others appended, adds a note signed by both keys to the
// keyring, durably, and signs a checkpoint with both. From then on next signs alone.
//
// If the current key is in a file (see [SaveKey], [LoadKey]) next must not be in one: Rotate saves it beside the old one
// before it changes the keyring, and puts it in its place after. After a crash at any point [LoadKey] and [Open] finish
// the rotation or drop it. If the current key is in no file it is up to the caller to keep both until Rotate has
// returned; Open says which of them the keyring wants.
//
// It returns [ErrReadOnly], [ErrClosed], an error of [Log.Advance], or one of the files; in the last case open the log
// again to see whether the rotation counts.
func (l *Log) Rotate(ctx context.Context, next *Key) error {
	err := l.acquire(ctx)
	if err == nil {
		defer l.release()
		err = l.rotate(ctx, next)
	}
	if err != nil {
		return fmt.Errorf("rotate the key of log %q: %w", l.o.Origin, err)
	}
	return nil
}

func (l *Log) rotate(ctx context.Context, next *Key) error {
	if err := l.writable(); err != nil {
		return err
	}
	if err := l.advance(ctx); err != nil {
		return err
	}
	ring, err := l.ring.rotated(l.key, next, l.tree.size, l.tree.root(), l.o.Now())
	if err != nil {
		return err
	}
	path := l.key.path
	if path != "" {
		if next.path != "" {
			return errors.New("the next key is in a file of its own")
		}
		if err := SaveKey(path+nextSuffix, next); err != nil {
			return err
		}
		next.path = path // also if it does not get there: the next rotation must not be put beside the wrong file
	}
	before := l.ring
	l.ring = ring
	if err := l.storeKeyring(); err != nil {
		// It may be on disk or not, so that neither key is right for sure.
		l.ring, l.failed = before, fmt.Errorf("a rotation of the key failed (open the log again): %w", err)
		return l.failed
	}
	old := l.key
	l.key = next
	if err := l.seal(old); err != nil {
		return err
	}
	if err := l.slots.file.Sync(); err != nil {
		l.o.Problem(fmt.Errorf("log %q: sync the stored checkpoint: %w", l.o.Origin, err))
	}
	if path == "" {
		return nil
	}
	return next.moveTo(path)
}
