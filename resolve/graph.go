package resolve

import (
	"cmp"
	"slices"
	"sync"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// graph is a universe in numbers: modules, and needs, which are requirements
// that the same modules answer. The graph of an [Index] is complete and shared
// by searches; any other grows while one search asks its universe.
type graph struct {
	mods    []node
	needs   []need
	slots   [][]int32 // the modules that exclude each other
	byKey   map[moduleKey]int32
	byName  map[string][2]int32 // of a complete graph: from and to; the versions of a name stand together
	bySlot  map[slotKey]int32
	byID    map[capability.ID][]offer
	needOf  map[capability.Requirement]int32 // flags cleared
	others  map[[2]int32]int32               // by need and module: the need without the module
	lowest  bool                             // lists prefer the lowest versions
	wishful bool                             // some module has an optional requirement
	guarded bool                             // some module is yanked or has a digest
	pinned  []int32                          // offer what they do although the universe may not know them
	unknown func(id capability.ID) ([]offer, error)

	grows   bool       // while it is searched, by one at a time
	mu      sync.Mutex // held for a search if the graph grows
	solvers sync.Pool  // of *solver on this graph, in their initial state
}

type moduleKey struct {
	name    string
	version semver.Version
}

type slotKey struct{ name, slot string }

// node is a module version.
type node struct {
	cand *Candidate
	slot int32
	arcs []arc // by requirement; nil until asked for
}

// arc is a requirement of a module.
type arc struct {
	need int32
	kind arcKind
}

type arcKind int8

const (
	needs arcKind = iota
	wants
	forbids
)

func kindOf(r *capability.Requirement) arcKind {
	switch {
	case r.Forbid:
		return forbids
	case r.Optional:
		return wants
	}
	return needs
}

// need is a requirement, and the modules that match it in order of preference.
type need struct {
	req  *capability.Requirement
	list []int32
	slot int32 // of all in the list if they share one, else -1
}

// offer is a capability that a module provides.
type offer struct {
	mod  int32
	have capability.Capability
}

func newGraph() *graph {
	return &graph{
		byKey:  make(map[moduleKey]int32),
		bySlot: make(map[slotKey]int32),
		byID:   make(map[capability.ID][]offer),
		needOf: make(map[capability.Requirement]int32),
		others: make(map[[2]int32]int32),
	}
}

// intern returns the number of a candidate.
func (g *graph) intern(c *Candidate) int32 {
	key := moduleKey{c.Name, c.Version}
	if m, ok := g.byKey[key]; ok {
		return m
	}
	m := int32(len(g.mods))
	g.byKey[key] = m
	slot, ok := g.bySlot[slotKey{c.Name, c.Slot}]
	if !ok {
		slot = int32(len(g.slots))
		g.bySlot[slotKey{c.Name, c.Slot}] = slot
		g.slots = append(g.slots, nil)
	}
	g.slots[slot] = append(g.slots[slot], m)
	g.mods = append(g.mods, node{cand: c, slot: slot})
	g.guarded = g.guarded || c.Yanked != "" || c.Digest != ""
	return m
}

// find returns the number of a version.
func (g *graph) find(name string, v *semver.Version) (int32, bool) {
	if g.grows {
		m, ok := g.byKey[moduleKey{name, *v}]
		return m, ok
	}
	of := g.byName[name]
	for m := of[0]; m < of[1]; m++ {
		if g.mods[m].cand.Version == *v {
			return m, true
		}
	}
	return 0, false
}

// arcsOf returns the requirements of a module.
func (g *graph) arcsOf(m int32) ([]arc, error) {
	n := &g.mods[m]
	if n.arcs != nil || len(n.cand.Requires) == 0 {
		return n.arcs, nil
	}
	arcs := make([]arc, len(n.cand.Requires))
	for i := range n.cand.Requires {
		r := &n.cand.Requires[i]
		id, err := g.needFor(r)
		if err != nil {
			return nil, err
		}
		if !r.Forbid && slices.Contains(g.needs[id].list, m) {
			id = g.without(id, m)
		}
		arcs[i] = arc{id, kindOf(r)}
		g.wishful = g.wishful || arcs[i].kind == wants
	}
	g.mods[m].arcs = arcs // not n: the modules may have moved
	return arcs, nil
}

// needFor returns the need that r is.
func (g *graph) needFor(r *capability.Requirement) (int32, error) {
	key := *r
	key.Optional, key.Many, key.Forbid = false, false, false
	if id, ok := g.needOf[key]; ok {
		return id, nil
	}
	offers, ok := g.byID[r.ID]
	if !ok && g.grows {
		var err error
		if offers, err = g.unknown(r.ID); err != nil {
			return 0, err
		}
		g.byID[r.ID] = offers
	}
	id := int32(len(g.needs))
	g.needs = append(g.needs, g.newNeed(r, g.matching(r, offers)))
	g.needOf[key] = id
	return id, nil
}

// without returns the need whose list is that of id but for m.
func (g *graph) without(id, m int32) int32 {
	key := [2]int32{id, m}
	if other, ok := g.others[key]; ok {
		return other
	}
	list := slices.DeleteFunc(slices.Clone(g.needs[id].list), func(o int32) bool { return o == m })
	other := int32(len(g.needs))
	g.needs = append(g.needs, g.newNeed(g.needs[id].req, list))
	g.others[key] = other
	return other
}

func (g *graph) newNeed(r *capability.Requirement, list []int32) need {
	n := need{req: r, list: list, slot: -1}
	for i, m := range list {
		if i == 0 {
			n.slot = g.mods[m].slot
		} else if g.mods[m].slot != n.slot {
			n.slot = -1
			break
		}
	}
	return n
}

// matching returns the modules that r matches, each once, in order of
// preference. The offers of one module stand together.
func (g *graph) matching(r *capability.Requirement, offers []offer) []int32 {
	var best []offer
	for _, o := range offers {
		if !r.Matches(o.have) {
			continue
		}
		if n := len(best); n > 0 && best[n-1].mod == o.mod {
			if o.have.Version.Compare(best[n-1].have.Version) > 0 {
				best[n-1] = o
			}
			continue
		}
		best = append(best, o)
	}
	if len(best) == 0 {
		return nil
	}
	if len(best) > 1 {
		slices.SortFunc(best, g.compareOffers)
	}
	list := make([]int32, len(best))
	for i, o := range best {
		list[i] = o.mod
	}
	return list
}

// compareOffers puts what is preferred first, as far as that does not depend on
// what is chosen or locked.
func (g *graph) compareOffers(a, b offer) int {
	x, y := g.mods[a.mod].cand, g.mods[b.mod].cand
	if x.Preferred != y.Preferred {
		return less(x.Preferred)
	}
	if c := g.compareVersions(a.have.Version, b.have.Version); c != 0 {
		return c
	}
	if c := g.compareVersions(x.Version, y.Version); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(y.Rank, x.Rank), compareNames(x, y))
}

// compareVersions puts releases before pre-releases and then the higher first,
// or the lower.
func (g *graph) compareVersions(a, b semver.Version) int {
	if p := a.IsPrerelease(); p != b.IsPrerelease() {
		return less(!p)
	}
	if g.lowest {
		return a.Compare(b)
	}
	return b.Compare(a)
}

// less is the comparison of two where just one has a property that goes first:
// yes if it is the first.
func less(yes bool) int {
	if yes {
		return -1
	}
	return +1
}
