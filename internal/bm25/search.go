package bm25

import "sync"

// searches keeps scratch memory for searches of all segments, which share the table of saturations.
var searches = sync.Pool{New: func() any { return new(search) }}

// search is the scratch memory of a search and its state.
type search struct {
	sats   saturations
	room   [MaxTerms]cursor
	opened int // of room
	top    top
	all    bool // a document has to have every word
	end    uint32

	cursors []*cursor // of the words that have postings left, the highest top first
	rests   []uint32  // the sum of the tops from each cursor on

	win []followed // the same words in the current window, the highest top in it first

	sums    [span]uint32
	touched [span / 64]uint64

	cursorRoom [MaxTerms]*cursor
	restRoom   [MaxTerms + 1]uint32
	winRoom    [MaxTerms + 1]followed
}

// followed is a word in a window.
type followed struct {
	c    *cursor
	top  uint32
	rest uint32 // the sum of the tops from this word on
}

// Search appends to dst the k best of the documents that match q and that accept accepts, best first, and returns it.
// It is exact. Only documents that would be among the best are given to accept, in rising order; nil accepts all.
func (s *Segment) Search(q *Query, st *Stats, accept func(doc uint32) bool, k int, dst []Hit) []Hit {
	x := s.begin(q, st)
	x.top = newTop(dst, k, accept)
	switch {
	case k <= 0 || len(x.cursors) == 0:
	case x.all:
		x.conjunction()
	default:
		x.disjunction()
	}
	return x.finish()
}

// begin takes scratch memory and opens the words of q. If there can be no match it leaves x.cursors empty.
func (s *Segment) begin(q *Query, st *Stats) *search {
	x := searches.Get().(*search)
	x.sats.reset(st.average())
	x.all, x.end = q.mode == All, uint32(len(s.lens))
	x.opened, x.cursors = 0, x.cursorRoom[:0]
	for i, t := range q.terms {
		at, ok := s.find(t)
		switch {
		case ok:
			c := &x.room[x.opened]
			x.opened++
			c.open(s, at, st.idf(i), &x.sats)
			x.cursors = append(x.cursors, c)
		case x.all && st.DF[i] > 0:
			x.cursors = x.cursors[:0]
			return x
		}
	}
	x.arrange()
	return x
}

// finish gives the scratch memory back, without what belongs to the caller or to a segment.
func (x *search) finish() []Hit {
	hits := x.top.sorted()
	x.top = top{}
	for i := range x.room[:x.opened] {
		x.room[i].forget()
	}
	searches.Put(x)
	return hits
}

// arrange orders the cursors and sums up their tops.
func (x *search) arrange() {
	cs := x.cursors
	for i := 1; i < len(cs); i++ {
		for j := i; j > 0 && cs[j].top > cs[j-1].top; j-- {
			cs[j], cs[j-1] = cs[j-1], cs[j]
		}
	}
	x.rests = x.restRoom[:len(cs)+1]
	x.rests[len(cs)] = 0
	for i := len(cs) - 1; i >= 0; i-- {
		x.rests[i] = x.rests[i+1] + cs[i].top
	}
}

// prune takes the cursors at their end away, and reports whether there were any.
func (x *search) prune() bool {
	live := x.cursors[:0]
	for _, c := range x.cursors {
		if !c.done() {
			live = append(live, c)
		}
	}
	if len(live) == len(x.cursors) {
		return false
	}
	x.cursors = live
	x.arrange()
	return true
}

// leaders returns how many of the cursors have to be followed: a document that has none of them cannot be among the
// best.
func (x *search) leaders() int {
	n := len(x.cursors)
	for n > 0 && x.rests[n-1] <= x.top.floor {
		n--
	}
	return n
}

// disjunction goes through the documents window by window.
func (x *search) disjunction() {
	for lo := uint32(0); lo < x.end; {
		n := x.leaders()
		if n == 0 {
			return
		}
		for _, c := range x.cursors {
			c.seek(lo)
		}
		if x.prune() {
			continue
		}
		hi := x.window(lo, n)
		x.enter(hi)
		if x.win[0].rest > x.top.floor {
			if r := x.required(); r > 0 {
				x.lead(lo, hi, r)
			} else {
				x.accumulate(lo, hi)
			}
		}
		lo = hi
	}
}

// window returns where the window from lo on ends: with the first block of a leader to end, or of another word whose
// blocks are not much smaller. With many words it is longer, lest more time goes into windows than into documents.
func (x *search) window(lo uint32, leaders int) (hi uint32) {
	hi = x.end
	df := 0
	for _, c := range x.cursors[:leaders] {
		hi = min(hi, c.last()+1)
		df = max(df, c.df)
	}
	for _, c := range x.cursors[leaders:] {
		if c.df <= 4*df {
			hi = min(hi, c.last()+1)
		}
	}
	if n := len(x.cursors); n > 3 {
		hi = min(x.end, max(hi, lo+uint32(64*n)))
	}
	return hi
}

// enter sets win for a window that ends at hi, behind the last word an empty one.
func (x *search) enter(hi uint32) {
	n := len(x.cursors)
	x.win = x.winRoom[:n+1]
	for i, c := range x.cursors {
		f := followed{c: c, top: c.top}
		if c.last()+1 >= hi {
			f.top = c.blockTop()
		}
		j := i
		for ; j > 0 && x.win[j-1].top < f.top; j-- {
			x.win[j] = x.win[j-1]
		}
		x.win[j] = f
	}
	x.win[n] = followed{}
	for i := n - 1; i >= 0; i-- {
		x.win[i].rest = x.win[i+1].rest + x.win[i].top
	}
}

// required returns how many words of the window, from the first on, a document needs to be among the best.
func (x *search) required() (r int) {
	if x.all {
		return len(x.win) - 1
	}
	for x.win[r].c != nil && x.win[0].rest-x.win[r].top <= x.top.floor {
		r++
	}
	return r
}

// complete looks up the words of the window from i on and offers the document.
func (x *search) complete(doc, sum uint32, i int) {
	for ; x.win[i].c != nil; i++ {
		f := &x.win[i]
		if sum+f.rest <= x.top.floor {
			return
		}
		add, ok := f.c.lookup(doc)
		if !ok && x.all {
			return
		}
		sum += add
	}
	x.top.offer(doc, sum)
}
