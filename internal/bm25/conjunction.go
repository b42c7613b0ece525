package bm25

// conjunction goes through the documents of the rarest word, block by block.
func (x *search) conjunction() {
	rarest := x.cursors[0]
	for _, c := range x.cursors[1:] {
		if c.df < rarest.df {
			rarest = c
		}
	}
	for lo := uint32(0); x.rests[0] > x.top.floor; {
		for _, c := range x.cursors {
			if c.seek(lo); c.done() {
				return
			}
		}
		hi := rarest.last() + 1
		x.enter(hi)
		if x.win[0].rest > x.top.floor {
			x.lead(lo, hi, len(x.cursors))
		}
		lo = hi
	}
}

// SearchAmong is Search for a filter that lets few documents through: only those that next gives are considered.
// next returns the first of them from a number on, and whether there is one; it is asked in rising order. It is the
// quicker way for less than about one document in thirty.
func (s *Segment) SearchAmong(q *Query, st *Stats, next func(from uint32) (doc uint32, ok bool), k int, dst []Hit) []Hit {
	x := s.begin(q, st)
	x.top = newTop(dst, k, nil)
	if k > 0 && len(x.cursors) > 0 {
		x.among(next)
	}
	return x.finish()
}

func (x *search) among(next func(from uint32) (doc uint32, ok bool)) {
	need := len(x.cursors)
	for doc, ok := next(0); ok && doc < x.end; {
		for _, c := range x.cursors {
			c.seek(doc)
		}
		if x.prune() && (x.all && len(x.cursors) < need || len(x.cursors) == 0) {
			return
		}
		hi := x.end
		for _, c := range x.cursors {
			hi = min(hi, c.last()+1)
		}
		if x.enter(hi); x.win[0].rest > x.top.floor {
			for ; ok && doc < hi; doc, ok = next(doc + 1) {
				x.complete(doc, 0, 0)
			}
		} else {
			doc, ok = next(hi)
		}
	}
}
