package bm25

import "math/bits"

// span is how many documents are scored at once when several words have to be followed.
const span = 4096

// accumulate follows as many words of the window as needed, and looks the others up.
func (x *search) accumulate(lo, hi uint32) {
	n := len(x.win) - 1
	for n > 0 && x.win[n-1].rest <= x.top.floor {
		n--
	}
	for lo < hi {
		first := hi
		for _, f := range x.win[:n] {
			if doc, ok := f.c.next(lo); ok {
				first = min(first, doc)
			}
		}
		lo = min(hi, first&^63+span)
		if first < hi {
			x.chunk(first, lo, n)
		}
	}
}

// chunk scores the documents from lo to hi by the first n words of the window, and the best of them by the others.
func (x *search) chunk(lo, hi uint32, n int) {
	base := lo &^ 63
	for _, f := range x.win[:n] {
		x.add(f.c, base, hi)
	}
	if x.dense(base, hi, n) {
		for ; x.win[n].c != nil; n++ {
			x.win[n].c.next(lo)
			x.add(x.win[n].c, base, hi)
		}
	}
	rest := x.win[n].rest
	for i := range x.touched[:(hi-base+63)>>6] {
		for w := x.touched[i]; w != 0; w &= w - 1 {
			at := i<<6 + bits.TrailingZeros64(w)
			sum := x.sums[at]
			x.sums[at] = 0
			if sum+rest > x.top.floor {
				x.complete(base+uint32(at), sum, n)
			}
		}
		x.touched[i] = 0
	}
}

// dense reports whether so many documents of a chunk remain after n words that it is faster to add up all postings of
// the others than to look each up.
func (x *search) dense(base, hi uint32, n int) bool {
	others := x.win[n : len(x.win)-1]
	if len(others) == 0 {
		return false
	}
	postings := 0
	for _, f := range others {
		postings += f.c.df
	}
	postings = int(uint64(postings) * uint64(hi-base) / uint64(x.end))
	rest, candidates := x.win[n].rest, 0
	for i := range x.touched[:(hi-base+63)>>6] {
		for w := x.touched[i]; w != 0; w &= w - 1 {
			if x.sums[i<<6+bits.TrailingZeros64(w)]+rest > x.top.floor {
				candidates++
			}
		}
	}
	return candidates*len(others) > postings
}

// add adds the postings of c from its place to hi to the sums, which begin with base.
func (x *search) add(c *cursor, base, hi uint32) {
	for !c.done() {
		c.unpack()
		docs := c.below(hi)
		x.scatter(c, docs, base)
		if c.pos += len(docs); c.pos < len(c.docs) {
			return
		}
		c.enter(c.b + 1)
	}
}

// scatter adds what postings of the current block of c contribute to the sums, which begin with base.
func (x *search) scatter(c *cursor, docs []uint32, base uint32) {
	lens, idf := c.lens, c.idf
	if c.head.tfWidth == 0 {
		row := c.sats.row(c.head.palette[0])
		for _, doc := range docs {
			at := (doc - base) % span
			x.sums[at] += impact(idf, row[lens[doc]])
			x.touched[at/64] |= 1 << (at % 64)
		}
		return
	}
	for i, doc := range docs {
		at := (doc - base) % span
		x.sums[at] += c.impact(c.head.tf(c.pos+i), doc)
		x.touched[at/64] |= 1 << (at % 64)
	}
}
