package discover

import "slices"

// searchOptional is Search for a query with optional requirements. It looks at
// every match, since a later one may satisfy more, until it has as many hits as
// are wanted that satisfy everything.
func (v *View) searchOptional(c *Compiled, dst []Hit) []Hit {
	t := top{hits: dst, from: len(dst), limit: c.limit}
	x := v.exec(c)
	for i := range v.segs {
		if w := x.begin(&v.segs[i], c); w != nil {
			t.walk(w)
		}
	}
	for w := (deltaWalk{delta: &v.delta, c: c}); ; {
		d := w.chosen()
		if d == nil {
			break
		}
		t.offer(Hit{Doc: d, Optional: c.welcome(d)})
	}
	x.free()
	slices.SortFunc(t.hits[t.from:], func(a, b Hit) int { return compareHits(&a, &b) })
	return t.hits
}

// walk offers what the walk yields.
func (t *top) walk(w *walk) {
	terms := w.bindOptional()
	if t.full() && int32(len(terms)) < t.worst().Optional {
		return
	}
	var ids [maxBatch]uint32
	var counts [maxBatch]int32
	most := int32(len(terms))
	least := int32(0) // fewer are not of interest any more
	for size := minBatch; most >= least; size = min(2*size, maxBatch) {
		if most > 0 && most == least {
			t.walkStrict(w, ids[0], most)
			return
		}
		n := 0
		for ; n < size; n++ {
			if ids[n] = w.chosen(); ids[n] == noDoc {
				break
			}
		}
		if n == 0 {
			break
		}
		clear(counts[:n])
		for _, b := range terms {
			w.mark(b, ids[:n], counts[:n])
		}
		for i, id := range ids[:n] {
			// Of documents that satisfy as many, the later ones of a segment come
			// later: where one is refused all are.
			if counts[i] >= least && !t.offer(Hit{Doc: w.seg.docs[id], Optional: counts[i]}) {
				least = counts[i] + 1
			}
		}
		ids[0] = ids[n-1] // the last that was looked at
	}
}

// walkStrict goes on behind a document, where only those that satisfy most
// optional requirements, which is all that can be satisfied here, are of
// interest: then they are conditions like the others, and drive the walk.
func (t *top) walkStrict(w *walk, behind uint32, most int32) {
	v := segView{segment: w.seg, dead: w.dead}
	w.reset(w.x, &v, w.c)
	w.strict = true
	if !w.bind() {
		return
	}
	for id := w.next(); id != noDoc; id = w.next() {
		if id <= behind || w.c.query.Policy != AllVersions && !w.speaksAlone(id) {
			continue
		}
		d := w.seg.docs[id]
		if w.c.welcome(d) == most && !t.offer(Hit{Doc: d, Optional: most}) {
			return
		}
	}
}

// bindOptional binds the optional requirements that some document may satisfy.
func (w *walk) bindOptional() []*bound {
	from := len(w.x.terms)
	for i := range w.c.optional {
		b := w.x.bound()
		if w.seg.bindCap(w.x, &w.c.optional[i], b) != never {
			b.req = &w.c.optional[i].Requirement
			w.x.terms = append(w.x.terms, b)
		}
	}
	return w.x.terms[from:]
}

// mark adds one to the counts of the ids that meet the condition.
func (w *walk) mark(b *bound, ids []uint32, counts []int32) {
	var kept [maxBatch]uint32
	copy(kept[:], ids)
	check := b.check
	if check == columnDocs {
		b.check = columnNone
	}
	rest := kept[:b.filter(w.x, kept[:len(ids)])]
	b.check = check
	for i, id := range ids {
		if len(rest) == 0 {
			return
		}
		if rest[0] == id {
			rest = rest[1:]
			if check != columnDocs || w.seg.docs[id].satisfies(b.req) {
				counts[i]++
			}
		}
	}
}

// top keeps the best hits, at the end of a slice, as a heap with the worst of
// them first. Without a limit it keeps all.
type top struct {
	hits  []Hit
	from  int
	limit int
}

func (t *top) full() bool  { return t.limit > 0 && len(t.hits)-t.from == t.limit }
func (t *top) worst() *Hit { return &t.hits[t.from] }

// offer adds a hit, if it is among the best, and reports whether it did.
func (t *top) offer(h Hit) bool {
	if t.limit == 0 {
		t.hits = append(t.hits, h)
		return true
	}
	if !t.full() {
		t.hits = append(t.hits, h)
		t.up(len(t.hits) - 1 - t.from)
		return true
	}
	if w := t.worst(); h.Optional < w.Optional && h.Score == w.Score || compareHits(&h, w) > 0 {
		return false
	}
	*t.worst() = h
	t.down()
	return true
}

func (t *top) up(i int) {
	heap := t.hits[t.from:]
	for i > 0 {
		parent := (i - 1) / 2
		if compareHits(&heap[i], &heap[parent]) <= 0 {
			return
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
}

func (t *top) down() {
	heap := t.hits[t.from:]
	for i := 0; ; {
		kid := 2*i + 1
		if kid >= len(heap) {
			return
		}
		if kid+1 < len(heap) && compareHits(&heap[kid+1], &heap[kid]) > 0 {
			kid++
		}
		if compareHits(&heap[kid], &heap[i]) <= 0 {
			return
		}
		heap[i], heap[kid] = heap[kid], heap[i]
		i = kid
	}
}
