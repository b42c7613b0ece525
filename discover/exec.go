package discover

import (
	"sync"

	"github.com/modreg/modreg/internal/bm25"
)

// exec is the scratch of one search. It is pooled so that a search allocates
// nothing.
type exec struct {
	pool   *sync.Pool // where it comes from; nil for a view that has none
	bounds []bound
	terms  []*bound
	ids    []uint32
	bitmap [chunkDocs / wordBits]uint64
	words  []bm25.Hit
	walks  []walk
	delta  deltaWalk
	feeds  []feed
}

// exec takes a scratch with room for a query on so many segments. The room
// is made beforehand because walks keep pointers to it.
func (v *View) exec(c *Compiled) *exec {
	x, ok := (*exec)(nil), false
	if v.pool != nil {
		x, ok = v.pool.Get().(*exec)
	}
	if !ok {
		x = new(exec)
	}
	x.pool = v.pool
	segs := len(v.segs)
	need := segs * c.terms()
	if cap(x.bounds) < need {
		x.bounds = make([]bound, 0, need)
		x.terms = make([]*bound, 0, need)
	}
	if cap(x.walks) < segs {
		x.walks = make([]walk, 0, segs)
	}
	if cap(x.feeds) < segs+1 {
		x.feeds = make([]feed, 0, segs+1)
	}
	return x
}

// free gives the scratch back, without references to the index, so that it
// keeps no segment alive.
func (x *exec) free() {
	clear(x.bounds)
	clear(x.terms)
	for i := range x.walks {
		w := &x.walks[i]
		w.seg, w.dead, w.c, w.x, w.terms, w.driver = nil, nil, nil, nil, nil, nil
	}
	for i := range x.feeds {
		f := &x.feeds[i]
		clear(f.docs[:f.high])
		f.walk, f.delta, f.high = nil, nil, 0
	}
	x.delta = deltaWalk{}
	x.bounds, x.terms, x.ids = x.bounds[:0], x.terms[:0], x.ids[:0]
	x.walks, x.feeds = x.walks[:0], x.feeds[:0]
	if pool := x.pool; pool != nil {
		x.pool = nil
		pool.Put(x)
	}
}

func (x *exec) bound() *bound {
	x.bounds = append(x.bounds, bound{})
	return &x.bounds[len(x.bounds)-1]
}

// begin adds a walk over the segment, unless nothing in it can match.
func (x *exec) begin(v *segView, c *Compiled) *walk {
	x.walks = x.walks[:len(x.walks)+1]
	w := &x.walks[len(x.walks)-1]
	w.reset(x, v, c)
	if w.bind() {
		return w
	}
	x.walks = x.walks[:len(x.walks)-1]
	return nil
}
