package merkle

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// An edge is a tree of which only the right edge is held: the roots of the full subtrees that make it up, one for every
// set bit of its size. It is all that growing the tree and computing its root take.
type edge struct {
	size  uint64
	roots [64]tlog.Hash // roots[l] is that of the subtree with 1<<l leaves, if bit l of size is set
}

// add appends one leaf, and to out the hashes that a tree file stores for it: the leaf, then the roots of the subtrees
// it completes, as [tlog.StoredHashesForRecordHash] returns them.
func (e *edge) add(out []byte, leaf tlog.Hash) []byte {
	out = append(out, leaf[:]...)
	level := 0
	for ; e.size>>level&1 == 1; level++ {
		leaf = tlog.NodeHash(e.roots[level], leaf)
		out = append(out, leaf[:]...)
	}
	e.roots[level] = leaf
	e.size++
	return out
}

// root returns the root of the tree.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		return emptyRoot()
	}
	rest := e.size
	level := bits.TrailingZeros64(rest)
	h := e.roots[level]
	for rest &= rest - 1; rest != 0; rest &= rest - 1 {
		h = tlog.NodeHash(e.roots[bits.TrailingZeros64(rest)], h)
	}
	return h
}

// emptyRoot is the root of a tree without leaves.
func emptyRoot() tlog.Hash {
	h, _ := tlog.TreeHash(0, nil) // it reads nothing for an empty tree
	return h
}

// readEdge reads the edge of the tree of a size from its stored hashes.
func readEdge(size uint64, h tlog.HashReader) (edge, error) {
	e := edge{size: size}
	var indexes []int64
	for level := range e.roots {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(size>>level)-1))
		}
	}
	found, err := h.ReadHashes(indexes)
	if err != nil {
		return edge{}, err
	}
	for level := range e.roots {
		if size>>level&1 == 1 {
			e.roots[level], found = found[0], found[1:]
		}
	}
	return e, nil
}

// stored returns how many hashes a tree file holds for a tree of a size.
func stored(size uint64) int64 { return tlog.StoredHashCount(int64(size)) }

// wholeLeaves returns the size of the largest tree whose hashes are all among the first count of a tree file.
func wholeLeaves(count int64) uint64 {
	// A tree of n leaves takes 2n minus the number of set bits of n, so n is a little more than half of count.
	n := uint64(count) / 2
	for stored(n+1) <= count {
		n++
	}
	return n
}
