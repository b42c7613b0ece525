package resolve

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Step is a requirement, who states it, and the module of a solution that
// answers it.
type Step struct {
	Need     Need
	Provider *Candidate
}

// String returns "app@1.0.0 needs x ^1: core@1.2.0" or its like.
func (s Step) String() string {
	who, verb := "the root", "needs"
	if s.Need.By != nil {
		who = s.Need.By.String()
	}
	if s.Need.Requirement.Optional {
		verb = "wants"
	}
	return fmt.Sprintf("%s %s %s: %s", who, verb, shown(&s.Need.Requirement), s.Provider)
}

// Why tells why each module of the name is in the solution of p: a shortest way
// from the root or a pinned module, over optional requirements only where there
// is no other. The way of a pinned module is empty. Nothing is yielded if no
// module has the name.
func (s *Solution) Why(p Problem, name string) iter.Seq2[*Candidate, []Step] {
	return func(yield func(*Candidate, []Step) bool) {
		ways := s.ways(p)
		for _, m := range s.Modules {
			if m.Name != name {
				continue
			}
			var way []Step
			for at := m.Candidate; ; {
				step, ok := ways[at]
				if !ok || step.Provider == nil {
					break
				}
				way = append(way, step)
				if at = step.Need.By; at == nil {
					break
				}
			}
			slices.Reverse(way)
			if !yield(m.Candidate, way) {
				return
			}
		}
	}
}

// ways returns the last step of a shortest way to each module; the zero Step for
// what is pinned.
func (s *Solution) ways(p Problem) map[*Candidate]Step {
	bindings := make(map[*Candidate][]Binding, len(s.Modules)+1)
	pinned := map[moduleKey]bool{}
	for _, c := range p.Pinned {
		if c != nil {
			pinned[moduleKey{c.Name, c.Version}] = true
		}
	}
	ways := make(map[*Candidate]Step, len(s.Modules))
	var todo []*Candidate
	for by, b := range s.bindings() {
		bindings[by] = b
		if by == nil || pinned[moduleKey{by.Name, by.Version}] {
			ways[by] = Step{}
			todo = append(todo, by)
		}
	}
	for _, optional := range []bool{false, true} {
		for i := 0; i < len(todo); i++ {
			by := todo[i]
			wants := p.Roots
			if by != nil {
				wants = by.Requires
			}
			for j, b := range bindings[by] {
				if wants[j].Optional && !optional {
					continue
				}
				for _, to := range b.Providers {
					if _, ok := ways[to]; !ok {
						ways[to] = Step{Need{by, wants[j]}, to}
						todo = append(todo, to)
					}
				}
			}
		}
	}
	return ways
}

// Answer tells why a requirement is not met by a solution.
type Answer struct {
	// Met is the module of the solution that meets the requirement after all.
	Met *Candidate

	// Instead is a solution in which it is met, with as little changed as the
	// search for it came across, and Changes is how it differs. They are there
	// if nothing keeps the requirement out: it is only that nothing needs it, or
	// that something else is preferred.
	Instead *Solution
	Changes []LockChange

	// Against is why no solution can meet it.
	Against *UnsatisfiableError
}

// String returns the answer in words.
func (a *Answer) String() string {
	switch {
	case a.Met != nil:
		return "it is met by " + a.Met.String()
	case a.Against != nil:
		return a.Against.Error()
	}
	var b strings.Builder
	b.WriteString("nothing needs it, or something else is preferred; to have it would change:")
	for _, c := range a.Changes {
		b.WriteString("\n  " + c.String())
	}
	return b.String()
}

// WhyNot tells why sol, a solution of p, does not meet a requirement, such as
// "module/app ^2" for a newer version. The error is that of [Resolve] where it
// is not the answer.
func (p Problem) WhyNot(ctx context.Context, sol *Solution, r capability.Requirement) (*Answer, error) {
	for _, m := range sol.Modules {
		if m.Satisfies(r) {
			return &Answer{Met: m.Candidate}, nil
		}
	}
	r.Optional, r.Many, r.Forbid = false, false, false
	q := p
	q.Roots = append(slices.Clone(p.Roots), r)
	q.Lock = sol.Lock(p)
	other, err := Resolve(ctx, q)
	if unsat, ok := errors.AsType[*UnsatisfiableError](err); ok {
		return &Answer{Against: unsat}, nil
	}
	if cycle, ok := errors.AsType[*CycleError](err); ok {
		return &Answer{Against: cycle.NoWayAround}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Answer{Instead: other, Changes: q.Lock.Changes(other.Lock(q))}, nil
}

// Update is a module of a solution of which there are newer versions.
type Update struct {
	Module *Candidate

	// Newest is the newest version that there is, releases before pre-releases,
	// among those in the slot of the module that can be used.
	Newest *Candidate

	// Possible is the newest version, newer than that of the module, that a
	// solution can have; nil if there is none.
	Possible *Candidate

	// Against is why Newest is not possible; nil if it is.
	Against *UnsatisfiableError
}

// String returns "a 1.0.0: 1.4.0 possible, 2.0.0 newest" or its like.
func (u Update) String() string {
	text := u.Module.Name + " " + u.Module.Version.String() + ": "
	if u.Possible != nil {
		text += u.Possible.Version.String() + " possible, "
	}
	return text + u.Newest.Version.String() + " newest"
}

// Outdated returns the modules of sol, a solution of p, of which there are newer
// versions, by name. Each version is tried by itself, with everything else free
// to change. Candidates that are yanked or excluded are no versions here. The
// error is that of [Resolve] where it is not part of the answer.
func (p Problem) Outdated(ctx context.Context, sol *Solution) ([]Update, error) {
	if p.Universe == nil {
		return nil, nil
	}
	var all []Update
	for _, m := range sol.Modules {
		newer := p.newer(m.Candidate)
		if len(newer) == 0 {
			continue
		}
		u := Update{Module: m.Candidate, Newest: newer[0]}
		for i, c := range newer {
			answer, err := p.WhyNot(ctx, sol, capability.Requirement{ID: c.self(), Range: semver.Exactly(c.Version)})
			if err != nil {
				return nil, err
			}
			if answer.Against == nil {
				u.Possible = c
				break
			}
			if i == 0 {
				u.Against = answer.Against
			}
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Update) int { return compareNames(a.Module, b.Module) })
	return all, nil
}

// newer returns the versions that are newer than c, in order of preference.
func (p Problem) newer(c *Candidate) []*Candidate {
	var all []*Candidate
	g := graph{}
	for o := range p.Universe.Providers(c.self()) {
		switch {
		case o == nil || o.Name != c.Name || o.Slot != c.Slot || o.Yanked != "":
		case g.compareVersions(o.Version, c.Version) >= 0:
		case p.Exclude != nil && p.Exclude(o) != "":
		default:
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *Candidate) int { return g.compareVersions(a.Version, b.Version) })
	return slices.CompactFunc(all, func(a, b *Candidate) bool { return a.Version == b.Version })
}
