package resolve

import (
	"iter"
	"slices"

	"github.com/modreg/modreg/capability"
)

// Index is a [Universe] of candidates in memory, compiled for the solver: who
// answers which requirement is worked out once, and a search looks only at what
// it comes across. It is immutable and safe for concurrent use. A nil *Index is
// empty.
type Index struct {
	graph *graph
}

// NewIndex returns the index of the candidates, which it keeps and which must
// not change from then on. Nil candidates are left out, and of several with one
// name and version all but the first.
func NewIndex(candidates ...*Candidate) *Index {
	g := newGraph()
	g.byName = make(map[string][2]int32, len(candidates))
	sorted := slices.DeleteFunc(slices.Clone(candidates), func(c *Candidate) bool { return c == nil })
	slices.SortStableFunc(sorted, compareNames)
	for _, c := range sorted {
		before := len(g.mods)
		m := g.intern(c)
		if int(m) < before {
			continue
		}
		g.offer(m)
		if of, ok := g.byName[c.Name]; ok {
			g.byName[c.Name] = [2]int32{of[0], m + 1}
		} else {
			g.byName[c.Name] = [2]int32{m, m + 1}
		}
	}
	for m := range g.mods {
		_, _ = g.arcsOf(int32(m)) // fails only where a universe is asked
	}
	return &Index{graph: g}
}

// offer enters what a module provides.
func (g *graph) offer(m int32) {
	c := g.mods[m].cand
	for i := range c.Provides {
		id := c.Provides[i].ID
		g.byID[id] = append(g.byID[id], offer{m, c.Provides[i]})
	}
	id := c.self()
	g.byID[id] = append(g.byID[id], offer{m, capability.Capability{ID: id, Version: c.Version}})
}

// Providers yields the candidates that offer the ID by name, the newest version
// first.
func (x *Index) Providers(id capability.ID) iter.Seq[*Candidate] {
	return func(yield func(*Candidate) bool) {
		if x == nil {
			return
		}
		last := int32(-1)
		for _, o := range x.graph.byID[id] {
			if o.mod == last {
				continue
			}
			last = o.mod
			if !yield(x.graph.mods[o.mod].cand) {
				return
			}
		}
	}
}
