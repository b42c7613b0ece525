package resolve

import (
	"slices"

	"github.com/modreg/modreg/capability"
)

// goal is a requirement that must be bound.
type goal struct {
	owner   *placement
	req     *capability.Requirement
	index   int // in the requirements of owner, pinnedGoal for a pinned module
	options []option
}

const pinnedGoal = -1

func (g *goal) need() Need {
	n := Need{Requirement: *g.req, Pinned: g.index == pinnedGoal}
	if g.owner.via != nil {
		n.By = g.owner.mod.cand
	}
	return n
}

// orders reports whether the provider has to start before the owner. The root
// does not start.
func (g *goal) orders() bool { return !g.req.Optional && g.owner.via != nil }

// placement is a module in the solution, from being chosen until that is
// undone. The root, which states the requirements of the problem, is one too.
type placement struct {
	mod   *module
	via   *goal // what it was chosen for, nil for the root
	level int   // of the decision that chose it, 0 if it stands
	out   []edge
	drops []drop

	// Kept by order.
	pos  int
	in   []*placement // owners of the ordering edges that lead here
	seen int
	from edge
}

// edge binds a goal to a provider.
type edge struct {
	goal   *goal
	to     *placement
	level  int
	orders bool
}

// drop is an optional requirement that was given up.
type drop struct {
	goal *goal
	why  *failure
}

// ban is a forbidding requirement in force.
type ban struct {
	by  *placement
	req *capability.Requirement
}

// state is what the search has chosen so far. Changes are undone in the
// reverse of the order in which they were made.
type state struct {
	acyclic  bool // whether cycles are refused
	root     *placement
	placed   []*placement // without the root
	byName   map[string]*placement
	offering map[capability.ID][]*placement
	bans     map[capability.ID][]ban
	order    order
}

func newState(roots []capability.Requirement, acyclic bool) state {
	s := state{
		acyclic:  acyclic,
		byName:   make(map[string]*placement),
		offering: make(map[capability.ID][]*placement),
		bans:     make(map[capability.ID][]ban),
	}
	rootModule := &module{cand: &Candidate{Requires: roots}, options: make([][]option, len(roots))}
	s.root = &placement{mod: rootModule}
	s.ban(s.root)
	return s
}

// collision returns why m cannot be added, and the level of the decision that
// rules it out. visited is the work done.
func (s *state) collision(m *module) (why *refusal, level, visited int) {
	if other := s.byName[m.cand.Name]; other != nil {
		return &refusal{mod: m, reason: VersionTaken, other: other}, other.level, 0
	}
	for i := range m.cand.Requires {
		req := &m.cand.Requires[i]
		if !req.Forbid {
			continue
		}
		for _, other := range s.offering[req.ID] {
			visited++
			if other.mod.cand.Satisfies(*req) {
				return &refusal{mod: m, reason: Forbids, other: other, req: req}, other.level, visited
			}
		}
	}
	for id := range m.cand.provided() {
		for _, b := range s.bans[id] {
			visited++
			if m.cand.Satisfies(*b.req) {
				return &refusal{mod: m, reason: Forbidden, other: b.by, req: b.req}, b.by.level, visited
			}
		}
	}
	return nil, 0, visited
}

// place adds m, which collides with nothing.
func (s *state) place(m *module, via *goal, level int) *placement {
	p := &placement{mod: m, via: via, level: level}
	m.at = p
	s.order.insert(p)
	s.placed = append(s.placed, p)
	s.byName[m.cand.Name] = p
	for id := range m.cand.provided() {
		if have := s.offering[id]; len(have) == 0 || have[len(have)-1] != p {
			s.offering[id] = append(have, p)
		}
	}
	s.ban(p)
	return p
}

// ban puts the forbidding requirements of p in force.
func (s *state) ban(p *placement) {
	for i := range p.mod.cand.Requires {
		if req := &p.mod.cand.Requires[i]; req.Forbid {
			s.bans[req.ID] = append(s.bans[req.ID], ban{p, req})
		}
	}
}

// unplace removes the modules placed after the first n.
func (s *state) unplace(n int) {
	for len(s.placed) > n {
		p := s.placed[len(s.placed)-1]
		s.placed = s.placed[:len(s.placed)-1]
		p.mod.at = nil
		delete(s.byName, p.mod.cand.Name)
		for id := range p.mod.cand.provided() {
			if have := s.offering[id]; len(have) > 0 && have[len(have)-1] == p {
				s.offering[id] = have[:len(have)-1]
			}
		}
		for i := range p.mod.cand.Requires {
			if req := &p.mod.cand.Requires[i]; req.Forbid {
				s.bans[req.ID] = s.bans[req.ID][:len(s.bans[req.ID])-1]
			}
		}
	}
}

// bind answers g with p. If that closes a cycle it changes nothing and returns
// the way from p back to the owner of g.
func (s *state) bind(g *goal, p *placement, level int) (way []edge, visited int) {
	orders := s.acyclic && g.orders()
	if orders {
		if way, visited = s.order.link(g.owner, p); way != nil {
			return way, visited
		}
	}
	g.owner.out = append(g.owner.out, edge{g, p, level, orders})
	return nil, visited
}

// unbind takes back the last binding of owner.
func (s *state) unbind(owner *placement) {
	last := owner.out[len(owner.out)-1]
	owner.out = owner.out[:len(owner.out)-1]
	if last.orders {
		s.order.unlink(last.to)
	}
}

// chosen returns the options of g that are in the solution.
func chosen(g *goal) []option {
	return slices.DeleteFunc(slices.Clone(g.options), func(o option) bool { return o.mod.at == nil })
}
