package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/record"
)

// tamper tries what somebody with access to the folder would try.
func (s *story) tamper(ctx context.Context) error {
	s.say("\nMallory would rather not have been there.")
	for _, attempt := range []struct {
		what string
		do   func(ctx context.Context, data string) error
	}{
		{"writes history anew with another name, every hash and checksum right", forge},
		{"takes the last record off the end", shorten},
		{"puts the whole folder back to what it was before, keys and all", s.putBack},
	} {
		data := filepath.Join(s.outside, "tampered")
		if err := copyFolder(data, s.data); err != nil {
			return err
		}
		if err := attempt.do(ctx, data); err != nil {
			return err
		}
		h, err := open(ctx, data, s.witness)
		if err == nil {
			return errors.Join(fmt.Errorf("mallory %s, and it was not noticed", attempt.what), h.close(ctx))
		}
		tampered, ok := errors.AsType[*merkle.TamperError](err)
		if !ok {
			return fmt.Errorf("mallory %s: %w", attempt.what, err)
		}
		s.say("  Mallory %s:\n    noticed (%s): %v", attempt.what, tampered.Kind, tampered)
		if err := os.RemoveAll(data); err != nil {
			return err
		}
	}
	return nil
}

// copyFolder copies a folder with the modes of its files: a signing key that others could read is refused.
func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
}

// forge writes the journal anew, with a colleague's name in the place of mallory's.
func forge(ctx context.Context, data string) error {
	return rewrite(ctx, data, func(t *record.Transaction, _, _ uint64) bool {
		if t.Origin.Actor.ID == "mallory" {
			t.Origin.Actor.ID, t.Origin.Approval = "grace", "change-4712-by-linus"
		}
		return true
	})
}

func shorten(ctx context.Context, data string) error {
	return rewrite(ctx, data, func(_ *record.Transaction, seq, head uint64) bool { return seq < head })
}

// rewrite replaces the journal by one that has what is left of its records, with every hash as it must be.
func rewrite(ctx context.Context, data string, change func(t *record.Transaction, seq, head uint64) (keep bool)) error {
	path := filepath.Join(data, "journal.db")
	old, err := boltjournal.Open(path)
	if err != nil {
		return err
	}
	forged, err := boltjournal.Open(path + ".new")
	if err != nil {
		return errors.Join(err, old.Close())
	}
	err = copyChanged(ctx, old, forged, change)
	if err = errors.Join(err, old.Close(), forged.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func copyChanged(ctx context.Context, from, to *boltjournal.Journal, change func(t *record.Transaction, seq, head uint64) bool) error {
	for _, stream := range []string{audit.LogRegistry, audit.LogNode} {
		head, err := from.Head(ctx, stream)
		if err != nil {
			return err
		}
		var batch [][]byte
		var prev [sha256.Size]byte
		for rec, err := range from.Read(ctx, stream, 1) {
			if err != nil {
				return err
			}
			text := bytes.Clone(rec.Data)
			if stream == audit.LogRegistry {
				t, err := record.Decode(rec.Data)
				if err != nil {
					return err
				}
				if !change(&t, rec.Seq, head) {
					continue
				}
				t.Prev = prev
				text = t.Append(nil)
				prev = sha256.Sum256(text)
			}
			batch = append(batch, text)
		}
		if _, err := to.Append(ctx, stream, 0, batch); err != nil {
			return err
		}
	}
	return nil
}

// putBack replaces the folder by the copy from before the last activation. Nothing in it contradicts itself.
func (s *story) putBack(_ context.Context, data string) error {
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	return copyFolder(data, s.early)
}
