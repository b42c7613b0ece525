package corpus

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

const whatNode = "node json"

// nodeVersion is the form of one version. All keys are names of packages.
type nodeVersion struct {
	Dependencies         map[string]string `json:"dependencies"`
	PeerDependencies     map[string]string `json:"peerDependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	Conflicts            map[string]string `json:"conflicts"`
	Provides             map[string]string `json:"provides"`
}

// ReadNode reads a registry of semantic versions:
//
//	{"name": {"1.2.3": {"dependencies": {"other": "^1.0.0"}}}}
//
// Besides dependencies a version may have peerDependencies, which are mandatory
// too, optionalDependencies, which replace a dependency of the same name as they do
// in node, conflicts with packages, and provides, the versions of other packages
// that it stands in for. Ranges are those of [semver.ParseRange]; tags, addresses
// and aliases are refused. Other members are skipped.
//
// Candidates are in the order of names and versions, requirements in that of the
// kinds above and then of names. The error is a *[FormatError] or wraps that of the
// reader.
func ReadNode(r io.Reader) ([]*resolve.Candidate, error) {
	data, err := readDocument(whatNode, r, maxDocument)
	if err != nil {
		return nil, err
	}
	var packages map[string]map[string]nodeVersion
	if err := json.Unmarshal(data, &packages); err != nil {
		return nil, formatError(whatNode, "", "", err.Error())
	}
	ranges := make(map[string]semver.Range)
	var all []*resolve.Candidate
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		first := len(all)
		for _, version := range slices.Sorted(maps.Keys(packages[name])) {
			spec := packages[name][version]
			c := &resolve.Candidate{Name: name}
			if c.Version, err = semver.Parse(version); err != nil {
				return nil, formatError(whatNode, name, "", err.Error())
			}
			if err := spec.fill(c, ranges); err != nil {
				return nil, formatError(whatNode, c.String(), "", err.Error())
			}
			all = append(all, c)
		}
		slices.SortFunc(all[first:], func(a, b *resolve.Candidate) int {
			if c := a.Version.Compare(b.Version); c != 0 {
				return c
			}
			return strings.Compare(a.Version.Build(), b.Version.Build())
		})
	}
	return all, nil
}

func (s *nodeVersion) fill(c *resolve.Candidate, ranges map[string]semver.Range) error {
	for name := range s.OptionalDependencies {
		delete(s.Dependencies, name)
	}
	for _, kind := range []struct {
		wanted           map[string]string
		optional, forbid bool
	}{
		{wanted: s.Dependencies},
		{wanted: s.PeerDependencies},
		{wanted: s.OptionalDependencies, optional: true},
		{wanted: s.Conflicts, forbid: true},
	} {
		for _, name := range slices.Sorted(maps.Keys(kind.wanted)) {
			text := kind.wanted[name]
			r, ok := ranges[text]
			if !ok {
				var err error
				if r, err = semver.ParseRange(text); err != nil {
					return err
				}
				ranges[text] = r
			}
			c.Requires = append(c.Requires, capability.Requirement{
				ID: nodeID(name), Range: r, Optional: kind.optional, Forbid: kind.forbid,
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Provides)) {
		v, err := semver.Parse(s.Provides[name])
		if err != nil {
			return err
		}
		c.Provides = append(c.Provides, capability.Capability{ID: nodeID(name), Version: v})
	}
	return nil
}

func nodeID(name string) capability.ID {
	return capability.ID{Namespace: capability.ModuleNamespace, Name: name}
}
