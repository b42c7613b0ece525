package corpus

import (
	"slices"
	"strings"

	"github.com/modreg/modreg/resolve"
)

// DebianOptions say how [DebianUniverse] translates. The zero value is the usual.
type DebianOptions struct {
	// NoRecommends leaves out the optional requirements.
	NoRecommends bool

	// Architecture is that of the system, "amd64" if empty. Packages of others,
	// except "all", are left out.
	Architecture string

	// Clauses are provided although no package may require them, so that a root
	// can: "gnome (>= 1:43)". See [DebianClause].
	Clauses []string
}

// DebianUniverse returns a candidate for each package, whose Ref is the
// *[DebianPackage] in the slice given. Several versions of a name may be there; of
// those that compare as equal the first is taken.
//
// A candidate's Name is the package's, its Version counts the versions of that
// name from 1.0.0 up, with the Debian version as build metadata where that may
// hold it. Each clause of a relation, "libc6 (>= 2.34)" or "a | b (<< 2)", is one
// capability in [DebianNamespace], named by its text in canonical form and provided
// by every package that satisfies it. The version provided grades the choice as
// apt does: the earlier of two alternatives, then the package of the name before
// those that provide it, then the more important by priority.
//
// Pre-Depends and Depends become mandatory requirements, in that order, then
// Recommends optional and Conflicts and Breaks forbidding ones. Left out is a
// clause that the package satisfies itself, as nothing provides for itself in
// package resolve, an optional clause that is mandatory too, and a forbidding
// clause that no other package satisfies.
//
// Provides may name a version; without one only clauses without one are satisfied.
// Qualifiers of the own architecture, ":any" and ":native" make no difference; what
// names another architecture matches nothing.
//
// The error is a *[FormatError] that names the package and the clause.
func DebianUniverse(packages []DebianPackage, opts DebianOptions) ([]*resolve.Candidate, error) {
	b := debianBuilder{arch: opts.Architecture, clauseOf: make(map[string]int32, len(packages)), recommends: !opts.NoRecommends}
	if b.arch == "" {
		b.arch = "amd64"
	}
	b.collect(packages)
	if err := b.provisions(); err != nil {
		return nil, err
	}
	if err := b.relations(); err != nil {
		return nil, err
	}
	for _, text := range opts.Clauses {
		if _, reason := b.clause(strings.TrimSpace(text)); reason != "" {
			return nil, formatError(whatDebianRelation, "options", text, reason)
		}
	}
	b.matchAll()
	return b.candidates(), nil
}

// debianBuilder numbers packages and clauses, so that what refers to them is
// small and allocated in few pieces.
type debianBuilder struct {
	arch       string
	recommends bool

	packages []*DebianPackage // in the order given, one for each candidate
	ordinals []uint64         // by package: the place among the versions of its name
	names    map[string]*debianName

	clauses  []debianClause
	clauseOf map[string]int32 // by text, canonical or not
	needs    []debianNeed     // of all packages, one after the other
	needsEnd []int            // by package: where its needs end
	matches  []debianMatch    // of all clauses, one after the other

	scratch []byte
	atoms   []debianAtom
}

// debianName is what answers to a name.
type debianName struct {
	real    []int32 // packages of that name, lowest version first
	virtual []debianProvision
}

type debianProvision struct {
	pkg     int32
	version string // "" if Provides gives none
}

type debianClause struct {
	text       string
	atoms      []debianAtom
	matchesEnd int
}

// debianNeed is a clause that a package states.
type debianNeed struct {
	clause int32
	kind   needKind
}

type needKind uint8

const (
	needMandatory needKind = iota
	needOptional
	needForbid
)

// collect keeps the packages of the architecture and orders versions.
func (b *debianBuilder) collect(packages []DebianPackage) {
	byName := make(map[string][]int32, len(packages))
	kept := 0
	for i := range packages {
		p := &packages[i]
		if p.Architecture == "" || p.Architecture == "all" || p.Architecture == b.arch {
			byName[p.Name] = append(byName[p.Name], int32(i))
			kept++
		}
	}
	ordinal := make([]uint64, len(packages))
	for _, versions := range byName {
		slices.SortStableFunc(versions, func(x, y int32) int {
			return DebianVersionCompare(packages[x].Version, packages[y].Version)
		})
		n := uint64(0)
		for i, v := range versions {
			if i == 0 || DebianVersionCompare(packages[versions[i-1]].Version, packages[v].Version) != 0 {
				n++
				ordinal[v] = n
			}
		}
	}
	b.packages, b.ordinals = make([]*DebianPackage, 0, kept), make([]uint64, 0, kept)
	b.names = make(map[string]*debianName, len(byName))
	for i := range packages {
		if ordinal[i] == 0 {
			continue
		}
		n := b.name(packages[i].Name)
		n.real = append(n.real, int32(len(b.packages)))
		b.packages, b.ordinals = append(b.packages, &packages[i]), append(b.ordinals, ordinal[i])
	}
}

func (b *debianBuilder) name(s string) *debianName {
	n := b.names[s]
	if n == nil {
		n = new(debianName)
		b.names[s] = n
	}
	return n
}

// provisions reads the Provides of all packages.
func (b *debianBuilder) provisions() error {
	for i, p := range b.packages {
		if p.Provides == "" {
			continue
		}
		for text := range splitRelation(p.Provides) {
			a, reason := parseDebianAtom(text)
			if reason == "" && a.op != "" && a.op != "=" {
				reason = "what is provided has an operator other than ="
			}
			if reason != "" {
				return formatError(whatDebianRelation, "Provides of "+p.String(), text, reason)
			}
			if !a.foreign(b.arch) {
				n := b.name(a.name)
				n.virtual = append(n.virtual, debianProvision{pkg: int32(i), version: a.version})
			}
		}
	}
	return nil
}

// relations reads all other relations of all packages.
func (b *debianBuilder) relations() error {
	b.needsEnd = make([]int, 0, len(b.packages))
	for _, p := range b.packages {
		for _, f := range []struct {
			name, text string
			kind       needKind
			skip       bool
		}{
			{"Pre-Depends", p.PreDepends, needMandatory, false},
			{"Depends", p.Depends, needMandatory, false},
			{"Recommends", p.Recommends, needOptional, !b.recommends},
			{"Conflicts", p.Conflicts, needForbid, false},
			{"Breaks", p.Breaks, needForbid, false},
		} {
			if f.skip || f.text == "" {
				continue
			}
			for text := range splitRelation(f.text) {
				c, reason := b.clause(text)
				if reason != "" {
					return formatError(whatDebianRelation, f.name+" of "+p.String(), text, reason)
				}
				b.needs = append(b.needs, debianNeed{clause: c, kind: f.kind})
			}
		}
		b.needsEnd = append(b.needsEnd, len(b.needs))
	}
	return nil
}

// splitRelation yields the clauses of a field.
func splitRelation(field string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for text := range strings.SplitSeq(field, ",") {
			if text = strings.TrimSpace(text); text != "" && !yield(text) {
				return
			}
		}
	}
}

// clause returns the number of the clause. Most texts are seen often and
// canonical already.
func (b *debianBuilder) clause(text string) (number int32, reason string) {
	if number, ok := b.clauseOf[text]; ok {
		return number, ""
	}
	if b.atoms, reason = parseDebianClause(b.atoms[:0], text); reason != "" {
		return 0, reason
	}
	b.scratch = appendDebianClause(b.scratch[:0], b.atoms)
	canonical := text
	if string(b.scratch) != text {
		canonical = string(b.scratch)
	}
	number, ok := b.clauseOf[canonical]
	if !ok {
		number = int32(len(b.clauses))
		b.clauses = append(b.clauses, debianClause{text: canonical, atoms: slices.Clone(b.atoms)})
		b.clauseOf[canonical] = number
	}
	b.clauseOf[text] = number
	return number, ""
}
