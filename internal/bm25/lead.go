package bm25

import "math/bits"

// lead goes through a window whose first r words, at least one, are required: it follows the rarest of them and looks
// the others up.
func (x *search) lead(lo, hi uint32, r int) {
	x.promote(r)
	c := x.win[0].c
	for lo < hi {
		if c.seek(lo); c.done() {
			return
		}
		c.parse()
		end := min(hi, c.last()+1)
		if r > 1 && c.head.form >= formBitmap {
			o := x.win[1].c
			if o.seek(lo); o.done() {
				return
			}
			if o.parse(); o.head.form >= formBitmap {
				end = min(end, o.last()+1)
				x.meet(lo, end)
				lo = end
				continue
			}
		}
		x.follow(lo, end)
		lo = end
	}
}

// promote puts the rarest of the first r words first in the window, and keeps the order of the others.
func (x *search) promote(r int) {
	at := 0
	for i := range x.win[:r] {
		if x.win[i].c.df < x.win[at].c.df {
			at = i
		}
	}
	f := x.win[at]
	copy(x.win[1:at+1], x.win[:at])
	x.win[0] = f
	for i := at; i >= 0; i-- {
		x.win[i].rest = x.win[i+1].rest + x.win[i].top
	}
}

// follow goes through the documents of the first word from lo to hi, which are in its current block.
func (x *search) follow(lo, hi uint32) {
	c, rest := x.win[0].c, x.win[1].rest
	longest := x.longest(1)
	c.next(lo)
	for i, doc := range c.below(hi) {
		if int(c.lens[doc]) > longest {
			continue
		}
		if sum := c.impact(c.head.tf(c.pos+i), doc); sum+rest > x.top.floor {
			x.complete(doc, sum, 1)
		}
	}
}

// meet goes through the documents from lo to hi that have the first two words, whose current blocks are bitmaps.
func (x *search) meet(lo, hi uint32) {
	a, b := x.win[0].c, x.win[1].c
	longest := x.longest(2)
	baseA, baseB := a.first>>6, b.first>>6
	for g := lo >> 6; g <= (hi-1)>>6; g++ {
		w := a.head.word(int(g-baseA)) & b.head.word(int(g-baseB))
		if g == lo>>6 {
			w &= ^uint64(0) << (lo & 63)
		}
		if g == (hi-1)>>6 {
			w &= ^uint64(0) >> (63 - (hi-1)&63)
		}
		for ; w != 0; w &= w - 1 {
			doc := g<<6 + uint32(bits.TrailingZeros64(w))
			if int(a.lens[doc]) <= longest {
				x.complete(doc, 0, 0)
			}
		}
	}
}

// longest returns the code of the longest documents that the first n words of the window, each in its current block,
// can make good enough, or -1. It stays an upper bound when the floor rises.
func (x *search) longest(n int) int {
	var rows [2]*[256]uint16
	for i := range n {
		h := &x.win[i].c.head
		rows[i] = x.sats.row(h.palette[len(h.palette)-1])
	}
	lo, hi := 0, 256 // the first length that is too long
	for lo < hi {
		mid := (lo + hi) / 2
		sum := x.win[n].rest
		for i := range n {
			sum += impact(x.win[i].c.idf, rows[i][mid])
		}
		if sum > x.top.floor {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}
