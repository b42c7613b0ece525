package corpus

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

// TestDebianUniverse_gradesLeadToApt takes for every requirement the provider with
// the highest grade, mandatory ones first and never going back, and arrives at the
// packages that apt takes.
func TestDebianUniverse_gradesLeadToApt(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	g := &greedy{offered: offeredBy(b.candidates), chosen: make(map[*resolve.Candidate]bool)}
	g.choose(b.newest["gnome"])
	for _, stage := range []struct {
		name string
		run  func()
	}{{"apt-norecommends-gnome", g.mandatory}, {"apt-recommends-gnome", g.optional}} {
		stage.run()
		var got []string
		for c := range g.chosen {
			got = append(got, c.Name)
		}
		slices.Sort(got)
		want := slices.Sorted(strings.FieldsSeq(string(sharedFile(t, "debian", "expected", stage.name+".txt"))))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d packages, not the %d of apt", stage.name, len(got), len(want))
		}
	}
}

// greedy collects packages in the order in which they were chosen.
type greedy struct {
	offered    offered
	chosen     map[*resolve.Candidate]bool
	order      []*resolve.Candidate
	hard, soft int // how many of the order have their requirements answered
}

func (g *greedy) choose(c *resolve.Candidate) {
	g.chosen[c] = true
	g.order = append(g.order, c)
}

func (g *greedy) mandatory() {
	for ; g.hard < len(g.order); g.hard++ {
		c := g.order[g.hard]
		for _, alone := range []bool{true, false} {
			for _, r := range c.Requires {
				if !r.Forbid && !r.Optional && (len(g.offered[r.ID]) == 1) == alone {
					g.answer(c, r)
				}
			}
		}
	}
}

func (g *greedy) optional() {
	for ; g.soft < len(g.order); g.soft++ {
		for _, r := range g.order[g.soft].Requires {
			if r.Optional {
				g.answer(g.order[g.soft], r)
			}
		}
		g.mandatory()
	}
}

// answer chooses a provider unless there is one.
func (g *greedy) answer(c *resolve.Candidate, r capability.Requirement) {
	var best *resolve.Candidate
	for p := range g.offered.other(c, r) {
		if g.chosen[p] {
			return
		}
		if (best == nil || preferred(r, p, best)) && g.fits(p) {
			best = p
		}
	}
	if best != nil {
		g.choose(best)
	}
}

func (g *greedy) fits(p *resolve.Candidate) bool {
	return !slices.ContainsFunc(g.order, func(c *resolve.Candidate) bool { return excludes(c, p) || excludes(p, c) })
}

// preferred reports whether p answers r better than q: by grade, then by name.
func preferred(r capability.Requirement, p, q *resolve.Candidate) bool {
	grade := func(c *resolve.Candidate) (v semver.Version) {
		for _, offer := range c.Provides {
			if offer.ID == r.ID {
				v = offer.Version
			}
		}
		return v
	}
	return cmp.Or(grade(q).Compare(grade(p)), strings.Compare(p.Name, q.Name)) < 0
}
