package discover

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// ChangeKind says what happened to a result of a standing query.
type ChangeKind uint8

// The kinds of changes.
const (
	Added   ChangeKind = iota + 1 // a document has come to match
	Changed                       // another document stands for the same thing
	Removed                       // nothing stands for it any more
)

// String returns "added", "changed" or "removed".
func (k ChangeKind) String() string {
	switch k {
	case Added:
		return "added"
	case Changed:
		return "changed"
	case Removed:
		return "removed"
	}
	return fmt.Sprintf("change %d", uint8(k))
}

// Change is a change of the results of a standing query. What a result stands
// for is a module, or with [AllVersions] a version of a module.
type Change struct {
	Kind ChangeKind
	Doc  *Doc // what matches now; nil if Removed
	Old  *Doc // what matched before; nil if Added
}

// maxNoted is how many names a watcher remembers between two looks. Beyond that
// it compares all results.
const maxNoted = 1024

// watcher is what Update tells a standing query. Names that it has noted are
// looked at again; many changes of one are one.
type watcher struct {
	names map[string]struct{} // guarded by Index.mu
	all   bool                // guarded by Index.mu: look at everything
	wake  chan struct{}       // of capacity 1
}

// note takes over what an update touched. The caller holds Index.mu.
func (w *watcher) note(add []*Doc, remove []Key) {
	for _, d := range add {
		if d != nil && !w.all {
			w.noteName(d.Name)
		}
	}
	for _, k := range remove {
		if !w.all {
			w.noteName(k.Name)
		}
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) noteName(name string) {
	w.names[name] = struct{}{}
	if len(w.names) > maxNoted {
		w.all = true
		clear(w.names)
	}
}

// Watch yields what matches the query when the loop starts, each as Added in the
// order of results, and then how that changes, until the context is done, the
// index is closed or the loop is left. Optional requirements, the order by text
// and the limit make no difference to it.
//
// A slow loop delays nobody and uses bounded memory: what changed several times
// while it was busy is reported once, as the difference between what it was told
// and what is. It keeps the view that it was told about alive.
func (x *Index) Watch(ctx context.Context, c *Compiled) iter.Seq[Change] {
	q := c.unordered()
	return func(yield func(Change) bool) {
		w := &watcher{names: map[string]struct{}{}, wake: make(chan struct{}, 1)}
		x.mu.Lock()
		told := x.view.Load()
		x.watchers[w] = struct{}{}
		x.mu.Unlock()
		defer func() {
			x.mu.Lock()
			delete(x.watchers, w)
			x.mu.Unlock()
		}()
		for h := range told.All(q) {
			if ctx.Err() != nil || !yield(Change{Kind: Added, Doc: h.Doc}) {
				return
			}
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-x.closed:
				return
			case <-w.wake:
			}
			now, names, all := x.take(w)
			d := diff{q: q, old: told, now: now, yield: yield}
			if all && !d.everything() || !all && !d.named(names) {
				return
			}
			told = now
		}
	}
}

// take returns the current view and what the watcher noted up to it.
func (x *Index) take(w *watcher) (now *View, names map[string]struct{}, all bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	names, all = w.names, w.all
	w.names, w.all = map[string]struct{}{}, false
	return x.view.Load(), names, all
}

// unordered returns the query with the same matches that asks for nothing that
// makes an order of its own.
func (c *Compiled) unordered() *Compiled {
	q := *c
	q.optional, q.limit = nil, 0
	if words := q.words; words != nil {
		q.words = nil
		accept := c.query.Accept
		q.query.Accept = func(d *Doc) bool { return words.matches(d) && (accept == nil || accept(d)) }
	}
	return &q
}

// diff tells the difference between the results of a query on two views.
type diff struct {
	q        *Compiled
	old, now *View
	yield    func(Change) bool
}

// named compares the results of the given names.
func (d *diff) named(names map[string]struct{}) bool {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		for _, h := range d.old.hitsOf(d.q, name) {
			if !d.was(h) {
				return false
			}
		}
		for _, h := range d.now.hitsOf(d.q, name) {
			if !d.is(h) {
				return false
			}
		}
	}
	return true
}

// everything compares all results, in one walk over both views.
func (d *diff) everything() bool {
	x, y := d.old.exec(d.q), d.now.exec(d.q)
	defer x.free()
	defer y.free()
	if d.q.nothing {
		return true
	}
	m, n := x.merge(d.old, d.q, 0), y.merge(d.now, d.q, 0)
	was, is := m.next(), n.next()
	for was != nil || is != nil {
		order := 0
		if was == nil {
			order = 1
		} else if is != nil {
			order = compareDocs(was, is)
		} else {
			order = -1
		}
		if order <= 0 && !d.was(was) || order > 0 && !d.is(is) {
			return false
		}
		if order <= 0 {
			was = m.next()
		}
		if order >= 0 {
			is = n.next()
		}
	}
	return true
}

// was tells what became of a result of the old view.
func (d *diff) was(h *Doc) bool {
	switch is := d.now.standsFor(d.q, h); is {
	case h:
		return true
	case nil:
		return d.yield(Change{Kind: Removed, Old: h})
	default:
		return d.yield(Change{Kind: Changed, Doc: is, Old: h})
	}
}

// is tells where a result of the new view comes from, unless was does.
func (d *diff) is(h *Doc) bool {
	return d.old.standsFor(d.q, h) != nil || d.yield(Change{Kind: Added, Doc: h})
}

// standsFor returns the result of the view that stands for the same as h.
func (v *View) standsFor(c *Compiled, h *Doc) *Doc {
	for _, d := range v.hitsOf(c, h.Name) {
		if c.query.Policy != AllVersions || sameKey(d, h) {
			return d
		}
	}
	return nil
}

// hitsOf returns the results of a query without text that have the name.
func (v *View) hitsOf(c *Compiled, name string) (hits []*Doc) {
	if c.nothing {
		return nil
	}
	for _, d := range v.versions(name) {
		if !c.match(d) {
			continue
		}
		if c.query.Policy != AllVersions && len(hits) > 0 {
			if c.better(d, hits[0]) {
				hits[0] = d
			}
			continue
		}
		hits = append(hits, d)
	}
	return hits
}

// versions returns the documents of the name.
func (v *View) versions(name string) (docs []*Doc) {
	hash := hashString(name)
	for i := range v.segs {
		s := &v.segs[i]
		for p := s.names.find(hash); ; {
			start, end, ok := s.nextRun(&p, name)
			if !ok {
				break
			}
			for id := start; id < end; id++ {
				if !s.dead.has(id) {
					docs = append(docs, s.docs[id])
				}
			}
		}
	}
	return v.delta.versions(name, hash, docs)
}
