package merkle_test

import (
	"errors"
	"iter"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

// After pruning everything goes on: opening, proofs of what is left, consistency with what is gone, verification.
func TestPrune(t *testing.T) {
	t.Parallel()
	for _, edge := range []uint64{2, 64, 65, 100, 300} {
		b := newBed(t)
		l := b.open()
		b.append(l, 50)
		old := l.Checkpoint()
		b.append(l, 250)
		full := l.Checkpoint()
		gone, err := l.Prove(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Prune(t.Context(), edge); err != nil {
			t.Fatal(err)
		}
		if b.journal.first.Load() != edge {
			t.Fatalf("the journal was pruned before %d, not before %d", b.journal.first.Load(), edge)
		}
		for range 2 {
			if _, err := l.Prove(t.Context(), edge-1); !errors.Is(err, modreg.ErrPruned) {
				t.Errorf("proof of a pruned record: %v", err)
			}
			for _, seq := range []uint64{edge, 300} {
				b.wantProof(l, seq)
			}
			r, err := l.Verify(t.Context(), merkle.VerifyOptions{Known: []merkle.Checkpoint{old, full}})
			if err != nil || r.First != edge || r.Pruned != edge-1 || r.Records+r.Pruned != r.Size {
				t.Errorf("verified %+v, %v", r, err)
			}
			if _, err := gone.Verify(l.Keyring(), origin); err != nil {
				t.Errorf("an old proof: %v", err)
			}
			b.append(l, 3)
			b.close(l)
			l = b.open()
		}
		if err := b.problems.take(); err != nil {
			t.Error(err)
		}
	}
}

func TestPrune_refuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 10)
	b.beside(5)
	undo := merkle.CloseTree(l)
	b.append(l, 1)
	if err := l.Prune(t.Context(), 5); err == nil {
		t.Error("pruned although the hashes could not be written")
	}
	undo()
	if err := l.Prune(t.Context(), 18); !errors.Is(err, merkle.ErrUnsigned) {
		t.Errorf("prune beyond the end: %v", err)
	}
	if b.journal.first.Load() != 0 {
		t.Error("the journal was pruned")
	}
	records := b.journal.records(t)
	records[1] = []byte("forged")
	b.journal.MemJournal = filled(t, records).MemJournal
	b.wantTampering(l.Prune(t.Context(), 5), merkle.Fork)
	if b.journal.first.Load() != 0 {
		t.Error("a forged record was pruned")
	}
}

// The tree file of a pruned log is no longer derived.
func TestPrune_lostTreeFile(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 100)
	if err := l.Prune(t.Context(), 60); err != nil {
		t.Fatal(err)
	}
	b.close(l)
	whole, err := os.ReadFile(b.file("tree"))
	if err != nil {
		t.Fatal(err)
	}
	b.change("tree", func(tree []byte) []byte { return tree[:32*150] }) // of 75 records or so: enough
	l = b.open()
	b.wantVerified(l)
	b.close(l)
	b.change("tree", func(tree []byte) []byte { return tree[:32*100] })
	_, err = b.try()
	b.wantTampering(err, merkle.Lost)
	b.change("tree", func([]byte) []byte { whole[32*3+1] ^= 1; return whole }) // the leaf of record 3
	l, err = b.try()
	if err == nil {
		_, err = l.Verify(t.Context(), merkle.VerifyOptions{})
	}
	b.wantTampering(err, merkle.Fork)
}

// A log is moved with its keyring, its checkpoint and its hashes, and goes on with a pruned journal.
func TestSeed(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 100)
	if err := l.Prune(t.Context(), 40); err != nil {
		t.Fatal(err)
	}
	cp, ring, old := l.Checkpoint(), l.Keyring(), b.dir
	seed := func(change func(tlog.Hash, int) (tlog.Hash, error), upto uint64) error {
		b.dir = t.TempDir()
		return merkle.Seed(b.dir, ring, cp, changed(l.LeafHashes(t.Context(), 1, upto), change))
	}
	same := func(h tlog.Hash, _ int) (tlog.Hash, error) { return h, nil }
	if err := seed(same, 100); err != nil {
		t.Fatal(err)
	}
	restored := b.open()
	if got := restored.Checkpoint(); string(got.Note) != string(cp.Note) {
		t.Errorf("the restored checkpoint is\n%s\nwant\n%s", got.Note, cp.Note)
	}
	b.append(restored, 5)
	b.wantProof(restored, 40)
	b.wantVerified(restored)
	if err := restored.Consistent(t.Context(), cp); err != nil {
		t.Error(err)
	}
	if err := merkle.Seed(old, ring, cp, l.LeafHashes(t.Context(), 1, 100)); err == nil {
		t.Error("seeded over a log")
	}
	if err := seed(same, 99); err == nil {
		t.Error("seeded with too few hashes")
	}
	if left, err := os.ReadDir(b.dir); err != nil || len(left) > 0 {
		t.Errorf("an error left %v, %v", left, err)
	}
	if err := seed(func(h tlog.Hash, i int) (tlog.Hash, error) { h[0] ^= byte(i / 99); return h, nil }, 100); err == nil {
		t.Error("seeded with a wrong hash")
	}
	failed := errors.New("read error")
	if err := seed(func(h tlog.Hash, _ int) (tlog.Hash, error) { return h, failed }, 100); !errors.Is(err, failed) {
		t.Errorf("seeded with an error: %v", err)
	}
}

func changed(hashes iter.Seq2[tlog.Hash, error], how func(tlog.Hash, int) (tlog.Hash, error)) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		i := 0
		for h, err := range hashes {
			if err == nil {
				h, err = how(h, i)
			}
			i++
			if !yield(h, err) {
				return
			}
		}
	}
}

func TestLeafHashes(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 70)
	records := b.journal.records(t)
	for _, span := range [][2]uint64{{1, 70}, {1, 1}, {70, 70}, {33, 64}, {5, 4}} {
		seq := span[0]
		for h, err := range l.LeafHashes(t.Context(), span[0], span[1]) {
			if err != nil || h != tlog.RecordHash(records[seq-1]) {
				t.Fatalf("hash of record %d: %v, %v", seq, h, err)
			}
			seq++
		}
		if seq != span[1]+1 {
			t.Errorf("hashes %v end before %d", span, seq)
		}
	}
	for _, span := range [][2]uint64{{0, 5}, {1, 71}} {
		for _, err := range l.LeafHashes(t.Context(), span[0], span[1]) {
			if err == nil {
				t.Errorf("hashes %v: no error", span)
			}
		}
	}
}
