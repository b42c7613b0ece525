package discover

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Doc is one version of a module as the index knows it. From the moment it is
// given to an index neither it nor anything it refers to may change, except
// what Ref leads to: the index reads it at any time, from many goroutines. To
// change a document, add another with the same key.
type Doc struct {
	// Name and Version are the key: an index holds one document of each pair.
	// Versions of the same precedence are the same version, build metadata
	// makes no difference.
	Name    string
	Version semver.Version

	// Active marks the version of the module that is preferred. At most one
	// version of a name should be active; where several are and match, the first
	// of them in the order of results speaks for the module.
	Active bool

	// Rank orders results, higher first. All versions of a name should share
	// it. Where they do not, each version stands in the results by its own
	// rank; answers stay exact, but finding the version that speaks for the
	// module takes a look at every version of that name.
	Rank int32

	Kind, Licence, Description string
	Metadata                   map[string]string

	// Provides lists the capabilities in any order; an ID may appear more than
	// once. Listed or not, a document also provides the module itself, the
	// capability module/<name> at its own version without attributes.
	Provides []capability.Capability

	Health Health

	// Ref is the caller's own; the index hands it back and never looks at it.
	Ref any
}

// Key returns the name and version of the document.
func (d *Doc) Key() Key { return Key{d.Name, d.Version} }

// Key identifies a document: two keys are the same if their names are equal and
// their versions have the same precedence, which == does not tell.
type Key struct {
	Name    string
	Version semver.Version
}

// String returns "name@version".
func (k Key) String() string { return k.Name + "@" + k.Version.String() }

// Health says how a module is doing.
type Health uint8

// The states of health. A document whose Health is none of them counts as
// HealthUnknown.
const (
	HealthUnknown Health = iota
	HealthOK
	HealthDegraded
	HealthFailed

	healths = iota
)

// String returns the state in lower case: "unknown", "ok", "degraded" or
// "failed".
func (h Health) String() string {
	switch h {
	case HealthUnknown:
		return "unknown"
	case HealthOK:
		return "ok"
	case HealthDegraded:
		return "degraded"
	case HealthFailed:
		return "failed"
	}
	return fmt.Sprintf("health %d", uint8(h))
}

// known maps what is no state to HealthUnknown.
func (h Health) known() Health {
	if h >= healths {
		return HealthUnknown
	}
	return h
}

// HealthSet is a set of states of health. The zero value stands for all of
// them, so that a query which does not mention health admits any.
type HealthSet uint8

// Healths returns the set of the given states.
func Healths(states ...Health) HealthSet {
	var s HealthSet
	for _, h := range states {
		s |= 1 << h.known()
	}
	return s
}

// Has reports whether the set admits h.
func (s HealthSet) Has(h Health) bool { return s == 0 || s>>h.known()&1 != 0 }

// Hit is a document that matches a query.
type Hit struct {
	Doc *Doc
	// Optional is how many of the query's optional requirements it satisfies.
	Optional int32
	// Score is the relevance to the query's text, 0 if the query has none.
	// Scores of one query on one view compare with each other, and with nothing
	// else.
	Score float32
}

// compareDocs is the order of results where optional requirements and text make
// no difference: rank, name, then the highest version.
func compareDocs(a, b *Doc) int {
	if a.Rank != b.Rank {
		return cmp.Compare(b.Rank, a.Rank)
	}
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return b.Version.Compare(a.Version)
}

// compareHits is the whole order of results.
func compareHits(a, b *Hit) int {
	switch {
	case a.Score != b.Score:
		return cmp.Compare(b.Score, a.Score)
	case a.Optional != b.Optional:
		return cmp.Compare(b.Optional, a.Optional)
	}
	return compareDocs(a.Doc, b.Doc)
}
