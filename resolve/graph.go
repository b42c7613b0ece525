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
	needOf  map[capability.Requirement]int32 // by requirement with its flags cleared
	byText  map[string]int32                 // by its text, which equal ones share
	others  map[[2]int32]int32               // by need and module: the need without the module
	lowest  bool                             // lists prefer the lowest versions
	wishful bool                             // some module has an optional requirement
	guarded bool                             // some module is yanked or has a digest
	pinned  []int32                          // offer what they do although the universe may not know them
	unknown func(id capability.ID) ([]offer, error)

	listing sync.Mutex // guards lists
	lists   []*answers // by need, as far as it was asked for

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

// need is a requirement.
type need struct {
	req    *capability.Requirement
	except int32 // the module that cannot answer it, as it states it; else -1
}

// answers are the modules that match a need in order of preference.
type answers struct {
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
		byText: make(map[string]int32),
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
		if !r.Forbid && n.cand.Satisfies(*r) {
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
	if id, ok := g.known(r); ok {
		return id, nil
	}
	if _, ok := g.byID[r.ID]; !ok && g.grows {
		offers, err := g.unknown(r.ID)
		if err != nil {
			return 0, err
		}
		g.byID[r.ID] = offers
	}
	id := g.add(need{r, -1})
	g.byText[r.String()] = id
	g.needOf[plain(r)] = id
	return id, nil
}

// known returns the need that r is, if there is one.
func (g *graph) known(r *capability.Requirement) (int32, bool) {
	if id, ok := g.needOf[plain(r)]; ok {
		return id, true
	}
	id, ok := g.byText[r.String()]
	if ok && g.grows {
		g.needOf[plain(r)] = id
	}
	return id, ok
}

// plain returns r without its flags, which do not change what matches.
func plain(r *capability.Requirement) capability.Requirement {
	return capability.Requirement{ID: r.ID, Range: r.Range, Filter: r.Filter}
}

func (g *graph) add(n need) int32 {
	g.needs = append(g.needs, n)
	g.lists = append(g.lists, nil)
	return int32(len(g.needs) - 1)
}

// without returns the need that id is if m cannot answer it.
func (g *graph) without(id, m int32) int32 {
	key := [2]int32{id, m}
	other, ok := g.others[key]
	if !ok {
		other = g.add(need{g.needs[id].req, m})
		g.others[key] = other
	}
	return other
}

// answers returns the modules that match a need. They are listed when they are
// asked for first, and then kept: there may be as many lists as requirements,
// each as long as there are versions.
func (g *graph) answers(id int32) *answers {
	g.listing.Lock()
	defer g.listing.Unlock()
	if g.lists[id] == nil {
		n := g.needs[id]
		list := g.matching(n.req, g.byID[n.req.ID])
		g.lists[id] = g.listed(slices.DeleteFunc(list, func(m int32) bool { return m == n.except }))
	}
	return g.lists[id]
}

func (g *graph) listed(list []int32) *answers {
	a := &answers{list: list, slot: -1}
	for i, m := range list {
		if i == 0 {
			a.slot = g.mods[m].slot
		} else if g.mods[m].slot != a.slot {
			a.slot = -1
			break
		}
	}
	return a
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
