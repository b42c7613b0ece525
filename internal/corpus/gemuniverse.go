package corpus

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

// GemVersion is one version of a gem or pod.
type GemVersion struct {
	Name, Version string
	Dependencies  []GemDependency // in the order written
}

// GemDependency is what a gem needs: a list of constraints on the version of
// another one, "" for any.
type GemDependency struct{ Name, Constraint string }

// gemPlace is a version of a gem and where it stands among the others.
type gemPlace struct {
	gem     *GemVersion
	parsed  gemVersion
	version semver.Version
}

// gemUniverse translates gems. It remembers the ranges, as the same constraints
// come again with every version.
type gemUniverse struct {
	places map[string][]gemPlace // by name, in order
	ranges map[GemDependency]semver.Range
}

// newGemUniverse orders the versions of each gem. The releases are 1.0.0, 2.0.0 and
// so on; pre-releases before release n are n.0.0-1, n.0.0-2 and so on, so that a
// range keeps them out as a constraint does. Texts of one precedence are ordered by
// their bytes.
func newGemUniverse(gems []GemVersion) (*gemUniverse, error) {
	u := &gemUniverse{places: make(map[string][]gemPlace), ranges: make(map[GemDependency]semver.Range)}
	for i := range gems {
		g := &gems[i]
		v, reason := parseGemVersion(g.Version)
		if reason != "" {
			return nil, formatError("gem version", g.Name, g.Version, reason)
		}
		u.places[g.Name] = append(u.places[g.Name], gemPlace{gem: g, parsed: v})
	}
	for _, name := range slices.Sorted(maps.Keys(u.places)) {
		places := u.places[name]
		slices.SortFunc(places, func(a, b gemPlace) int {
			if c := a.parsed.compare(b.parsed); c != 0 {
				return c
			}
			return strings.Compare(a.gem.Version, b.gem.Version)
		})
		release, pre := uint64(1), 0
		for i := range places {
			p := &places[i]
			if i > 0 && places[i-1].gem.Version == p.gem.Version {
				return nil, formatError("gem version", name, p.gem.Version, "is there twice")
			}
			if p.parsed.pre {
				pre++
				p.version = labelled(strconv.FormatUint(release, 10)+".0.0-"+strconv.Itoa(pre), p.gem.Version)
				continue
			}
			p.version = ordinalVersion(release, p.gem.Version)
			release, pre = release+1, 0
		}
	}
	return u, nil
}

// spelling returns the text that the version has in the universe, or the one given
// if it is not there: "1.0" may be "1.0.0".
func (u *gemUniverse) spelling(name, version string) string {
	v, reason := parseGemVersion(version)
	if reason != "" {
		return version
	}
	found := version
	for _, p := range u.places[name] {
		if p.gem.Version == version {
			return version
		}
		if p.parsed.compare(v) == 0 {
			found = p.gem.Version
		}
	}
	return found
}

// require returns the requirement that stands for the dependency. A gem that is
// not there is one that nobody provides.
func (u *gemUniverse) require(d GemDependency) (capability.Requirement, error) {
	r, ok := u.ranges[d]
	if !ok {
		wanted, reason := parseGemRequirement(d.Constraint)
		if reason != "" {
			return capability.Requirement{}, formatError("gem constraint", d.Name, d.Constraint, reason)
		}
		var err error
		if r, err = rangeOf(u.places[d.Name], wanted); err != nil {
			return capability.Requirement{}, err
		}
		u.ranges[d] = r
	}
	return capability.Requirement{ID: capability.ID{Namespace: capability.ModuleNamespace, Name: d.Name}, Range: r}, nil
}

// rangeOf returns the range that holds the versions which the requirement admits
// and no other one that is there. The bounds are versions that are there, and open
// where nothing lies beyond.
func rangeOf(places []gemPlace, wanted gemRequirement) (semver.Range, error) {
	if len(places) == 0 {
		return semver.Range{}, nil
	}
	parse := semver.ParseRangePrerelease
	if !wanted.pre { // then the range itself keeps pre-releases out
		parse = semver.ParseRange
		places = slices.DeleteFunc(slices.Clone(places), func(p gemPlace) bool { return p.parsed.pre })
	}
	sum := semver.None()
	for i := 0; i < len(places); i++ {
		first := i
		for i < len(places) && wanted.admits(places[i].parsed) {
			i++
		}
		if i == first {
			continue
		}
		text := "*"
		if first > 0 {
			text = ">=" + plain(places[first].version)
		}
		if i < len(places) {
			text = strings.TrimPrefix(text, "*") + " <=" + plain(places[i-1].version)
		}
		run, err := parse(text)
		if err != nil {
			return sum, err
		}
		sum = sum.Union(run)
	}
	return sum, nil
}

// candidates returns all gems by name, the lowest version first.
func (u *gemUniverse) candidates() ([]*resolve.Candidate, error) {
	var all []*resolve.Candidate
	for _, name := range slices.Sorted(maps.Keys(u.places)) {
		for _, p := range u.places[name] {
			c := &resolve.Candidate{Name: name, Version: p.version, Ref: p.gem}
			for _, d := range p.gem.Dependencies {
				r, err := u.require(d)
				if err != nil {
					return nil, err
				}
				c.Requires = append(c.Requires, r)
			}
			all = append(all, c)
		}
	}
	return all, nil
}
