package discover

import (
	"iter"
	"slices"
	"sync"
)

// View is the contents of an index at one moment. It never changes: every
// method is safe for concurrent use, and [View.With] makes a new one that
// shares almost everything with it. The zero View is empty and ready to use.
type View struct {
	segs  []segView // the largest first
	delta delta
	n     int
	opt   options
	pool  *sync.Pool // of exec, shared with the views made from this one
}

// segView is a segment and which of its documents are still there.
type segView struct {
	*segment
	dead tombs
	live int
}

// Option is a setting of a [View] or an [Index].
type Option interface{ apply(o *options) }

type options struct{ text bool }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

// WithText makes an index of the words in names, descriptions and capabilities.
// Without it, which is the default, a query with text looks at every document
// that meets its other conditions.
func WithText() Option { return optionFunc(func(o *options) { o.text = true }) }

// NewView returns an empty view.
func NewView(opts ...Option) *View {
	v := &View{pool: new(sync.Pool)}
	for _, o := range opts {
		o.apply(&v.opt)
	}
	return v
}

// Len returns the number of documents.
func (v *View) Len() int { return v.n }

// Get returns the document with the key, or nil.
func (v *View) Get(k Key) *Doc {
	hash := hashString(k.Name)
	for i := range v.segs {
		if id, ok := v.segs[i].find(k.Name, hash, &k.Version); ok && !v.segs[i].dead.has(id) {
			return v.segs[i].docs[id]
		}
	}
	return v.delta.get(k, hash)
}

func (x *delta) get(k Key, hash uint64) *Doc {
	for _, c := range x.chunks {
		for i, h := range c.names[:c.n] {
			if d := c.docs[i]; h == hash && d.Name == k.Name && d.Version.Compare(k.Version) == 0 {
				return d
			}
		}
	}
	return nil
}

// Search appends the hits to dst, the best first, at most as many as the limit
// of the query. Best is, with text, the higher score; then who satisfies more
// optional requirements; then the higher rank, the lesser name by bytes, and
// the higher version. It allocates only if dst is too short.
func (v *View) Search(c *Compiled, dst []Hit) []Hit {
	switch {
	case c.nothing:
		return dst
	case c.words != nil:
		return v.searchText(c, dst)
	case len(c.optional) > 0:
		return v.searchOptional(c, dst)
	}
	x := v.exec(c)
	m := x.merge(v, c, c.limit)
	for n := 0; c.limit == 0 || n < c.limit; n++ {
		d := m.next()
		if d == nil {
			break
		}
		dst = append(dst, Hit{Doc: d})
	}
	x.free()
	return dst
}

// All yields the hits in the order of [View.Search], at most as many as the
// limit of the query. A query without text and optional requirements finds them
// one by one as the caller goes; others find all before the first.
func (v *View) All(c *Compiled) iter.Seq[Hit] {
	return func(yield func(Hit) bool) {
		if c.nothing || c.words != nil || len(c.optional) > 0 {
			for _, h := range v.Search(c, nil) {
				if !yield(h) {
					return
				}
			}
			return
		}
		x := v.exec(c)
		defer x.free() // the caller's loop may panic
		m := x.merge(v, c, c.limit)
		for n := 0; c.limit == 0 || n < c.limit; n++ {
			if d := m.next(); d == nil || !yield(Hit{Doc: d}) {
				return
			}
		}
	}
}

// liveDocs returns the documents of the segment that are still there, in order.
func (s *segView) liveDocs() []*Doc {
	if s.live == len(s.segment.docs) {
		return s.segment.docs
	}
	out := make([]*Doc, 0, s.live)
	for id, d := range s.segment.docs {
		if !s.dead.has(uint32(id)) {
			out = append(out, d)
		}
	}
	return out
}

// order sorts the segments, the largest first, and drops the empty ones. The
// slice must be the view's own.
func (v *View) order() {
	v.segs = slices.DeleteFunc(v.segs, func(s segView) bool { return s.live == 0 })
	slices.SortStableFunc(v.segs, func(a, b segView) int { return b.live - a.live })
}
