package modreg

import (
	"sync"

	"github.com/modreg/modreg/discover"
)

// A finder keeps the index that Discover asks. A registry that is never asked has none: the first question makes it,
// beside the writer, and from then on the writer enters each change before the snapshot with it is published.
type finder struct {
	reg   *Registry
	index *discover.Index // guarded by reg.w.mu; nil until it is made
	log   []change        // guarded by reg.w.mu; what happens while it is made, nil otherwise

	mu   sync.Mutex // held while it is made, and for past
	past *Snapshot  // of several snapshots from before there was an index, the one asked last
	view *discover.View
}

// indexed returns the index of what the snapshot holds.
func (s *Snapshot) indexed() *discover.View {
	if s.view != nil {
		return s.view
	}
	return s.finder.of(s)
}

// of returns the index of a snapshot that was published without one.
func (f *finder) of(s *Snapshot) *discover.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reg != nil { // nil for a snapshot that was read from a journal
		f.start()
		if now := f.reg.snapshot.Load(); now.view != nil && now.seq == s.seq {
			return now.view
		}
	}
	if f.past != s {
		f.past, f.view = s, discover.NewView(discover.WithText()).With(s.documents(), nil)
	}
	return f.view
}

// start makes the index, unless there is one or the registry closes. It is called with f.mu held.
func (f *finder) start() {
	r := f.reg
	if !r.begin() {
		return
	}
	defer r.work.Done()
	r.w.mu.Lock()
	base := r.snapshot.Load()
	if f.index != nil {
		r.w.mu.Unlock()
		return
	}
	f.log = []change{}
	r.w.mu.Unlock()

	x := discover.From(discover.NewView(discover.WithText()).With(base.documents(), nil))

	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	s := *r.snapshot.Load()
	s.view = x.Update(s.moved(f.log))
	f.index, f.log = x, nil
	r.snapshot.Store(&s)
}

// enter gives the snapshot that is about to be published its index. It is called with reg.w.mu held.
func (f *finder) enter(s *Snapshot, changes []change) {
	s.view = nil
	switch {
	case f.index != nil:
		s.view = f.index.Update(s.moved(changes))
	case f.log != nil:
		f.log = append(f.log, changes...)
	}
}

// close stops what the index does in the background.
func (f *finder) close() {
	f.reg.w.mu.Lock()
	x := f.index
	f.reg.w.mu.Unlock()
	if x != nil {
		x.Close()
	}
}

// documents returns all versions for an index.
func (s *Snapshot) documents() []*discover.Doc {
	all := make([]*discover.Doc, 0, s.versions)
	for name, active := range s.active.All() {
		m, ok := s.modules.Get(name)
		if !ok {
			all = append(all, document(active, true))
			continue
		}
		for _, v := range m.versions {
			all = append(all, document(v, v == m.active))
		}
	}
	return all
}

// moved returns what the changes that led to the snapshot mean for an index.
func (s *Snapshot) moved(changes []change) (add []*discover.Doc, remove []discover.Key) {
	for _, c := range changes {
		if c.kind == EventConfigured {
			continue
		}
		for _, v := range [2]*version{c.v, c.was} {
			if v == nil {
				continue
			}
			// What counts is what there is now: one batch may unregister a version and register it anew.
			m, ok := s.module(v.name)
			var now *version
			if ok {
				now = m.find(v.vers)
			}
			if now == nil {
				remove = append(remove, discover.Key{Name: v.name, Version: v.vers})
			} else {
				add = append(add, document(now, now == m.active))
			}
		}
	}
	return add, remove
}

func document(v *version, active bool) *discover.Doc {
	w := v.words()
	return &discover.Doc{
		Name: v.name, Version: v.vers, Active: active, Kind: v.kind, Licence: w.Licence, Description: w.Description,
		Metadata: w.Metadata, Provides: v.provides, Ref: v,
	}
}

// found is the module that a document stands for.
func found(d *discover.Doc) Module { return Module{v: d.Ref.(*version), active: d.Active} }
