package discover

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// A universe makes random documents and queries of a small vocabulary, so that
// they often meet.
type universe struct {
	*rand.Rand
	names, caps, versions int
	ranks                 int // 1: all documents have one rank
	rankByName            bool
	active                int // one document in so many is; 0 means none
}

func (u *universe) pick(list ...string) string { return list[u.IntN(len(list))] }

func (u *universe) name() string { return fmt.Sprintf("team%d/mod-%d", u.IntN(3), u.IntN(u.names)) }

func (u *universe) version() semver.Version {
	text := fmt.Sprintf("%d.%d.0", 1+u.IntN(3), u.IntN(u.versions))
	if u.IntN(6) == 0 {
		text += u.pick("-rc.1", "-rc.2", "-beta")
	}
	if u.IntN(8) == 0 {
		text += "+b" + fmt.Sprint(u.IntN(3))
	}
	return semver.MustParse(text)
}

func (u *universe) id() capability.ID {
	if u.IntN(12) == 0 {
		return capability.ID{Namespace: capability.ModuleNamespace, Name: u.name()}
	}
	if u.IntN(10) == 0 {
		return capability.ID{Namespace: "ns", Name: fmt.Sprintf("cap%d", u.IntN(u.caps))}
	}
	// Low numbers are common, high ones rare.
	return capability.ID{Name: fmt.Sprintf("cap%d", int(float64(u.caps)*u.Float64()*u.Float64()*u.Float64()))}
}

func (u *universe) attrs() capability.Attrs {
	if u.IntN(3) > 0 {
		return capability.Attrs{}
	}
	a, err := capability.NewAttrs(
		capability.Attr{Name: "lang", Value: capability.String(u.pick("en", "de", "fr"))},
		capability.Attr{Name: "port", Value: capability.Int(u.Int64N(400))})
	if err != nil {
		panic(err)
	}
	return a
}

func (u *universe) metadata() map[string]string {
	if u.IntN(2) == 0 {
		return nil
	}
	return map[string]string{"team": u.pick("a", "b", "c"), "sha": fmt.Sprint(u.IntN(5000))}
}

func (u *universe) doc() *Doc {
	d := &Doc{
		Name: u.name(), Version: u.version(), Active: u.active > 0 && u.IntN(u.active) == 0, Kind: u.pick("", "lib", "tool", "service"),
		Licence: u.pick("", "MIT", "MIT", "Apache-2.0"), Metadata: u.metadata(), Health: Health(u.IntN(5)),
		Description: strings.Join([]string{u.pick("Reads", "Writes"), u.pick("images", "sounds", "tables"), u.pick("quickly", "well", "")}, " "),
	}
	switch {
	case u.rankByName:
		d.Rank = int32(len(d.Name)+int(d.Name[len(d.Name)-1]))%int32(u.ranks) - 1
	case u.ranks > 1:
		d.Rank = int32(u.IntN(u.ranks)) - 1
	}
	for range u.IntN(6) {
		d.Provides = append(d.Provides, capability.Capability{ID: u.id(), Version: u.version(), Attrs: u.attrs()})
	}
	return d
}

func (u *universe) requirement() capability.Requirement {
	r := capability.Requirement{ID: u.id()}
	if u.IntN(3) == 0 {
		r.Range = semver.MustParseRange(u.pick(">=2", "^1.1", "<3", "=2.0.0", ">=1.0.0-beta", "<0.0.0-0", ">=9"))
	}
	if u.IntN(5) == 0 {
		f, err := capability.ParseFilter(u.pick(`lang = "en"`, `port < 200`, `not exists lang`, `lang in ["de", "fr"]`, `port = 3`))
		if err != nil {
			panic(err)
		}
		r.Filter = f
	}
	return r
}

func (u *universe) requirements(most int) (reqs []capability.Requirement) {
	for range u.IntN(most + 1) {
		reqs = append(reqs, u.requirement())
	}
	return reqs
}

func (u *universe) query() Query {
	q := Query{Require: u.requirements(2), Policy: Policy(u.IntN(3))}
	if u.IntN(3) == 0 {
		q.Forbid = u.requirements(2)
	}
	if u.IntN(3) == 0 {
		q.Optional = u.requirements(4)
	}
	if u.IntN(5) == 0 {
		q.Name = u.pick(u.name(), "team1/*", "*/mod-1?", "team[02]/mod-*", "nobody")
	}
	if u.IntN(4) == 0 {
		q.ByVersion = true
		q.Versions = semver.MustParseRange(u.pick("*", "^1", ">=2.1", "=1.0.0", ">=2.0.0-beta"))
	}
	if u.IntN(4) == 0 {
		q.Kind = u.pick("lib", "tool", "nothing")
	}
	if u.IntN(5) == 0 {
		q.Licence = u.pick("MIT", "Apache-2.0", "nothing")
	}
	if u.IntN(5) == 0 {
		q.Metadata = map[string]string{"team": u.pick("a", "b", "x")}
		if u.IntN(3) == 0 {
			q.Metadata = map[string]string{"sha": fmt.Sprint(u.IntN(5000))}
		}
	}
	if u.IntN(5) == 0 {
		q.Health = HealthSet(u.IntN(16))
	}
	if u.IntN(8) == 0 {
		q.Accept = func(d *Doc) bool { return len(d.Provides)%2 == 0 }
	}
	if u.IntN(2) == 0 {
		q.Limit = 1 + u.IntN(40)
	}
	return q
}

// A scan is the index without an index: it looks at every document, by the
// matchers of package capability.
type scan map[string]*Doc

func scanKey(name string, v semver.Version) string {
	text, _, _ := strings.Cut(v.String(), "+")
	return name + "@" + text
}

func (s scan) add(d *Doc)   { s[scanKey(d.Name, d.Version)] = d }
func (s scan) remove(k Key) { delete(s, scanKey(k.Name, k.Version)) }

func scanProvides(d *Doc, r capability.Requirement) bool {
	self := capability.Capability{ID: capability.ID{Namespace: "module", Name: d.Name}, Version: d.Version}
	return slices.ContainsFunc(append(slices.Clone(d.Provides), self), r.Matches)
}

func scanMatches(d *Doc, q Query) bool {
	named, _ := path.Match(q.Name, d.Name)
	healthy := q.Health == 0 || d.Health > HealthFailed && q.Health&1 != 0 || d.Health <= HealthFailed && q.Health>>d.Health&1 != 0
	if q.Name != "" && !named || q.ByVersion && !q.Versions.Contains(d.Version) || !healthy ||
		q.Kind != "" && q.Kind != d.Kind || q.Licence != "" && q.Licence != d.Licence || q.Policy == ActiveOnly && !d.Active {
		return false
	}
	for k, v := range q.Metadata {
		if have, ok := d.Metadata[k]; !ok || have != v {
			return false
		}
	}
	for _, r := range q.Require {
		if !scanProvides(d, r) {
			return false
		}
	}
	for _, r := range q.Forbid {
		if scanProvides(d, r) {
			return false
		}
	}
	return q.Accept == nil || q.Accept(d)
}

// before is the order of results of two documents, with as many optional
// requirements satisfied.
func before(d *Doc, dOptional int32, e *Doc, eOptional int32) bool {
	switch {
	case dOptional != eOptional:
		return dOptional > eOptional
	case d.Rank != e.Rank:
		return d.Rank > e.Rank
	case d.Name != e.Name:
		return d.Name < e.Name
	}
	return d.Version.Compare(e.Version) > 0
}

// search returns all hits, without regard to the limit.
func (s scan) search(q Query) []Hit {
	var hits []Hit
	best := map[string]*Doc{}
	for _, d := range s {
		if !scanMatches(d, q) {
			continue
		}
		if q.Policy == AllVersions {
			hits = append(hits, Hit{Doc: d, Optional: scanOptional(d, q)})
			continue
		}
		e := best[d.Name]
		switch {
		case e == nil || d.Active && !e.Active:
			best[d.Name] = d
		case d.Active != e.Active:
		case d.Active && before(d, 0, e, 0) || !d.Active && d.Version.Compare(e.Version) > 0:
			best[d.Name] = d
		}
	}
	for _, d := range best {
		hits = append(hits, Hit{Doc: d, Optional: scanOptional(d, q)})
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		switch {
		case before(a.Doc, a.Optional, b.Doc, b.Optional):
			return -1
		case before(b.Doc, b.Optional, a.Doc, a.Optional):
			return 1
		}
		return 0
	})
	return hits
}

func scanOptional(d *Doc, q Query) (n int32) {
	for _, r := range q.Optional {
		if scanProvides(d, r) {
			n++
		}
	}
	return n
}
