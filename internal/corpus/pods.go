package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
)

const (
	whatPods        = "pods"
	defaultPodIndex = "awesome"
)

// PodCase is an integration case of CocoaPods' resolver in modreg's terms.
type PodCase struct {
	Name string // what the case is about

	// Universe is the index of the case. The Ref of a candidate is its
	// *[GemVersion]; what is locked is Preferred.
	Universe []*resolve.Candidate
	Roots    []capability.Requirement // in the order written

	// Versions by name, in the spelling of the index: those in use before, and
	// those that CocoaPods' resolver takes.
	Locked, Resolved map[string]string

	Conflicts []string // names that it blames; not empty means that there is no solution
}

// ReadPods reads case/<caseName>.json and the index that it names from the folder
// of CocoaPods' Resolver-Integration-Specs.
//
// Versions and constraints are those of RubyGems. A gem's releases are 1.0.0, 2.0.0
// and so on, pre-releases of release n are n.0.0-1, n.0.0-2 and so on, and the text
// is the build metadata. Ranges hold the versions that a constraint admits, which
// pre-releases are only if it names one. A gem that the index does not have is a
// requirement that nobody provides. A control character in a requested name, which
// the cases use to ask twice for one gem, is no part of the name.
//
// The error is a *[FormatError] or wraps that of the file system.
func ReadPods(fsys fs.FS, caseName string) (*PodCase, error) {
	var spec podSpec
	if err := readPodFile(fsys, "case/"+caseName+".json", &spec); err != nil {
		return nil, err
	}
	if spec.Index == "" {
		spec.Index = defaultPodIndex
	}
	var index map[string][]podVersion
	if err := readPodFile(fsys, "index/"+spec.Index+".json", &index); err != nil {
		return nil, err
	}
	var gems []GemVersion
	for _, name := range slices.Sorted(maps.Keys(index)) {
		for _, v := range index[name] {
			gems = append(gems, GemVersion{Name: name, Version: v.Version, Dependencies: v.Dependencies})
		}
	}
	u, err := newGemUniverse(gems)
	if err != nil {
		return nil, err
	}
	return spec.translate(u)
}

func (s *podSpec) translate(u *gemUniverse) (*PodCase, error) {
	c := &PodCase{Name: s.Name, Locked: map[string]string{}, Resolved: map[string]string{}, Conflicts: s.Conflicts}
	for _, tree := range []struct {
		into map[string]string
		from []podTree
	}{{c.Locked, s.Base}, {c.Resolved, s.Resolved}} {
		if err := flattenPods(tree.into, tree.from, 0); err != nil {
			return nil, err
		}
		for name, version := range tree.into {
			tree.into[name] = u.spelling(name, version)
		}
	}
	for _, d := range s.Requested {
		d.Name = strings.Map(func(r rune) rune {
			if r < ' ' {
				return -1
			}
			return r
		}, d.Name)
		r, err := u.require(d)
		if err != nil {
			return nil, err
		}
		c.Roots = append(c.Roots, r)
	}
	var err error
	if c.Universe, err = u.candidates(); err != nil {
		return nil, err
	}
	for _, candidate := range c.Universe {
		if g, ok := candidate.Ref.(*GemVersion); ok {
			locked, ok := c.Locked[g.Name]
			candidate.Preferred = ok && locked == g.Version
		}
	}
	return c, nil
}

// podSpec is the form of a case.
type podSpec struct {
	Name      string          `json:"name"`
	Index     string          `json:"index"`
	Requested podDependencies `json:"requested"`
	Base      []podTree       `json:"base"`
	Resolved  []podTree       `json:"resolved"`
	Conflicts []string        `json:"conflicts"`
}

// podVersion is an element of an index.
type podVersion struct {
	Version      string          `json:"version"`
	Dependencies podDependencies `json:"dependencies"`
}

// podTree is a resolved version and what it pulled in.
type podTree struct {
	Name         string    `json:"name"`
	Version      string    `json:"version"`
	Dependencies []podTree `json:"dependencies"`
}

// maxPodDepth bounds the recursion into a tree.
const maxPodDepth = 1000

func flattenPods(into map[string]string, trees []podTree, depth int) error {
	if depth > maxPodDepth {
		return formatError(whatPods, "", "", "a tree is deeper than 1000 levels")
	}
	for _, t := range trees {
		if before, ok := into[t.Name]; ok && before != t.Version {
			return formatError(whatPods, "", t.Name, "has the versions "+before+" and "+t.Version+" at once")
		}
		into[t.Name] = t.Version
		if err := flattenPods(into, t.Dependencies, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// podDependencies is an object of constraints by name, or a list of pairs.
type podDependencies []GemDependency

// UnmarshalJSON keeps the order of an object, which a map would lose.
func (d *podDependencies) UnmarshalJSON(data []byte) error {
	*d = nil
	if len(data) > 0 && data[0] == '[' {
		var pairs [][2]string
		if err := json.Unmarshal(data, &pairs); err != nil {
			return err
		}
		for _, p := range pairs {
			*d = append(*d, GemDependency{Name: p[0], Constraint: p[1]})
		}
		return nil
	}
	tokens := json.NewDecoder(bytes.NewReader(data))
	if open, err := tokens.Token(); err != nil || open != json.Delim('{') {
		return formatError(whatPods, "", string(data), "is neither an object nor a list of dependencies")
	}
	for tokens.More() {
		name, err := tokens.Token()
		if err != nil {
			return err
		}
		var constraint string
		if err := tokens.Decode(&constraint); err != nil {
			return err
		}
		text, _ := name.(string) // so are all names of members
		*d = append(*d, GemDependency{Name: text, Constraint: constraint})
	}
	return nil
}

func readPodFile(fsys fs.FS, name string, into any) error {
	f, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", whatPods, err)
	}
	defer func() { _ = f.Close() }()
	data, err := readDocument(whatPods, f, maxDocument)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(cutComments(data), into); err != nil {
		return formatError(whatPods, name, "", err.Error())
	}
	return nil
}

// cutComments blanks what follows "//" outside a string, up to the end of the
// line, in place.
func cutComments(data []byte) []byte {
	inString := false
	for i := 0; i < len(data); i++ {
		switch {
		case inString && data[i] == '\\':
			i++
		case data[i] == '"':
			inString = !inString
		case !inString && data[i] == '/' && i+1 < len(data) && data[i+1] == '/':
			for ; i < len(data) && data[i] != '\n'; i++ {
				data[i] = ' '
			}
		}
	}
	return data
}
