package discover

import "sort"

// A feed is one of the sources of a search, with the documents that it yielded
// and that the search has not taken.
type feed struct {
	walk   *walk
	delta  *deltaWalk
	docs   [feedLen]*Doc
	lo, hi int
	size   int // of the next filling
	high   int // how far docs was ever used
	done   bool
}

const feedLen = 32

// fill takes the next documents from the source, and reports whether there are
// any.
func (f *feed) fill() bool {
	f.lo, f.hi = 0, 0
	if f.done {
		return false
	}
	size := f.size
	f.size = min(2*size, feedLen)
	if f.walk != nil {
		for f.hi < size {
			id := f.walk.chosen()
			if id == noDoc {
				f.done = true
				break
			}
			f.docs[f.hi] = f.walk.seg.docs[id]
			f.hi++
		}
	} else {
		for f.hi < size {
			d := f.delta.chosen()
			if d == nil {
				f.done = true
				break
			}
			f.docs[f.hi] = d
			f.hi++
		}
	}
	f.high = max(f.high, f.hi)
	return f.hi > 0
}

// merger joins the feeds of an exec in the order of results.
type merger struct {
	x    *exec
	best *feed
	safe int // documents of best before this position come before those of all others
}

// merge starts the search. The first feed, which is the largest segment, is
// expected to yield most of about want documents.
func (x *exec) merge(v *View, c *Compiled, want int) merger {
	if want <= 0 || want > feedLen {
		want = feedLen
	}
	small := min(want, 4)
	for i := range v.segs {
		if w := x.begin(&v.segs[i], c); w != nil {
			x.feed(w, nil, small)
		}
	}
	if v.delta.n > 0 {
		x.delta = deltaWalk{delta: &v.delta, c: c}
		x.feed(nil, &x.delta, small)
	}
	if len(x.feeds) > 0 {
		x.feeds[0].size = want
	}
	return merger{x: x}
}

func (x *exec) feed(w *walk, d *deltaWalk, size int) {
	x.feeds = x.feeds[:len(x.feeds)+1]
	f := &x.feeds[len(x.feeds)-1]
	f.walk, f.delta, f.lo, f.hi, f.size, f.done = w, d, 0, 0, size, false
}

// next returns the next document, or nil.
func (m *merger) next() *Doc {
	for m.best == nil || m.best.lo >= m.safe {
		if !m.choose() {
			return nil
		}
	}
	m.best.lo++
	return m.best.docs[m.best.lo-1]
}

// choose finds the feed whose next document comes first, and how many of its
// documents come before those of the second.
func (m *merger) choose() bool {
	m.best, m.safe = nil, 0
	var second *Doc
	for i := range m.x.feeds {
		f := &m.x.feeds[i]
		if f.lo == f.hi && !f.fill() {
			continue
		}
		d := f.docs[f.lo]
		switch {
		case m.best == nil:
			m.best = f
		case compareDocs(d, m.best.docs[m.best.lo]) < 0:
			second, m.best = m.best.docs[m.best.lo], f
		case second == nil || compareDocs(d, second) < 0:
			second = d
		}
	}
	if m.best == nil {
		return false
	}
	m.safe = m.best.hi
	if second != nil && compareDocs(m.best.docs[m.safe-1], second) > 0 {
		rest := m.best.docs[m.best.lo:m.best.hi]
		m.safe = m.best.lo + sort.Search(len(rest), func(i int) bool { return compareDocs(rest[i], second) > 0 })
	}
	return true
}
