package resolve

import (
	"errors"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// fewest solves p with as few changes to what is locked as there can be. What
// has to give is a smallest set that meets every conflict found among the
// wishes to keep something; conflicts are looked for until there is a solution
// without that set (implicit hitting sets; E. Moreno-Centeno and R. Karp, 2013).
func (s *solver) fewest(p Problem) (*Solution, error) {
	_, ok := s.largest(s.lockWishes())
	switch {
	case ok:
		sol, err := s.finish()
		if sol != nil {
			sol.Proven = true
		}
		return sol, err
	case s.err == nil:
		return nil, s.refute(p)
	case !errors.As(s.err, new(*BudgetError)):
		return nil, s.stopped()
	}
	// What is left is the way that proves nothing, with a budget of its own. This
	// solver stopped halfway through something and cannot go on.
	p.Change = ChangePrefer
	return p.resolve(s.ctx, s.allowed)
}

// lockWishes returns that each locked module stays in some version, which is a
// need, and that it is kept in its own.
func (s *solver) lockWishes() []lit {
	locked := slices.Clone(s.problem.Lock.Modules)
	slices.SortFunc(locked, func(a, b Locked) int {
		return compareNames(&Candidate{Name: a.Name, Version: a.Version}, &Candidate{Name: b.Name, Version: b.Version})
	})
	all := semver.Range{}.Union(semver.Range{}.Complement())
	var wishes []lit
	for i, l := range locked {
		if i == 0 || l.Name != locked[i-1].Name {
			id := capability.ID{Namespace: capability.ModuleNamespace, Name: l.Name}
			n, err := s.rootNeed(&capability.Requirement{ID: id, Range: all})
			if err != nil {
				s.err = err
				return nil
			}
			s.grow()
			wishes = append(wishes, needLit(n))
		}
		m, ok := s.g.find(l.Name, &l.Version)
		if ok && !s.isBanned(m) && wishes[len(wishes)-1] != modLit(m) {
			wishes = append(wishes, modLit(m))
		}
	}
	return wishes
}

// largest finds a solution in which as many wishes to stay as possible hold,
// and then as many to be kept, and returns them. It reports false if there is no
// solution, or if the search must stop.
func (s *solver) largest(wishes []lit) ([]lit, bool) {
	var cores [][]lit
	for s.err == nil {
		gone, ok := s.hittingSet(cores, len(wishes))
		if !ok {
			return nil, false
		}
		for met := 0; ; met++ {
			held := slices.DeleteFunc(slices.Clone(wishes), func(w lit) bool { return gone[w] })
			s.pop(0)
			end := s.search(held...)
			if end == found && met == 0 {
				return held, true
			}
			if end == found {
				break
			}
			if end != excluded {
				return nil, false
			}
			// Conflicts that share nothing are collected before the smallest set
			// is asked for again.
			_, core := s.proofAgainst(s.failed)
			cores = append(cores, core)
			for _, l := range core {
				gone[l] = true
			}
		}
	}
	return nil, false
}

// hittingLimit is how many sets one search for the smallest looks at.
const hittingLimit = 200_000

// hittingSet returns a set that has a member of each core, such that what it
// breaks is least: a wish to stay weighs more than all to be kept, of which
// there are fewer than n.
func (s *solver) hittingSet(cores [][]lit, n int) (map[lit]bool, bool) {
	slices.SortStableFunc(cores, func(a, b []lit) int { return len(a) - len(b) })
	h := hitter{cores: cores, in: map[lit]bool{}, stay: n, bound: (n + 1) * (n + 1)}
	h.extend(0, 0)
	if h.work > hittingLimit {
		s.err = &BudgetError{Limit: "the search for the fewest changes"}
		return nil, false
	}
	set := make(map[lit]bool, len(h.best))
	for _, l := range h.best {
		set[l] = true
	}
	return set, true
}

// hitter is a search for a least hitting set, by branching on the members of a
// core that is not hit yet.
type hitter struct {
	cores [][]lit
	stay  int // what a wish to stay weighs
	in    map[lit]bool
	set   []lit
	best  []lit
	bound int // sets must weigh less
	work  int
}

func (h *hitter) extend(from, weight int) {
	if h.work++; h.work > hittingLimit || weight >= h.bound {
		return
	}
	for from < len(h.cores) && slices.ContainsFunc(h.cores[from], func(l lit) bool { return h.in[l] }) {
		from++
	}
	if from == len(h.cores) {
		h.best, h.bound = slices.Clone(h.set), weight
		return
	}
	for _, l := range h.cores[from] {
		more := 1
		if l.isNeed() {
			more = h.stay
		}
		h.in[l] = true
		h.set = append(h.set, l)
		h.extend(from+1, weight+more)
		h.set = h.set[:len(h.set)-1]
		delete(h.in, l)
	}
}
