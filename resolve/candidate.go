package resolve

import (
	"cmp"
	"iter"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Candidate is one version of a module that a solution may choose. Neither it
// nor what it refers to may change while anything of this package that can
// reach it is in use.
type Candidate struct {
	Name    string         // the module's name, unchecked here
	Version semver.Version // the module's version; build metadata tells candidates apart

	// Slot tells versions of one module apart that may be in a solution side by
	// side: only versions with the same name and the same slot exclude each
	// other. The usual choices are "" and the major version.
	Slot string

	// Provides is what the module offers. The module itself, module/<Name> at
	// Version, is always offered; listing it gives it attributes.
	Provides []capability.Capability

	// Requires is what the module needs, of any kind, in the order in which
	// [Chosen].Bindings answers.
	Requires []capability.Requirement

	Rank      int    // between providers alike in version, the higher is chosen
	Preferred bool   // chosen before any other version or provider: running or active
	Yanked    string // if not "", why it is chosen only where it is pinned or locked
	Digest    string // of the artefact; a lock that names another refuses the candidate
	Ref       any    // the caller's own; never looked at
}

// String returns name@version.
func (c *Candidate) String() string { return c.Name + "@" + c.Version.String() }

// Satisfies reports whether the candidate offers a capability that r matches.
// Optional, Many and Forbid of r do not matter.
func (c *Candidate) Satisfies(r capability.Requirement) bool {
	for have := range c.offers(r.ID) {
		if r.Matches(have) {
			return true
		}
	}
	return false
}

// offers yields every capability with the ID that c offers, implied included.
func (c *Candidate) offers(id capability.ID) iter.Seq[capability.Capability] {
	return func(yield func(capability.Capability) bool) {
		for i := range c.Provides {
			if c.Provides[i].ID == id && !yield(c.Provides[i]) {
				return
			}
		}
		if id.Namespace == capability.ModuleNamespace && id.Name == c.Name {
			yield(capability.Capability{ID: id, Version: c.Version})
		}
	}
}

func (c *Candidate) self() capability.ID {
	return capability.ID{Namespace: capability.ModuleNamespace, Name: c.Name}
}

// compareNames orders candidates by name, then from the newest version to the
// oldest. It is total over the candidates of a universe.
func compareNames(a, b *Candidate) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name),
		b.Version.Compare(a.Version),
		cmp.Compare(b.Version.Build(), a.Version.Build()),
	)
}

// Universe answers which candidates there are. A call of this package asks it
// at most once for an ID, and only for IDs that stand in a requirement, of any
// kind, of the root or of a module which the search tried; an explanation also
// asks for the versions of the modules that it tells of. An [*Index] is the
// fastest universe.
type Universe interface {
	// Providers yields all candidates that offer a capability with the ID, in
	// any order; for module/<name> that is every version of the module. It may
	// yield others, which are ignored, and nil, which is too. No two different
	// candidates share name and version; the same one may be yielded often.
	Providers(id capability.ID) iter.Seq[*Candidate]
}

// UniverseFunc is a function that is a [Universe].
type UniverseFunc func(id capability.ID) iter.Seq[*Candidate]

// Providers calls f.
func (f UniverseFunc) Providers(id capability.ID) iter.Seq[*Candidate] { return f(id) }
