package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// TestResolve_hostile gives the solver problems that were made to hurt. Each has
// to end with a verdict or at its budget, with an error that can be read.
func TestResolve_hostile(t *testing.T) {
	t.Parallel()
	x := capability.ID{Name: "x"}
	for _, tt := range []struct {
		name    string
		problem Problem
		want    string // in the error; "" for a solution
	}{
		{"empty range", Problem{Universe: versions("a", 3), Roots: []capability.Requirement{{ID: requires("module/a").ID, Range: semver.None()}}}, "there is only"},
		{"contradiction", Problem{Universe: versions("a", 300), Roots: []capability.Requirement{requires("module/a <100"), requires("module/a >=200")}}, "no solution"},
		{"conflict with itself only", parsed(t, "root | needs module/a\na@1.0.0 | gives x | bars x"), ""},
		{"every provider excludes every other", exclusive(300), "cannot all hold"},
		{"providers in a circle", parsed(t, "root | needs x\na@1.0.0 | gives x | needs y\nb@1.0.0 | gives y | needs z\nc@1.0.0 | gives z | needs x"), "need each other"},
		{"pigeons", limited(pigeons(8), 10_000_000), "cannot all hold"},
		{"too many pigeons", limited(pigeons(30), 1_000_000), "gave up at the limit of 1000000 steps"},
		{"a dead end behind many versions", Problem{Universe: deadEnds(20, 60), Roots: []capability.Requirement{requires("module/p0")}}, "gone"},
		{"many requirements", manyRequirements(20_000, ""), ""},
		{"many requirements, one unmet", manyRequirements(20_000, "gone"), "needs gone, which nothing provides"},
		{"many providers that lack something", Problem{Universe: inNeed(3000), Roots: []capability.Requirement{{ID: x}}}, "which nothing provides"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := solve(t, tt.problem)
			if (err == nil) != (tt.want == "") {
				t.Fatalf("got %.500v, want %q", err, tt.want)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.want) || len(err.Error()) > 50_000) {
				t.Errorf("got %d bytes: %.1000v, want %q", len(err.Error()), err, tt.want)
			}
		})
	}
}

func parsed(t *testing.T, text string) Problem {
	t.Helper()
	return parseWorld(t, text).problem
}

func limited(p Problem, steps int) Problem {
	p.Budget.Steps = steps
	return p
}

func versions(name string, n int) *Index {
	var all []*Candidate
	for v := range n {
		all = append(all, &Candidate{Name: name, Version: semver.MustParse(fmt.Sprintf("%d.0.0", v+1))})
	}
	return NewIndex(all...)
}

// exclusive needs two of n modules that all exclude each other.
func exclusive(n int) Problem {
	var all []*Candidate
	for i := range n {
		all = append(all, &Candidate{
			Name:     fmt.Sprintf("m%d", i),
			Provides: []capability.Capability{{ID: requires("x").ID}, {ID: requires(fmt.Sprintf("half%d", i%2)).ID}},
			Requires: []capability.Requirement{{ID: requires("x").ID, Forbid: true}},
		})
	}
	return Problem{Universe: NewIndex(all...), Roots: []capability.Requirement{requires("half0"), requires("half1")}}
}

// deadEnds is modules of which each version needs the same version of the next,
// and the last one what is not there.
func deadEnds(modules, n int) *Index {
	var all []*Candidate
	for p := range modules {
		for v := range n {
			c := &Candidate{Name: fmt.Sprintf("p%d", p), Version: semver.MustParse(fmt.Sprintf("%d.0.0", v+1))}
			if p+1 < modules {
				c.Requires = append(c.Requires, requires(fmt.Sprintf("module/p%d %d.0.0", p+1, v+1)))
			} else {
				c.Requires = append(c.Requires, requires("gone"))
			}
			all = append(all, c)
		}
	}
	return NewIndex(all...)
}

func manyRequirements(n int, last string) Problem {
	big := &Candidate{Name: "big"}
	all := []*Candidate{big}
	for i := range n {
		r := requires(fmt.Sprintf("cap%d", i))
		big.Requires = append(big.Requires, r)
		for k := range 2 {
			all = append(all, &Candidate{Name: fmt.Sprintf("m%d-%d", i, k), Provides: []capability.Capability{{ID: r.ID}}})
		}
	}
	if last != "" {
		big.Requires = append(big.Requires, requires(last))
	}
	return Problem{Universe: NewIndex(all...), Roots: []capability.Requirement{requires("module/big")}}
}

func inNeed(n int) *Index {
	var all []*Candidate
	for i := range n {
		all = append(all, &Candidate{
			Name:     fmt.Sprintf("m%d", i),
			Provides: []capability.Capability{{ID: requires("x").ID}},
			Requires: []capability.Requirement{requires(fmt.Sprintf("gone%d", i))},
		})
	}
	return NewIndex(all...)
}
