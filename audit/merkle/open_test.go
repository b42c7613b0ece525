package merkle_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/audit/merkle"
)

// A healthy log is opened without reading what the checkpoint covers, apart from the last record.
func TestOpen_readsTheTailOnly(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 3000)
	b.close(l)
	b.journal.read.Store(0)
	l = b.open()
	if n := b.journal.read.Load(); n > 1 {
		t.Errorf("opening read %d records", n)
	}
	b.close(l)
	b.beside(7)
	b.journal.read.Store(0)
	l = b.open()
	if n := b.journal.read.Load(); n > 8 {
		t.Errorf("opening after 7 records read %d", n)
	}
	if size := l.Checkpoint().Size; size != 3007 {
		t.Errorf("size %d", size)
	}
	b.wantRoot(l)
}

// The last record is looked at, so that a journal that is another one altogether does not pass by its length.
func TestOpen_anotherJournal(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 300)
	b.close(l)
	b.journal = filled(t, randomRecords(300))
	_, err := b.try()
	if e := b.tampering(err, merkle.Fork); e.Record != 1 || e.Size != 300 {
		t.Errorf("%v", err)
	}
}

// Whatever becomes of the tree file, the log opens and proves every record.
func TestOpen_repairsTheTreeFile(t *testing.T) {
	t.Parallel()
	cut := func(n int) func([]byte) []byte {
		return func(tree []byte) []byte { return tree[:min(n, len(tree))] }
	}
	cases := map[string]func([]byte) []byte{
		"missing":      func([]byte) []byte { return nil },
		"half a hash":  cut(32*40 + 7),
		"one short":    func(tree []byte) []byte { return tree[:len(tree)-1] },
		"zeroes":       func(tree []byte) []byte { return make([]byte, len(tree)) },
		"last zeroes":  func(tree []byte) []byte { clear(tree[len(tree)-640:]); return tree },
		"too long":     func(tree []byte) []byte { return append(tree, bytes.Repeat([]byte("garbage!"), 99)...) },
		"another tree": func(tree []byte) []byte { return bytes.Repeat([]byte{7}, len(tree)) },
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			l := b.open()
			b.append(l, 100)
			b.close(l)
			whole, err := os.ReadFile(b.file("tree"))
			if err != nil {
				t.Fatal(err)
			}
			b.change("tree", damage)
			l = b.open()
			if told := b.problems.take(); (told == nil) != (name == "too long") {
				t.Errorf("the problem told: %v", told)
			}
			for seq := range uint64(100) {
				b.wantProof(l, seq+1)
			}
			b.append(l, 1)
			b.wantRoot(l)
			if r := b.wantVerified(l); r.Damaged != 0 {
				t.Errorf("%d hashes are still damaged", r.Damaged)
			}
			b.close(l)
			if now, err := os.ReadFile(b.file("tree")); err != nil || !bytes.HasPrefix(now, whole) {
				t.Errorf("the tree file is not what it was (%v)", err)
			}
		})
	}
}

// A hash that is wrong where opening does not look is repaired by whoever finds it.
func TestTreeFile_repairedWhileOpen(t *testing.T) {
	t.Parallel()
	flip := func(i int) func([]byte) []byte {
		return func(tree []byte) []byte { tree[i] ^= 4; return tree }
	}
	finders := map[string]func(b *bed, l *merkle.Log, old merkle.Checkpoint) error{
		"prove": func(b *bed, l *merkle.Log, _ merkle.Checkpoint) error {
			for seq := range uint64(64) {
				b.wantProof(l, seq+1)
			}
			return nil
		},
		"consistent": func(b *bed, l *merkle.Log, old merkle.Checkpoint) error { return l.Consistent(b.Context(), old) },
		"verify": func(b *bed, l *merkle.Log, _ merkle.Checkpoint) error {
			if r := b.wantVerified(l); r.Damaged == 0 {
				return errors.New("verify did not see it")
			}
			return nil
		},
	}
	for name, find := range finders {
		// The leaves of records 1 and 2, the subtree above them, and one further up.
		for _, hash := range []int{0, 1, 2, 62} {
			t.Run(fmt.Sprint(name, " ", hash), func(t *testing.T) {
				t.Parallel()
				b := newBed(t)
				l := b.open()
				b.append(l, 2)
				if hash == 62 {
					b.append(l, 30)
				}
				old := l.Checkpoint()
				b.append(l, 64-int(old.Size))
				b.change("tree", flip(32*hash+5))
				if err := find(b, l, old); err != nil {
					t.Fatal(err)
				}
				told := b.problems.take()
				if name != "consistent" && told == nil {
					t.Error("nobody was told")
				}
				if err := l.Consistent(t.Context(), old); err != nil {
					t.Error(err)
				}
				if r := b.wantVerified(l); r.Damaged != 0 && name != "consistent" {
					t.Errorf("%d hashes are still damaged", r.Damaged)
				}
			})
		}
	}
}

// The tree file cannot be written for a while: appends go on, proofs too, and it is caught up with later.
func TestTreeFile_failsForAWhile(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 5)
	undo := merkle.CloseTree(l)
	for range 4 {
		b.append(l, 3)
		if b.problems.take() == nil {
			t.Error("nobody was told")
		}
	}
	for seq := range uint64(17) {
		b.wantProof(l, seq+1)
	}
	b.wantVerified(l)
	crashed := b.copyDir()
	undo()
	b.append(l, 1)
	b.wantRoot(l)
	b.wantVerified(l)
	if err := b.problems.take(); err != nil {
		t.Error(err)
	}
	b.close(l)
	b.dir = crashed
	l = b.open()
	b.wantRoot(l)
	b.wantVerified(l)
}

// A reader that began while hashes were in memory only is not disturbed when they are written.
func TestTreeFile_readersKeepTheirs(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	undo := merkle.CloseTree(l)
	b.append(l, 3000)
	records, seq := b.journal.records(t), 0
	for h, err := range l.LeafHashes(t.Context(), 1, 3000) {
		if err != nil || h != tlog.RecordHash(records[seq]) {
			t.Fatalf("hash of record %d: %v, %v", seq+1, h, err)
		}
		if seq++; seq == 1 {
			undo()
			b.append(l, 1)
			b.append(l, 3000)
		}
	}
}

// Killed after any step, a log opens again with all its records.
func TestOpen_afterACrash(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	type crash struct {
		dir  string
		head uint64
	}
	var crashes []crash
	snap := func() error {
		head, err := b.journal.Head(t.Context(), stream)
		crashes = append(crashes, crash{b.copyDir(), head})
		return err
	}
	b.journal.after = snap // the record is there, the tree and the checkpoint are not
	for n := range 9 {
		b.append(l, 1+n)
		if err := snap(); err != nil {
			t.Fatal(err)
		}
	}
	b.journal.after = nil
	b.close(l)
	all := b.journal
	for i, c := range crashes {
		b.dir, b.journal = c.dir, filled(t, all.records(t)[:c.head])
		l := b.open()
		if size := l.Checkpoint().Size; size != c.head {
			t.Errorf("crash %d: size %d, want %d", i, size, c.head)
		}
		b.wantRoot(l)
		b.wantVerified(l)
		// Whoever kept records that were not acknowledged may have lost them, but not those before.
		b.close(l)
	}
}

// A checkpoint that was torn leaves the one before it.
func TestOpen_tornCheckpoint(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	for range 6 {
		b.append(l, 20)
	}
	b.close(l)
	before, err := os.ReadFile(b.file("checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	l = b.open()
	b.append(l, 1) // its slot is that of the older checkpoint
	b.close(l)
	after, err := os.ReadFile(b.file("checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	first := 0
	for before[first] == after[first] {
		first++
	}
	for torn := first + 1; torn < first+400; torn += 5 {
		b.change("checkpoint", func([]byte) []byte { return append(bytes.Clone(after[:torn]), before[torn:]...) })
		l := b.open()
		b.wantRoot(l)
		if size := l.Checkpoint().Size; size != 121 {
			t.Fatalf("torn after %d bytes: size %d", torn, size)
		}
		b.close(l)
	}
}

// Creating a log is all or nothing as well.
func TestOpen_createInterrupted(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.beside(10)
	l := b.open()
	b.close(l)
	if err := os.Remove(b.file("keyring")); err != nil {
		t.Fatal(err)
	}
	l = b.open()
	b.append(l, 3)
	b.wantRoot(l)
	b.close(l)
	// The log has lived: from now on a missing keyring is no crash.
	if err := os.Remove(b.file("keyring")); err != nil {
		t.Fatal(err)
	}
	_, err := b.try()
	b.wantTampering(err, merkle.Lost)
	_, err = b.try(func(o *merkle.Options) { o.Key = nil })
	b.wantTampering(err, merkle.Lost)
}
