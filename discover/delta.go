package discover

import (
	"sort"

	"github.com/modreg/modreg/internal/bm25"
)

// delta holds the documents that were added last, in the order of results, in
// chunks that are copied on write. All versions of a name that has one in the
// delta are in it.
type delta struct {
	chunks    []*chunk
	n         int
	gen       uint64 // how many changes it has behind it
	scattered bool   // some name may have versions of different rank
}

const chunkLen = 32

// chunk is a part of a delta: documents, and beside them the hash of the name
// and the signature of each, so that most are dismissed without a look at them.
type chunk struct {
	n     int
	gen   uint64 // of the delta for which it was made
	names [chunkLen]uint64
	signs [chunkLen]uint64
	docs  [chunkLen]*Doc
	texts *[chunkLen]bm25.Text // nil if the view is without text
}

// entry is a document as it stands in a chunk.
type entry struct {
	name, sign uint64
	doc        *Doc
	text       *bm25.Text // nil if the view is without text
}

func newEntry(d *Doc, opt options) entry {
	e := entry{name: hashString(d.Name), sign: d.signature(), doc: d}
	if opt.text {
		t := newText(d)
		e.text = &t
	}
	return e
}

// entry returns what insert takes.
func (c *chunk) entry(i int) entry {
	e := entry{name: c.names[i], sign: c.signs[i], doc: c.docs[i]}
	if c.texts != nil {
		e.text = &c.texts[i]
	}
	return e
}

func (c *chunk) insert(at int, e entry) {
	copy(c.names[at+1:c.n+1], c.names[at:c.n])
	copy(c.signs[at+1:c.n+1], c.signs[at:c.n])
	copy(c.docs[at+1:c.n+1], c.docs[at:c.n])
	c.names[at], c.signs[at], c.docs[at] = e.name, e.sign, e.doc
	if e.text != nil {
		if c.texts == nil {
			c.texts = new([chunkLen]bm25.Text)
		}
		copy(c.texts[at+1:c.n+1], c.texts[at:c.n])
		c.texts[at] = *e.text
	}
	c.n++
}

func (c *chunk) remove(at int) {
	copy(c.names[at:], c.names[at+1:c.n])
	copy(c.signs[at:], c.signs[at+1:c.n])
	copy(c.docs[at:], c.docs[at+1:c.n])
	c.docs[c.n-1] = nil
	if c.texts != nil {
		copy(c.texts[at:], c.texts[at+1:c.n])
		c.texts[c.n-1] = bm25.Text{}
	}
	c.n--
}

// split moves the upper half into a new chunk.
func (c *chunk) split() *chunk {
	half := c.n / 2
	up := &chunk{n: c.n - half, gen: c.gen}
	copy(up.names[:], c.names[half:c.n])
	copy(up.signs[:], c.signs[half:c.n])
	copy(up.docs[:], c.docs[half:c.n])
	clear(c.docs[half:c.n])
	if c.texts != nil {
		up.texts = new([chunkLen]bm25.Text)
		copy(up.texts[:], c.texts[half:c.n])
		clear(c.texts[half:c.n])
	}
	c.n = half
	return up
}

// locate returns where d stands or belongs.
func (x *delta) locate(d *Doc) (chunk, at int) {
	chunk = sort.Search(len(x.chunks), func(i int) bool { return compareDocs(x.chunks[i].docs[0], d) > 0 }) - 1
	if chunk < 0 {
		return 0, 0
	}
	c := x.chunks[chunk]
	return chunk, sort.Search(c.n, func(i int) bool { return compareDocs(c.docs[i], d) >= 0 })
}

// deltaEdit is a delta that is being changed. The chunks of its own generation
// are its own; others it copies before it changes them.
type deltaEdit struct{ delta }

func (x *delta) edit() deltaEdit {
	e := deltaEdit{*x}
	e.gen++
	e.chunks = make([]*chunk, len(x.chunks), len(x.chunks)+1)
	copy(e.chunks, x.chunks)
	return e
}

func (x *deltaEdit) owned(i int) *chunk {
	c := x.chunks[i]
	if c.gen != x.gen {
		own := *c
		own.gen = x.gen
		if c.texts != nil {
			texts := *c.texts
			own.texts = &texts
		}
		c = &own
		x.chunks[i] = c
	}
	return c
}

// insert adds a document whose key is not there.
func (x *deltaEdit) insert(e entry) {
	x.n++
	if len(x.chunks) == 0 {
		c := &chunk{gen: x.gen}
		c.insert(0, e)
		x.chunks = append(x.chunks, c)
		return
	}
	i, at := x.locate(e.doc)
	c := x.owned(i)
	if c.n == chunkLen {
		up := c.split()
		x.chunks = append(x.chunks, nil)
		copy(x.chunks[i+2:], x.chunks[i+1:])
		x.chunks[i+1] = up
		if at > c.n {
			c, at = up, at-c.n
		}
	}
	c.insert(at, e)
}

// remove removes a document that is there.
func (x *deltaEdit) remove(d *Doc) {
	x.n--
	i, at := x.locate(d)
	if c := x.owned(i); c.n > 1 {
		c.remove(at)
		return
	}
	x.chunks = append(x.chunks[:i], x.chunks[i+1:]...)
}

// versions appends the documents of the name.
func (x *delta) versions(name string, hash uint64, dst []*Doc) []*Doc {
	for _, c := range x.chunks {
		for i, h := range c.names[:c.n] {
			if h == hash && c.docs[i].Name == name {
				dst = append(dst, c.docs[i])
			}
		}
	}
	return dst
}

// all appends all documents in the order of results.
func (x *delta) all(dst []*Doc) []*Doc {
	for _, c := range x.chunks {
		dst = append(dst, c.docs[:c.n]...)
	}
	return dst
}

// deltaWalk yields the documents of a delta that match a query.
type deltaWalk struct {
	*delta
	c         *Compiled
	chunk, at int
	pending   *Doc // the best version of a module so far
	peeked    *Doc
}

// next returns the next document that matches, without regard to the policy.
func (w *deltaWalk) next() *Doc {
	for ; w.chunk < len(w.chunks); w.chunk, w.at = w.chunk+1, 0 {
		c := w.chunks[w.chunk]
		for w.at < c.n {
			i := w.at
			w.at++
			if c.signs[i]&w.c.need == w.c.need && w.c.match(c.docs[i]) {
				return c.docs[i]
			}
		}
	}
	return nil
}

// chosen returns the next document that matches and makes a result.
func (w *deltaWalk) chosen() *Doc {
	if w.c.query.Policy == AllVersions {
		return w.next()
	}
	for {
		d := w.peeked
		if d == nil {
			d = w.next()
		}
		w.peeked = nil
		switch {
		case w.scattered:
			if d == nil || w.speaks(d) {
				return d
			}
		case w.pending != nil && d != nil && d.Name == w.pending.Name:
			if w.c.better(d, w.pending) {
				w.pending = d
			}
		case w.pending != nil:
			done := w.pending
			w.pending, w.peeked = nil, d
			return done
		case d == nil:
			return nil
		default:
			w.pending = d
		}
	}
}

func (w *deltaWalk) speaks(d *Doc) bool {
	hash := hashString(d.Name)
	for _, c := range w.chunks {
		for i, h := range c.names[:c.n] {
			if e := c.docs[i]; h == hash && e.Name == d.Name && e != d && w.c.match(e) && w.c.better(e, d) {
				return false
			}
		}
	}
	return true
}
