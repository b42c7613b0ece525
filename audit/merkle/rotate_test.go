package merkle_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/modreg/modreg/audit/merkle"
)

// A rotated is a log of ten records, signed by three keys one after another: from sizes 0, 5 and 8 on.
type rotated struct {
	*bed
	keys []*merkle.Key
	five merkle.Checkpoint // by the first key
	both merkle.Checkpoint // by the first and the second
	ten  merkle.Checkpoint // by the third
}

func newRotated(t *testing.T) rotated {
	t.Helper()
	r := rotated{bed: newBed(t)}
	r.keys = []*merkle.Key{r.key, newKey(t), newKey(t)}
	l := r.open()
	r.append(l, 5)
	r.five = l.Checkpoint()
	if err := l.Rotate(t.Context(), r.keys[1]); err != nil {
		t.Fatal(err)
	}
	r.both = l.Checkpoint()
	r.append(l, 3)
	if err := l.Rotate(t.Context(), r.keys[2]); err != nil {
		t.Fatal(err)
	}
	r.append(l, 2)
	r.ten = l.Checkpoint()
	if err := l.Rotate(t.Context(), r.keys[0]); err == nil {
		t.Error("a key came back")
	}
	r.close(l)
	return r
}

// Old and new checkpoints verify with the keyring alone, each key only for its sizes.
func TestRotate(t *testing.T) {
	t.Parallel()
	r := newRotated(t)
	text, err := os.ReadFile(r.file("keyring"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := merkle.ParseKeyring(text, origin, r.keys[0].Verifier())
	if err != nil {
		t.Fatal(err)
	}
	keys := ring.Keys()
	if len(keys) != 3 || keys[1].Size != 5 || keys[1].Root != r.five.Root || keys[2].Size != 8 || ring.Current() != r.keys[2].Verifier() {
		t.Errorf("keys %+v", keys)
	}
	for _, cp := range []merkle.Checkpoint{r.five, r.both, r.ten} {
		if _, err := merkle.ParseCheckpoint(cp.Note, ring, origin); err != nil {
			t.Errorf("size %d: %v", cp.Size, err)
		}
	}
	for i, k := range r.keys {
		known := merkle.VerifierForTest(t, k)
		if _, err := merkle.ParseCheckpoint(r.both.Note, known, origin); (err == nil) != (i < 2) {
			t.Errorf("key %d on the checkpoint of the rotation: %v", i, err)
		}
		if _, err := merkle.ParseCheckpoint(r.ten.Note, known, origin); (err == nil) != (i == 2) {
			t.Errorf("key %d on the newest checkpoint: %v", i, err)
		}
		if _, err := merkle.ParseCheckpoint(merkle.SignForTest(t, r.ten, k), ring, origin); (err == nil) != (i == 2) {
			t.Errorf("key %d signs size 10: %v", i, err)
		}
		if _, err := merkle.ParseCheckpoint(merkle.SignForTest(t, r.five, k), ring, origin); (err == nil) != (i < 2) {
			t.Errorf("key %d signs size 5: %v", i, err)
		}
	}
}

// A log that was rotated is opened with the last key only, whatever the first one was.
func TestRotate_reopen(t *testing.T) {
	t.Parallel()
	r := newRotated(t)
	for i, k := range r.keys {
		r.key = k
		l, err := r.try(func(o *merkle.Options) { o.Trust = r.keys[0].Verifier() })
		if (err == nil) != (i == 2) {
			t.Errorf("opened with key %d: %v", i, err)
		}
		if err == nil {
			r.append(l, 1)
			r.wantVerified(l)
		}
	}
}

// The keyring says what the tree was at each rotation: it does not fit another history.
func TestRotate_bindsTheTree(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 5)
	next := newKey(t)
	if err := l.Rotate(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	b.append(l, 5)
	b.close(l)
	ring, err := os.ReadFile(b.file("keyring"))
	if err != nil {
		t.Fatal(err)
	}
	records := b.journal.records(t)
	records[2] = []byte("forged")
	b.journal, b.dir, b.key = filled(t, records), t.TempDir(), next
	l = b.open() // signed anew by the holder of the key
	b.close(l)
	b.change("keyring", func([]byte) []byte { return ring })
	_, err = b.try()
	b.wantTampering(err, merkle.Fork)
}

// A step is where a rotation was cut off: the folders from before and after it, of which the files are.
type step struct {
	name                string
	keyring, stored     int  // 0 from before, 1 from after
	beside, put, counts bool // the next key waits beside the old one; is in its place; the rotation counts
}

// With the key in a file, a rotation that is cut off anywhere is finished or dropped when the log is opened again.
func TestRotate_crash(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	if err := merkle.SaveKey(b.file("key"), b.key); err != nil {
		t.Fatal(err)
	}
	l := b.open()
	b.append(l, 4)
	dirs := []string{b.copyDir()}
	next := newKey(t)
	if err := l.Rotate(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	dirs = append(dirs, b.copyDir())
	b.close(l)
	records := b.journal.records(t)
	for _, s := range []step{
		{"before", 0, 0, false, false, false},
		{"the key is saved", 0, 0, true, false, false},
		{"the keyring is written", 1, 0, true, false, true},
		{"the checkpoint is stored", 1, 1, true, false, true},
		{"the key is in place", 1, 1, false, true, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := &bed{TB: t, dir: t.TempDir(), journal: filled(t, records)}
			s.restore(c, dirs)
			wantKey(c, s.counts, next)
			if s.counts { // the checkpoint of the rotation was signed by both keys, also if that was done at opening
				wantSignedTwice(c, b.key)
			}
			if _, err := os.Stat(c.file("key.next")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the key is still beside the old one: %v", err)
			}
			wantKey(c, s.counts, next) // a second time there is nothing left to do
			if err := c.problems.take(); (err != nil) != s.beside {
				t.Errorf("told %v", err)
			}
		})
	}
}

// restore makes the folder of the bed what a crash at the step leaves.
func (s step) restore(b *bed, dirs []string) {
	b.Helper()
	from := map[string]string{
		"tree": filepath.Join(dirs[0], "tree"), "key": filepath.Join(dirs[0], "key"),
		"keyring": filepath.Join(dirs[s.keyring], "keyring"), "checkpoint": filepath.Join(dirs[s.stored], "checkpoint"),
	}
	if s.put {
		from["key"] = filepath.Join(dirs[1], "key")
	}
	if s.beside {
		from["key.next"] = filepath.Join(dirs[1], "key")
	}
	for name, path := range from {
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(b.file(name), data, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// wantSignedTwice checks that the newest stored checkpoint by the old key is that of the rotation, by both keys.
func wantSignedTwice(b *bed, old *merkle.Key) {
	b.Helper()
	text, err := os.ReadFile(b.file("checkpoint"))
	if err != nil {
		b.Fatal(err)
	}
	cp, err := newest(text, merkle.VerifierForTest(b, old))
	if err != nil || cp.Size != 4 || bytes.Count(cp.Note, []byte("— ")) != 2 {
		b.Errorf("the newest checkpoint by the old key is %+v, %v", cp, err)
	}
}

// wantKey opens a log with the key in its folder and checks that it is the new one, or the old one.
func wantKey(b *bed, rotated bool, next *merkle.Key) {
	b.Helper()
	var err error
	if b.key, err = merkle.LoadKey(b.file("key")); err != nil {
		b.Fatal(err)
	}
	l := b.open()
	if now := l.Keyring().Current() == next.Verifier(); now != rotated {
		b.Errorf("rotated: %v, want %v", now, rotated)
	}
	if _, err := merkle.ParseCheckpoint(l.Checkpoint().Note, merkle.VerifierForTest(b, next), origin); (err == nil) != rotated {
		b.Errorf("checkpoint by the next key: %v", err)
	}
	b.append(l, 1)
	b.wantVerified(l)
	b.close(l)
}

// After a rotation in a file the next one goes the same way.
func TestRotate_twiceInAFile(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	path := filepath.Join(t.TempDir(), "key")
	if err := merkle.SaveKey(path, b.key); err != nil {
		t.Fatal(err)
	}
	l := b.open()
	for range 3 {
		next := newKey(t)
		if err := l.Rotate(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		b.append(l, 1)
		if now, err := merkle.LoadKey(path); err != nil || now.Verifier() != next.Verifier() {
			t.Fatalf("the file has %v, %v; want %v", now, err, next)
		}
	}
}
