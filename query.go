package modreg

import (
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// A Query asks which modules there are. Its conditions are joined by "and"; the zero Query matches every module.
//
// Capabilities are texts as package capability parses requirements: `text.process`, `text.process>=1`,
// `image.resize ^2 where mime = "image/png"`.
type Query struct {
	Name     string            // a name, or a pattern with * and ? as in package path
	Version  string            // a range of module versions, such as "^1.2"
	Kind     string            // the manifest's kind
	Licence  string            // the manifest's licence, as it is written there
	Metadata map[string]string // what the manifest's metadata must hold

	Require  []string // capabilities that must be provided
	Optional []string // capabilities that are welcome: modules that provide more of them come first
	Forbid   []string // capabilities that must not be provided

	// AllVersions yields every version that matches. Without it each module appears once: by its active version
	// if that matches, else by the highest that does.
	AllVersions bool
	// Limit is the most modules to yield; 0 means all.
	Limit int
}

// maxQueryTerms is the most capabilities in one list of a query.
const maxQueryTerms = 256

// query is a Query with every text parsed.
type query struct {
	Query
	versions                  semver.Range
	require, optional, forbid []capability.Requirement
}

// Discover yields the modules that match q, best first: those that provide more of the optional capabilities,
// then by name, then the highest version. A query outside the grammar is an error with CodeInvalid now; the
// iterator cannot fail and may be ranged over several times.
func (s *Snapshot) Discover(q Query) (iter.Seq[Module], error) {
	p, err := q.parse()
	if err != nil {
		return nil, err
	}
	return func(yield func(Module) bool) {
		found := s.search(p)
		for i, f := range found {
			if (p.Limit > 0 && i == p.Limit) || !yield(f.module) {
				return
			}
		}
	}, nil
}

func (q Query) parse() (*query, error) {
	p := &query{Query: q}
	if _, err := path.Match(q.Name, ""); err != nil || len(q.Name) > 256 {
		return nil, &Error{Code: CodeInvalid, What: fmt.Sprintf("query: name %.64q", q.Name), Why: "it is not a pattern"}
	}
	if q.Limit < 0 {
		return nil, &Error{Code: CodeInvalid, What: "query: limit", Why: "it is negative"}
	}
	var err error
	if p.versions, err = semver.ParseRange(q.Version); err != nil {
		return nil, invalid("query: version", err)
	}
	for _, list := range []struct {
		name  string
		texts []string
		to    *[]capability.Requirement
	}{{"require", q.Require, &p.require}, {"optional", q.Optional, &p.optional}, {"forbid", q.Forbid, &p.forbid}} {
		if len(list.texts) > maxQueryTerms {
			return nil, &Error{
				Code: CodeInvalid, What: "query: " + list.name, Why: fmt.Sprintf("it has %d terms and at most %d are allowed", len(list.texts), maxQueryTerms),
			}
		}
		for _, text := range list.texts {
			req, err := capability.ParseRequirement(text)
			if err != nil {
				return nil, invalid("query: "+list.name, err)
			}
			*list.to = append(*list.to, req)
		}
	}
	return p, nil
}

type found struct {
	module Module
	score  int
}

func (s *Snapshot) search(p *query) []found {
	var all []found
	seen := map[string]bool{}
	for name := range s.candidates(p) {
		if seen[name] {
			continue
		}
		seen[name] = true
		m, ok := s.module(name)
		if !ok {
			continue
		}
		if !p.AllVersions && p.matches(m.active) {
			all = append(all, found{Module{v: m.active, active: true}, p.score(m.active)})
			continue
		}
		for _, v := range m.versions {
			if p.matches(v) {
				all = append(all, found{Module{v: v, active: v == m.active}, p.score(v)})
				if !p.AllVersions {
					break
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return strings.Compare(a.module.Name(), b.module.Name())
	})
	return all
}

// candidates yields the names that p may match, perhaps more than once: those of the providers of the rarest
// required capability, where there is one.
func (s *Snapshot) candidates(p *query) iter.Seq[string] {
	if !strings.ContainsAny(p.Name, `*?[\`) && p.Name != "" {
		return func(yield func(string) bool) { yield(p.Name) }
	}
	rarest, fewest := -1, 0
	for i, req := range p.require {
		n := 0
		if req.ID.Namespace == capability.ModuleNamespace {
			n = 1
		} else if provs, ok := s.caps.Get(req.ID.String()); ok {
			n = provs.n
		}
		if rarest < 0 || n < fewest {
			rarest, fewest = i, n
		}
	}
	return func(yield func(string) bool) {
		if rarest >= 0 {
			for v := range s.providersOf(p.require[rarest].ID) {
				if !yield(v.name) {
					return
				}
			}
			return
		}
		for name := range s.active.All() {
			if !yield(name) {
				return
			}
		}
	}
}

func (p *query) matches(v *version) bool {
	if p.Name != "" {
		if ok, _ := path.Match(p.Name, v.name); !ok {
			return false
		}
	}
	if (p.Version != "" && !p.versions.Contains(v.vers)) ||
		(p.Kind != "" && p.Kind != v.kind) || (p.Licence != "" && p.Licence != v.doc().Licence) {
		return false
	}
	for key, want := range p.Metadata {
		if have, ok := v.doc().Metadata[key]; !ok || have != want {
			return false
		}
	}
	for _, req := range p.require {
		if !v.satisfies(req) {
			return false
		}
	}
	return !slices.ContainsFunc(p.forbid, v.satisfies)
}

func (p *query) score(v *version) int {
	n := 0
	for _, req := range p.optional {
		if v.satisfies(req) {
			n++
		}
	}
	return n
}
