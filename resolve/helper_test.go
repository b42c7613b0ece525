package resolve

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// world is a universe and a problem in it, written as text: a line for each
// module and one for the root, with parts between bars.
//
//	root | needs module/app ^1 | wants metrics
//	app@1.0.0 | needs text.core >=1.3 | all log | bars legacy
//	core@1.2.0 | gives text.core@1.3.0 lang=en | rank 3 | preferred | pinned
type world struct {
	candidates []*Candidate
	problem    Problem
}

func parseWorld(tb testing.TB, text string) world {
	tb.Helper()
	var w world
	for line := range strings.Lines(text) {
		head, parts, _ := strings.Cut(strings.TrimSpace(line), "|")
		if head = strings.TrimSpace(head); head == "" {
			continue
		}
		c := &Candidate{}
		if name, version, ok := strings.Cut(head, "@"); ok {
			c.Name, c.Version = name, semver.MustParse(version)
		}
		pinned, hidden := false, false
		for part := range strings.SplitSeq(parts, "|") {
			verb, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
			switch verb {
			case "":
			case "pinned":
				pinned = true
			case "hidden":
				hidden = true
			case "preferred":
				c.Preferred = true
			case "rank":
				c.Rank, _ = strconv.Atoi(rest)
			case "gives":
				c.Provides = append(c.Provides, provision(tb, rest))
			default:
				c.Requires = append(c.Requires, requirement(tb, verb, rest))
			}
		}
		if head == "root" {
			w.problem.Roots = c.Requires
			continue
		}
		if pinned {
			w.problem.Pinned = append(w.problem.Pinned, c)
		}
		if !hidden {
			w.candidates = append(w.candidates, c)
		}
	}
	w.problem.Universe = NewIndex(w.candidates...)
	w.problem.Acyclic = true
	return w
}

func provision(tb testing.TB, text string) capability.Capability {
	tb.Helper()
	fields := strings.Fields(text)
	id, version, ok := strings.Cut(fields[0], "@")
	if !ok {
		version = "1.0.0"
	}
	parsed, err := capability.ParseID(id)
	if err != nil {
		tb.Fatal(err)
	}
	var attrs []capability.Attr
	for _, f := range fields[1:] {
		k, v, _ := strings.Cut(f, "=")
		attrs = append(attrs, capability.Attr{Name: k, Value: capability.String(v)})
	}
	set, err := capability.NewAttrs(attrs...)
	if err != nil {
		tb.Fatal(err)
	}
	return capability.Capability{ID: parsed, Version: semver.MustParse(version), Attrs: set}
}

func requirement(tb testing.TB, verb, text string) capability.Requirement {
	tb.Helper()
	r, err := capability.ParseRequirement(text)
	if err != nil {
		tb.Fatal(err)
	}
	switch verb {
	case "needs":
	case "all":
		r.Many = true
	case "wants":
		r.Optional = true
	case "wants-all":
		r.Optional, r.Many = true, true
	case "bars":
		r.Forbid = true
	default:
		tb.Fatalf("unknown verb %q", verb)
	}
	return r
}

// solve resolves the problem and checks the solution, if there is one.
func solve(tb testing.TB, p Problem) (*Solution, error) {
	tb.Helper()
	sol, err := Resolve(tb.Context(), p)
	if err != nil {
		if sol != nil {
			tb.Errorf("Resolve returned a solution beside %v", err)
		}
		return nil, err
	}
	if err := sol.Check(p); err != nil {
		tb.Fatalf("bad solution: %v\n%s", err, describe(p, sol))
	}
	return sol, nil
}

// names returns the modules in start order.
func names(sol *Solution) string {
	var all []string
	for _, m := range sol.Modules {
		all = append(all, m.String())
	}
	return strings.Join(all, " ")
}

// describe tells everything about a solution.
func describe(p Problem, sol *Solution) string {
	var b strings.Builder
	for by, bindings := range sol.bindings() {
		wants := p.Roots
		if by == nil {
			b.WriteString("root\n")
		} else {
			fmt.Fprintln(&b, by)
			wants = by.Requires
		}
		for i, x := range bindings {
			fmt.Fprintf(&b, "  %s:", wants[i])
			for _, p := range x.Providers {
				fmt.Fprintf(&b, " %s", p)
			}
			if x.Dropped != nil {
				fmt.Fprintf(&b, " dropped: %s", x.Dropped)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// told tells everything about what Resolve returned.
func told(p Problem, sol *Solution, err error) string {
	if err != nil {
		return fmt.Sprintf("%T: %v", err, err)
	}
	return describe(p, sol)
}

// shuffled yields what the universe does in another order, and some twice.
func shuffled(u Universe, rng *rand.Rand) Universe {
	return UniverseFunc(func(id capability.ID) iter.Seq[*Candidate] {
		all := slices.Collect(u.Providers(id))
		if len(all) > 0 {
			all = append(all, all[0], nil)
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return slices.Values(all)
	})
}

func asUnsatisfiable(tb testing.TB, err error) *UnsatisfiableError {
	tb.Helper()
	e, ok := errors.AsType[*UnsatisfiableError](err)
	if !ok {
		tb.Fatalf("got %v, want an UnsatisfiableError", err)
	}
	return e
}
