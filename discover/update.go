package discover

import (
	"slices"
	"sync"
)

// bulkFrom is the number of changes from which a segment is built for them
// instead of adding them to the delta one by one.
const bulkFrom = 64

// With returns a view in which the documents of remove are gone and those of add
// are there, in place of any with the same key; of several in add with one key
// the last counts. Unknown keys in remove and nil in add are passed over. The
// view itself stays as it is.
//
// The cost depends on the size of the change, and of all versions of the
// modules that it touches, and not on the view: about a microsecond for one
// document. Every few hundred changes have to be merged into the index, which
// With does at once, and takes time in proportion to what is merged; an [Index]
// does that in the background.
func (v *View) With(add []*Doc, remove []Key) *View {
	return v.with(add, remove).tidy()
}

// with is With without merging.
func (v *View) with(add []*Doc, remove []Key) *View {
	e := edit{old: v, new: *v}
	if e.new.pool == nil {
		e.new.pool = new(sync.Pool)
	}
	for _, k := range remove {
		e.remove(k)
	}
	if len(add) > bulkFrom {
		e.bulk(add)
	} else {
		for _, d := range add {
			if d != nil {
				e.add(d)
			}
		}
	}
	return e.done()
}

// edit is a view that is being changed.
type edit struct {
	old   *View
	new   View
	delta deltaEdit
	moved bool // new.segs is a copy
	inDel bool // delta is an edit of new.delta
	empty bool // a segment may have lost its last document
}

func (e *edit) done() *View {
	if e.inDel {
		e.new.delta = e.delta.delta
		if e.new.delta.n == 0 {
			e.new.delta = delta{gen: e.delta.gen}
		}
	}
	if e.empty {
		e.new.order()
	}
	v := e.new
	return &v
}

func (e *edit) deltaEdit() *deltaEdit {
	if !e.inDel {
		e.delta, e.inDel = e.new.delta.edit(), true
	}
	return &e.delta
}

func (e *edit) currentDelta() *delta {
	if e.inDel {
		return &e.delta.delta
	}
	return &e.new.delta
}

// ownSegs makes the list of segments one that may be changed.
func (e *edit) ownSegs() {
	if !e.moved {
		segs := make([]segView, len(e.new.segs), len(e.new.segs)+1)
		copy(segs, e.new.segs)
		e.new.segs, e.moved = segs, true
	}
}

// kill removes a live document of segment i.
func (e *edit) kill(i int, id uint32) {
	e.ownSegs()
	s := &e.new.segs[i]
	s.dead = s.dead.with(e.old.segs[i].dead, len(s.docs), id)
	s.live--
	e.new.n--
	e.empty = e.empty || s.live == 0
}

func (e *edit) remove(k Key) {
	hash := hashString(k.Name)
	for i := range e.new.segs {
		s := &e.new.segs[i]
		if id, ok := s.find(k.Name, hash, &k.Version); ok && !s.dead.has(id) {
			e.kill(i, id)
			return
		}
	}
	if d := e.currentDelta().get(k, hash); d != nil {
		e.deltaEdit().remove(d)
		e.new.n--
	}
}

// add puts a document into the delta, and with it all versions of its name, so
// that the versions of a module are always in one place.
func (e *edit) add(d *Doc) {
	ent := newEntry(d, e.new.opt)
	var room [8]*Doc
	x := e.deltaEdit()
	siblings := x.versions(d.Name, ent.name, room[:0])
	if len(siblings) == 0 {
		siblings = e.pull(d.Name, ent.name, siblings)
		for _, s := range siblings {
			if !sameKey(s, d) {
				x.insert(newEntry(s, e.new.opt))
				e.new.n++
			}
		}
	} else {
		for _, s := range siblings {
			if sameKey(s, d) {
				x.remove(s)
				e.new.n--
			}
		}
	}
	for _, s := range siblings {
		x.scattered = x.scattered || s.Rank != d.Rank
	}
	x.insert(ent)
	e.new.n++
}

// pull removes the documents of a name from the segments and appends them to
// dst.
func (e *edit) pull(name string, hash uint64, dst []*Doc) []*Doc {
	from := len(dst)
	for i := range e.new.segs {
		s := e.new.segs[i].segment
		for p := s.names.find(hash); ; {
			start, end, ok := s.nextRun(&p, name)
			if !ok {
				break
			}
			for id := start; id < end; id++ {
				if !e.new.segs[i].dead.has(id) {
					dst = append(dst, s.docs[id])
					e.kill(i, id)
				}
			}
		}
		if len(dst) > from {
			break // they are all in one place
		}
	}
	return dst
}

// bulk builds a segment for the documents and all other versions of their names.
func (e *edit) bulk(add []*Doc) {
	if slices.Contains(add, nil) {
		add = slices.DeleteFunc(slices.Clone(add), func(d *Doc) bool { return d == nil })
	}
	if len(add) == 0 {
		return
	}
	s := sortOnce(add)
	if e.new.n > 0 {
		var others []*Doc
		for i, d := range s.docs {
			if i == 0 || d.Name != s.docs[i-1].Name {
				others = e.takeAll(d.Name, others)
			}
		}
		if len(others) > 0 {
			s = sortOnce(append(others, s.docs...))
		}
	}
	s.index()
	if e.new.opt.text {
		s.text = buildText(s.docs)
	}
	e.ownSegs()
	e.new.segs = append(e.new.segs, segView{segment: s, live: len(s.docs)})
	e.new.n += len(s.docs)
	e.empty = true // the new one has to find its place
}

// takeAll removes the documents of a name from the view and appends them to dst.
func (e *edit) takeAll(name string, dst []*Doc) []*Doc {
	hash, from := hashString(name), len(dst)
	if e.currentDelta().n > 0 {
		dst = e.currentDelta().versions(name, hash, dst)
		for _, d := range dst[from:] {
			e.deltaEdit().remove(d)
			e.new.n--
		}
	}
	if len(dst) == from {
		dst = e.pull(name, hash, dst)
	}
	return dst
}
