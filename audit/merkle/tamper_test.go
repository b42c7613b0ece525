package merkle_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/audit/merkle"
)

const size = 200 // of the log in these tests

// A forgery changes the records of a journal.
type forgery struct {
	name string
	kind merkle.Tampering
	at   uint64 // the first record that differs, if the log is not shorter
	how  func(records [][]byte) [][]byte
}

func forgeries() []forgery {
	edit := func(n int) func([][]byte) [][]byte {
		return func(r [][]byte) [][]byte {
			r[n-1] = append(bytes.Clone(r[n-1]), ' ')
			return r
		}
	}
	return []forgery{
		{"edit the first", merkle.Fork, 1, edit(1)},
		{"edit one", merkle.Fork, 77, edit(77)},
		{"edit the last", merkle.Fork, size, edit(size)},
		{"empty one", merkle.Fork, 150, func(r [][]byte) [][]byte { r[149] = nil; return r }},
		{"delete one", merkle.Rollback, 0, func(r [][]byte) [][]byte { return slices.Delete(r, 50, 51) }},
		{"replace by deleting and appending", merkle.Fork, 51, func(r [][]byte) [][]byte {
			return append(slices.Delete(r, 50, 51), []byte("another"))
		}},
		{"insert one", merkle.Fork, 100, func(r [][]byte) [][]byte { return slices.Insert(r, 99, []byte("inserted")) }},
		{"swap two", merkle.Fork, 10, func(r [][]byte) [][]byte { r[9], r[19] = r[19], r[9]; return r }},
		{"cut off the last", merkle.Rollback, 0, func(r [][]byte) [][]byte { return r[:size-1] }},
		{"cut off half", merkle.Rollback, 0, func(r [][]byte) [][]byte { return r[:size/2] }},
		{"cut off all", merkle.Rollback, 0, func([][]byte) [][]byte { return nil }},
		{"cut off and append others", merkle.Fork, 191, func(r [][]byte) [][]byte {
			return append(r[:190], randomRecords(30)...)
		}},
	}
}

// Every forgery is found: while the log is open, at opening if the tree file is gone too, and by Verify otherwise.
func TestTampering_records(t *testing.T) {
	t.Parallel()
	for _, f := range forgeries() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			l := b.open()
			b.append(l, size)
			b.close(l)
			whole := b.dir
			b.journal = filled(t, f.how(b.journal.records(t)))

			found := func(err error) {
				t.Helper()
				e := b.tampering(err, f.kind)
				if e.Size != size || e.Origin != origin || e.Note == nil {
					t.Errorf("found as %+v", e)
				}
			}
			l, err := b.try()
			if err == nil {
				r, verr := l.Verify(t.Context(), merkle.VerifyOptions{})
				e := b.tampering(verr, f.kind)
				if e.Record != f.at {
					t.Errorf("%v; want record %d (%+v)", verr, f.at, r)
				}
				_, perr := l.Prove(t.Context(), f.at)
				b.wantTampering(perr, merkle.Fork)
				b.close(l)
			} else {
				found(err)
			}
			b.dir = t.TempDir()
			if err := os.CopyFS(b.dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(b.file("tree")); err != nil {
				t.Fatal(err)
			}
			// What was appended in a log that opened is signed by now: the copy may cover more.
			if _, err = b.try(); err == nil {
				t.Fatal("opened without its tree file")
			}
			b.wantTampering(err, f.kind)
		})
	}
}

// The holder of the key can rewrite records and sign again. What was kept outside contradicts that.
func TestTampering_withTheKey(t *testing.T) {
	t.Parallel()
	for _, f := range forgeries() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			l := b.open()
			b.append(l, size)
			kept := l.Checkpoint()
			b.close(l)
			b.journal = filled(t, f.how(b.journal.records(t)))
			b.dir = t.TempDir() // everything anew, with the real key
			l = b.open()
			b.wantTampering(l.Consistent(t.Context(), kept), f.kind)
			_, err := l.Verify(t.Context(), merkle.VerifyOptions{Known: []merkle.Checkpoint{kept}})
			b.wantTampering(err, f.kind)
			b.wantVerified(l) // without the outside checkpoint nothing is wrong with it
		})
	}
}

// A log whose tree file holds the old tree, but which is signed over other records, does not pass as an extension.
func TestTampering_oldTreeFile(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 128)
	kept := l.Checkpoint()
	b.append(l, 72)
	b.close(l)
	old, err := os.ReadFile(b.file("tree"))
	if err != nil {
		t.Fatal(err)
	}
	records := b.journal.records(t)
	records[4] = []byte("forged")
	b.journal, b.dir = filled(t, records), t.TempDir()
	l = b.open()
	copy128 := 32 * 255 // all up to the root of the first 128 records
	b.change("tree", func(tree []byte) []byte { return append(bytes.Clone(old[:copy128]), tree[copy128:]...) })
	b.wantTampering(l.Consistent(t.Context(), kept), merkle.Fork)
}

// Hashes that are damaged as well do not mislead about which record it was.
func TestTampering_damagedTreeFile(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, size)
	records := b.journal.records(t)
	records[76] = []byte("forged")
	b.journal.MemJournal = filled(t, records).MemJournal
	b.change("tree", func(tree []byte) []byte {
		tree[32*2] ^= 1                             // the subtree of records 1 and 2
		tree[32*tlog.StoredHashIndex(0, 9)+3] ^= 1  // record 10
		tree[32*tlog.StoredHashIndex(0, 99)+3] ^= 1 // record 100
		return tree
	})
	_, err := l.Verify(t.Context(), merkle.VerifyOptions{})
	if e := b.tampering(err, merkle.Fork); e.Record != 77 {
		t.Errorf("%v; want record 77", err)
	}
}

func TestTampering_checkpoint(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kind  merkle.Tampering
		forge func(b *bed, cp merkle.Checkpoint) []byte
	}{
		"another key": {merkle.ForeignKey, func(b *bed, cp merkle.Checkpoint) []byte {
			return merkle.SignForTest(b, cp, newKey(b))
		}},
		"larger than the log": {merkle.Rollback, func(b *bed, cp merkle.Checkpoint) []byte {
			cp.Size++
			return merkle.SignForTest(b, cp, b.key)
		}},
		"another root": {merkle.Fork, func(b *bed, cp merkle.Checkpoint) []byte {
			cp.Root[3] ^= 1
			return merkle.SignForTest(b, cp, b.key)
		}},
		"another origin": {merkle.ForeignOrigin, func(b *bed, cp merkle.Checkpoint) []byte {
			cp.Origin = "modreg/node/other"
			return merkle.SignForTest(b, cp, b.key)
		}},
		"another origin and key": {merkle.ForeignOrigin, func(b *bed, cp merkle.Checkpoint) []byte {
			cp.Origin = "modreg/node/other"
			return merkle.SignForTest(b, cp, newKey(b))
		}},
		"edited": {merkle.Lost, func(_ *bed, cp merkle.Checkpoint) []byte {
			return bytes.Replace(cp.Note, []byte("\n200\n"), []byte("\n100\n"), 1)
		}},
		"garbage": {merkle.Lost, func(*bed, merkle.Checkpoint) []byte { return []byte("garbage\n") }},
		"nothing": {merkle.Lost, func(*bed, merkle.Checkpoint) []byte { return nil }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			l := b.open()
			b.append(l, size)
			cp := l.Checkpoint()
			b.close(l)
			slot := append(c.forge(b, cp), bytes.Repeat([]byte("\n"), 4096)...)[:4096]
			b.change("checkpoint", func([]byte) []byte { return append(slot, slot...) })
			_, err := b.try()
			b.wantTampering(err, c.kind)
			_, err = b.try(func(o *merkle.Options) { o.Key = nil })
			b.wantTampering(err, c.kind)
		})
	}
}

func TestTampering_keyring(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	trust := l.Keyring().First()
	b.append(l, 3)
	b.append(l, 1)
	b.close(l)
	own, err := os.ReadFile(b.file("keyring"))
	if err != nil {
		t.Fatal(err)
	}
	other := newBed(t)
	other.close(other.open())
	foreign, err := os.ReadFile(other.file("keyring"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"another log's": string(foreign),
		"edited":        strings.Replace(string(own), "time 20", "time 21", 1),
		"empty":         "",
		"cut":           string(own[:len(own)-9]),
	} {
		b.change("keyring", func([]byte) []byte { return []byte(text) })
		if _, err := b.try(func(o *merkle.Options) { o.Key, o.Trust = nil, trust }); err == nil {
			t.Errorf("%s: opened", name)
		} else {
			b.wantTampering(err, merkle.ForeignKey)
		}
		if _, err := b.try(); err == nil {
			t.Errorf("%s: opened with the key", name)
		}
	}
}

func TestConsistent(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	var kept []merkle.Checkpoint
	for n := range 20 {
		kept = append(kept, l.Checkpoint())
		b.append(l, 1+n)
	}
	for _, cp := range append(kept, l.Checkpoint()) {
		if err := l.Consistent(t.Context(), cp); err != nil {
			t.Errorf("size %d: %v", cp.Size, err)
		}
		cp.Root[0] ^= 1
		b.wantTampering(l.Consistent(t.Context(), cp), merkle.Fork)
		cp.Origin += "x"
		b.wantTampering(l.Consistent(t.Context(), cp), merkle.ForeignOrigin)
	}
	ahead := l.Checkpoint()
	ahead.Size++
	b.wantTampering(l.Consistent(t.Context(), ahead), merkle.Rollback)
	r, err := l.Verify(t.Context(), merkle.VerifyOptions{Known: kept})
	if err != nil || r.Marks < len(kept) {
		t.Errorf("verified %+v, %v", r, err)
	}
}

var _ note.Verifiers = (*merkle.Keyring)(nil)
