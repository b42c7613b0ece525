package merkle

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The edge grows as the stored hashes of tlog do, has the same root, and can be read back at every size.
func TestEdge(t *testing.T) {
	t.Parallel()
	var e edge
	var all []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = all[index]
		}
		return found, nil
	})
	for n := range int64(700) {
		if want, err := tlog.TreeHash(n, read); err != nil || e.root() != want {
			t.Fatalf("root of size %d: %v, want %v, %v", n, e.root(), want, err)
		}
		again, err := readEdge(uint64(n), read)
		if err != nil || again.root() != e.root() {
			t.Fatalf("edge of size %d read back: %v, %v", n, again.root(), err)
		}
		leaf := tlog.RecordHash([]byte{byte(n), byte(n >> 8)})
		want, err := tlog.StoredHashesForRecordHash(n, leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		got := e.add(nil, leaf)
		for i, h := range want {
			if tlog.Hash(got[i*tlog.HashSize:][:tlog.HashSize]) != h {
				t.Fatalf("stored hash %d of leaf %d", i, n)
			}
		}
		if len(got) != len(want)*tlog.HashSize {
			t.Fatalf("leaf %d stores %d bytes", n, len(got))
		}
		all = append(all, want...)
	}
}

func TestWholeLeaves(t *testing.T) {
	t.Parallel()
	check := func(n uint64) {
		t.Helper()
		if got := wholeLeaves(stored(n)); got != n {
			t.Fatalf("%d hashes are of %d leaves, want %d", stored(n), got, n)
		}
		if next := stored(n + 1); wholeLeaves(next-1) != n {
			t.Fatalf("%d hashes are of %d leaves, want %d", next-1, wholeLeaves(next-1), n)
		}
	}
	for n := range uint64(3000) {
		check(n)
	}
	for range 1000 {
		check(rand.Uint64N(maxSize))
	}
}
