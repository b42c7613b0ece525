package bm25

import (
	"cmp"
	"slices"
)

// Hit is a document that matches, and its score.
type Hit struct {
	Doc   uint32
	Score float32
}

// top keeps the best k of the hits that it is offered: a heap behind what was in dst, the worst at its root.
type top struct {
	dst    []Hit
	base   int // where the hits begin in dst
	k      int
	floor  uint32 // what a score has to exceed
	accept func(doc uint32) bool
}

func newTop(dst []Hit, k int, accept func(doc uint32) bool) top {
	return top{dst: dst, base: len(dst), k: k, accept: accept}
}

// offer takes a hit if it is among the best. Documents are offered in rising order: of equal scores the first wins.
func (t *top) offer(doc, sum uint32) {
	if sum <= t.floor || t.accept != nil && !t.accept(doc) {
		return
	}
	h := Hit{doc, scoreOf(sum)}
	heap := t.dst[t.base:]
	if len(heap) < t.k {
		t.dst = append(t.dst, h)
		heap = t.dst[t.base:]
		up(heap)
	} else {
		heap[0] = h
		down(heap)
	}
	if len(heap) == t.k {
		t.floor = uint32(heap[0].Score * scoreScale)
	}
}

// sorted returns dst with the hits in order, best first.
func (t *top) sorted() []Hit {
	slices.SortFunc(t.dst[t.base:], compare)
	return t.dst
}

// compare orders hits, better ones first.
func compare(a, b Hit) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return cmp.Compare(a.Doc, b.Doc)
}

func worse(a, b Hit) bool { return a.Score < b.Score || a.Score == b.Score && a.Doc > b.Doc }

// up restores the heap after its last place was filled.
func up(heap []Hit) {
	i := len(heap) - 1
	for i > 0 && worse(heap[i], heap[(i-1)/2]) {
		heap[i], heap[(i-1)/2] = heap[(i-1)/2], heap[i]
		i = (i - 1) / 2
	}
}

// down restores the heap after its root was replaced.
func down(heap []Hit) {
	i := 0
	for {
		kid := 2*i + 1
		if kid >= len(heap) {
			return
		}
		if kid+1 < len(heap) && worse(heap[kid+1], heap[kid]) {
			kid++
		}
		if !worse(heap[kid], heap[i]) {
			return
		}
		heap[i], heap[kid] = heap[kid], heap[i]
		i = kid
	}
}
