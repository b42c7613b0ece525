package resolve

import (
	"cmp"
	"context"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Relaxation is a change of a problem that gives it a solution.
type Relaxation struct {
	Steps []RelaxationStep `json:"steps"`
}

// RelaxationStep is one part of a [Relaxation].
type RelaxationStep struct {
	Kind RelaxationKind `json:"kind"`

	Root   int    `json:"root,omitempty"`   // of RelaxRequire and RelaxRemove: the index in Problem.Roots
	From   string `json:"from,omitempty"`   // the requirement that stands there
	To     string `json:"to,omitempty"`     // of RelaxRequire: what to put in its place
	Module string `json:"module,omitempty"` // of RelaxUnpin and RelaxAllow: name@version
	Reason string `json:"reason,omitempty"` // of RelaxAllow: why it is excluded
}

// RelaxationKind tells what to do.
type RelaxationKind string

// The kinds of relaxation steps.
const (
	RelaxRequire RelaxationKind = "require" // put another requirement in the place of a root
	RelaxRemove  RelaxationKind = "remove"  // do without a root
	RelaxUnpin   RelaxationKind = "unpin"   // do not insist on a module
	RelaxAllow   RelaxationKind = "allow"   // use a module that is excluded
)

// weight is less for what leaves more of the problem as it is.
func (r Relaxation) weight() int {
	n := 0
	for _, s := range r.Steps {
		if s.Kind == RelaxRemove {
			n++
		}
	}
	return n
}

// String writes the steps as commands.
func (r Relaxation) String() string {
	texts := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		texts[i] = s.String()
	}
	return join(texts, "and")
}

// String writes the step as a command.
func (s RelaxationStep) String() string {
	switch s.Kind {
	case RelaxRequire:
		return "require " + s.To + " instead of " + s.From
	case RelaxRemove:
		return "remove " + s.From
	case RelaxUnpin:
		return "unpin " + s.Module
	}
	return "allow " + s.Module + " (" + s.Reason + ")"
}

const (
	relaxTries = 64 // searches for relaxations
	relaxSteps = 200_000
	relaxShown = 5
)

// relax looks for the smallest changes that help: of one fact, or else of two,
// among those that are the caller's to change.
func (r *refutation) relax(core []fact) []Relaxation {
	if r.forced != nil {
		return nil
	}
	core = slices.DeleteFunc(slices.Clone(core), func(f fact) bool { return f.kind == factArc && f.mod != rootModule })
	tries := relaxTries
	var all []Relaxation
	for _, f := range core {
		if steps := r.try(&tries, f); steps != nil {
			all = append(all, Relaxation{steps})
		}
	}
	for i, f := range core {
		if len(all) > 0 {
			break
		}
		for _, g := range core[:i] {
			if steps := r.try(&tries, g, f); steps != nil {
				all = append(all, Relaxation{steps})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Relaxation) int { return cmp.Compare(a.weight(), b.weight()) })
	return all[:min(len(all), relaxShown)]
}

// try solves the problem without the facts, and returns how to go without them;
// nil if that does not help.
func (r *refutation) try(tries *int, facts ...fact) []RelaxationStep {
	var steps []RelaxationStep
	if sol := r.changed(tries, true, facts); sol != nil {
		for _, f := range facts {
			steps = append(steps, r.step(f, sol))
		}
		return steps
	}
	if !slices.ContainsFunc(facts, func(f fact) bool { return f.kind == factArc }) {
		return nil
	}
	if sol := r.changed(tries, false, facts); sol != nil {
		for _, f := range facts {
			steps = append(steps, r.step(f, nil))
		}
	}
	return steps
}

// changed solves the problem with the facts changed: root requirements with any
// version, or without them.
func (r *refutation) changed(tries *int, loosen bool, facts []fact) *Solution {
	if *tries--; *tries < 0 {
		return nil
	}
	p := r.problem
	p.Change, p.Budget = ChangePrefer, Budget{Steps: relaxSteps}
	p.Roots, p.Pinned = slices.Clone(p.Roots), slices.Clone(p.Pinned)
	allowed := map[*Candidate]bool{}
	for _, f := range facts {
		switch f.kind {
		case factArc:
			root := &p.Roots[f.arc]
			switch {
			case root.Forbid || !loosen:
				root.Optional, root.Forbid = true, false
			default:
				root.Range = semver.Range{}.Union(semver.Range{}.Complement())
			}
		case factPin:
			c := r.graph.mods[f.mod].cand
			p.Pinned = slices.DeleteFunc(p.Pinned, func(o *Candidate) bool { return o == c })
		case factBan:
			allowed[r.graph.mods[f.mod].cand] = true
		}
	}
	sol, err := p.resolve(context.Background(), allowed)
	if err != nil {
		return nil
	}
	return sol
}

// step says how to go without a fact.
func (r *refutation) step(f fact, sol *Solution) RelaxationStep {
	switch f.kind {
	case factPin:
		return RelaxationStep{Kind: RelaxUnpin, Module: r.graph.mods[f.mod].cand.String()}
	case factBan:
		return RelaxationStep{Kind: RelaxAllow, Module: r.graph.mods[f.mod].cand.String(), Reason: r.banOf(f.mod)}
	}
	root := r.problem.Roots[f.arc]
	s := RelaxationStep{Kind: RelaxRemove, Root: int(f.arc), From: root.String()}
	if root.Forbid || sol == nil {
		return s
	}
	s.Kind, s.To = RelaxRequire, looser(root, sol.Roots[f.arc].Providers[0])
	return s
}

// looser is a requirement like r that c matches.
func looser(r capability.Requirement, c *Candidate) string {
	var best semver.Version
	for have := range c.offers(r.ID) {
		if r.Filter.Match(have.Attrs) && have.Version.Compare(best) > 0 {
			best = have.Version
		}
	}
	text := best.String()
	if i := len(text) - len(best.Build()) - 1; best.Build() != "" {
		text = text[:i]
	}
	caret, err := semver.ParseRange("^" + text)
	if err != nil {
		caret = semver.Exactly(best)
	}
	r.Range = caret
	if err != nil {
		return r.String()
	}
	r.Range = semver.Range{}
	where := ""
	if !r.Filter.IsZero() {
		where = " where " + r.Filter.String()
	}
	return r.ID.String() + " ^" + text + where
}
