package resolve

import (
	"cmp"
	"slices"
)

// solution tells the caller what was chosen: the modules that something needs
// or wants, with who answers what.
func (s *solver) solution() *Solution {
	b := binder{solver: s, mods: s.used()}
	b.sort()
	size := len(s.rootArcs)
	for i, m := range b.mods {
		s.place[m] = int32(i) + 1
		size += len(s.g.mods[m].arcs)
	}
	b.bindings = make([]Binding, 0, size)
	b.providers = make([]*Candidate, 0, size)
	sol := &Solution{Steps: s.steps, Conflicts: s.conflicts}
	sol.Roots = b.bind(rootModule, s.rootArcs)
	s.edges, s.ends, s.drafted = s.edges[:0], s.ends[:0], s.drafted[:0]
	for _, m := range b.mods {
		n := &s.g.mods[m]
		s.drafted = append(s.drafted, Chosen{n.cand, b.bind(m, n.arcs)})
		s.ends = append(s.ends, int32(len(s.edges)))
	}
	for _, m := range b.mods {
		s.place[m] = 0
	}
	chosen := s.drafted
	defer clear(chosen)
	order, cycles := startOrder(s.ends, s.edges, &s.room)
	sol.Modules = make([]Chosen, len(order))
	for i, at := range order {
		sol.Modules[i] = chosen[at]
	}
	for _, cycle := range cycles {
		all := make([]*Candidate, len(cycle))
		for i, at := range cycle {
			all[i] = chosen[at].Candidate
		}
		sol.Cycles = append(sol.Cycles, all)
	}
	return sol
}

// binder holds the solution in the making.
type binder struct {
	*solver
	mods      []int32 // by name
	bindings  []Binding
	providers []*Candidate
	base      *base // for what is dropped
}

// used returns the pinned modules, and those that a requirement in the solution
// is bound to: one for each, also if it asks for many.
func (s *solver) used() []int32 {
	s.stamp++
	todo := s.todo[:0]
	add := func(m int32) {
		if m >= 0 && s.stamps[m] != s.stamp {
			s.stamps[m] = s.stamp
			todo = append(todo, m)
		}
	}
	visit := func(of int32, arcs []arc) {
		for _, a := range arcs {
			switch a.kind {
			case wants:
				add(s.provider(rootModule, a.need))
			case needs:
				add(s.provider(of, a.need))
			}
		}
	}
	for _, m := range s.pinned {
		add(m)
	}
	visit(rootModule, s.rootArcs)
	for i := 0; i < len(todo); i++ {
		visit(todo[i], s.g.mods[todo[i]].arcs)
	}
	s.todo = todo
	return todo
}

// sort orders the modules by name. In a shared graph they are numbered so.
func (b *binder) sort() {
	if !b.g.grows {
		slices.Sort(b.mods)
		return
	}
	slices.SortFunc(b.mods, func(x, y int32) int {
		return cmp.Or(compareNames(b.g.mods[x].cand, b.g.mods[y].cand), cmp.Compare(x, y))
	})
}

// bind returns the answers to the requirements of a module.
func (b *binder) bind(of int32, arcs []arc) []Binding {
	if len(arcs) == 0 {
		return nil
	}
	first := len(b.bindings)
	for i, a := range arcs {
		b.bindings = append(b.bindings, b.answer(of, int32(i), a))
	}
	return b.bindings[first:len(b.bindings):len(b.bindings)]
}

func (b *binder) answer(of, i int32, a arc) Binding {
	if a.kind == forbids {
		return Binding{}
	}
	starter := of // of whom the provider must start before
	if a.kind == wants {
		starter = rootModule
	}
	best := b.provider(starter, a.need)
	if best < 0 {
		return Binding{Dropped: b.dropped(of, i, a)}
	}
	first := len(b.providers)
	if !b.requirement(of, int(i)).Many {
		b.provide(of, best, a.kind == needs)
	} else {
		for _, m := range b.need(a.need).list {
			if b.place[m] > 0 {
				b.provide(of, m, a.kind == needs && m == best)
			}
		}
	}
	return Binding{Providers: b.providers[first:len(b.providers):len(b.providers)]}
}

// provide enters a provider, and that it starts before whom it serves: always if
// it must, else if nothing is against it.
func (b *binder) provide(of, m int32, must bool) {
	b.providers = append(b.providers, b.g.mods[m].cand)
	if of != rootModule {
		b.solver.edges = append(b.solver.edges, edge{to: b.place[m] - 1, must: must})
	}
}
