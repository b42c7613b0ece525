package resolve

import (
	"slices"

	"github.com/modreg/modreg/capability"
)

// failure is a goal for which no provider was left.
type failure struct {
	goal    *goal
	refused []refusal // one for each option
	leaf    *failure  // where the first refusals lead, itself if they are direct
}

// refusal is an option of a goal and why it was refused. Which fields are set
// depends on the reason.
type refusal struct {
	mod    *module
	reason Reason
	other  *placement              // what the option collides with
	req    *capability.Requirement // what forbids, stated by mod or by other
	cycle  []edge                  // from the option back to the owner of the goal
	needs  *goal                   // what cannot be satisfied beside the option
	below  *failure                // why that is so
}

func newFailure(g *goal, refused []refusal) *failure {
	f := &failure{goal: g, refused: refused}
	f.leaf = f
	if i := slices.IndexFunc(refused, func(r refusal) bool { return r.below != nil }); i >= 0 {
		f.leaf = refused[i].below.leaf
	}
	return f
}

// above returns the refusal of mod, which led to f. Only one of the refusals of
// a goal leads on, so that what is kept grows with the depth of the search and
// not with its length.
func (f *failure) above(mod *module, siblings []refusal) refusal {
	r := refusal{mod: mod, reason: LeavesUnsatisfied, needs: f.leaf.goal}
	if !slices.ContainsFunc(siblings, func(s refusal) bool { return s.below != nil }) {
		r.below = f
	}
	return r
}

// elsewhereKept limits UnsatisfiableError.Elsewhere.
const elsewhereKept = 100

// explain tells f to the caller.
func (p *pool) explain(f *failure) *UnsatisfiableError {
	e := &UnsatisfiableError{Need: f.leaf.goal.need()}
	for g := f.leaf.goal; g != nil; g = g.owner.via {
		e.Path = append(e.Path, g.need())
	}
	slices.Reverse(e.Path)
	e.Considered = p.refusals(f.leaf)
	for f != f.leaf && len(e.Elsewhere) < elsewhereKept {
		next := slices.IndexFunc(f.refused, func(r refusal) bool { return r.below != nil })
		below := f.refused[next].below
		others := &failure{goal: f.goal, refused: slices.Delete(slices.Clone(f.refused), next, next+1)}
		e.Elsewhere = append(e.Elsewhere, p.refusals(others)...)
		f = below
	}
	e.Elsewhere = e.Elsewhere[:min(len(e.Elsewhere), elsewhereKept)]
	return e
}

// refusals returns why each candidate for the goal of f was refused: the
// options, then those that offer the capability but do not match.
func (p *pool) refusals(f *failure) []Refusal {
	var all []Refusal
	for _, r := range f.refused {
		all = append(all, f.goal.public(r))
	}
	if f.goal.index == pinnedGoal {
		return all
	}
	for _, m := range p.byID[f.goal.req.ID] {
		if slices.ContainsFunc(f.goal.options, func(o option) bool { return o.mod == m }) {
			continue
		}
		all = append(all, Refusal{Candidate: m.cand, Reason: f.goal.mismatch(m), Need: f.goal.need()})
	}
	return all
}

// mismatch tells why m, which offers the capability of g, is no option.
func (g *goal) mismatch(m *module) Reason {
	if m == g.owner.mod && m.cand.Satisfies(*g.req) {
		return SameModule
	}
	for have := range m.cand.offers(g.req.ID) {
		if g.req.Range.Contains(have.Version) {
			return AttributesDiffer
		}
	}
	return OutsideRange
}

func (g *goal) public(r refusal) Refusal {
	out := Refusal{Candidate: r.mod.cand, Reason: r.reason}
	if r.other != nil && r.other.via != nil {
		out.Other = r.other.mod.cand
	}
	switch r.reason {
	case VersionTaken:
		out.Need = r.other.via.need()
	case Forbids:
		out.Need = Need{By: r.mod.cand, Requirement: *r.req}
	case Forbidden:
		out.Need = Need{By: out.Other, Requirement: *r.req}
	case LeavesUnsatisfied:
		out.Need = r.needs.need()
	case ClosesCycle:
		out.Need = g.need()
		out.Cycle = []CycleStep{g.step(r.mod)}
		for _, e := range r.cycle {
			out.Cycle = append(out.Cycle, e.goal.step(e.to.mod))
		}
		out.Cycle = fromLeastName(out.Cycle)
	}
	return out
}

// step is the answer of m to g as a step of a cycle.
func (g *goal) step(m *module) CycleStep {
	return CycleStep{Module: g.owner.mod.cand, Requirement: *g.req, Provider: m.cand}
}
