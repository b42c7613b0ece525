package corpus

import (
	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

// debianMatch is a package that satisfies a clause, and how well.
type debianMatch struct {
	pkg         int32
	alternative int32 // counted from 0
	grade       debianGrade
}

// debianGrade tells apart what satisfies the same alternative.
type debianGrade struct{ direct, priority uint8 }

// matchAll finds the packages that satisfy each clause, each once and by its
// best alternative.
func (b *debianBuilder) matchAll() {
	seen := make([]int32, len(b.packages)) // by package: the last clause it was found for, plus 1
	for c := range b.clauses {
		clause := &b.clauses[c]
		for i := range clause.atoms {
			a := &clause.atoms[i]
			n := b.names[a.name]
			if n == nil || a.foreign(b.arch) {
				continue
			}
			add := func(pkg int32, g debianGrade) {
				if seen[pkg] != int32(c)+1 {
					seen[pkg] = int32(c) + 1
					b.matches = append(b.matches, debianMatch{pkg: pkg, alternative: int32(i), grade: g})
				}
			}
			for _, pkg := range n.real {
				if a.accepts(b.packages[pkg].Version) {
					add(pkg, debianGrade{direct: 1})
				}
			}
			for _, p := range n.virtual {
				if a.acceptsProvided(p.version) {
					add(p.pkg, debianGrade{priority: debianPriority(b.packages[p.pkg].Priority)})
				}
			}
		}
		clause.matchesEnd = len(b.matches)
	}
}

func debianPriority(s string) uint8 {
	switch s {
	case "required":
		return 4
	case "important":
		return 3
	case "standard":
		return 2
	case "optional":
		return 1
	}
	return 0
}

// version is what a package offers of a clause with that many alternatives.
func (m debianMatch) version(alternatives int) semver.Version {
	// The error is about numbers of 2^53 and more.
	v, _ := semver.New(uint64(alternatives-int(m.alternative)), uint64(m.grade.direct), uint64(m.grade.priority))
	return v
}

// candidates puts everything together. All capabilities share one array, and all
// requirements another.
func (b *debianBuilder) candidates() []*resolve.Candidate {
	provides, clausesOf := b.offers()
	all := make([]resolve.Candidate, len(b.packages))
	pointers := make([]*resolve.Candidate, len(b.packages))
	requires := make([]capability.Requirement, 0, len(b.needs))
	own := make([]int32, len(b.clauses))       // by clause: the last package that satisfied it, plus 1
	stated := make([][2]int32, len(b.clauses)) // the same for those that stated it, as a need and to forbid
	at := 0
	for i, p := range b.packages {
		first, from := len(requires), 0
		if i > 0 {
			from = b.needsEnd[i-1]
		}
		for _, c := range clausesOf[at : at+len(provides[i])] {
			own[c] = int32(i) + 1
		}
		at += len(provides[i])
		for _, n := range b.needs[from:b.needsEnd[i]] {
			before := &stated[n.clause][n.kind/needForbid]
			if *before == int32(i)+1 || b.omit(n, own[n.clause] == int32(i)+1) {
				continue
			}
			*before = int32(i) + 1
			r := debianRequirement(b.clauses[n.clause].text)
			r.Optional, r.Forbid = n.kind == needOptional, n.kind == needForbid
			requires = append(requires, r)
		}
		all[i] = resolve.Candidate{
			Name: p.Name, Version: ordinalVersion(b.ordinals[i], p.Version), Ref: p,
			Provides: provides[i], Requires: requires[first:len(requires):len(requires)],
		}
		pointers[i] = &all[i]
	}
	return pointers
}

// omit reports whether the need says nothing: the package satisfies it itself, or
// it forbids nobody else.
func (b *debianBuilder) omit(n debianNeed, itself bool) bool {
	if n.kind != needForbid {
		return itself
	}
	others := len(b.matchesOf(n.clause))
	if itself {
		others--
	}
	return others == 0
}

func (b *debianBuilder) matchesOf(clause int32) []debianMatch {
	from := 0
	if clause > 0 {
		from = b.clauses[clause-1].matchesEnd
	}
	return b.matches[from:b.clauses[clause].matchesEnd]
}

// offers returns what each package provides, and the clauses of all that in the
// same order.
func (b *debianBuilder) offers() (provides [][]capability.Capability, clausesOf []int32) {
	next := make([]int, len(b.packages)+1) // by package: where its next capability goes
	for _, m := range b.matches {
		next[m.pkg+1]++
	}
	for i := range b.packages {
		next[i+1] += next[i]
	}
	all := make([]capability.Capability, len(b.matches))
	provides = make([][]capability.Capability, len(b.packages))
	for i := range b.packages {
		provides[i] = all[next[i]:next[i+1]:next[i+1]]
	}
	clausesOf = make([]int32, len(b.matches))
	for c := range b.clauses {
		clause := &b.clauses[c]
		id := capability.ID{Namespace: DebianNamespace, Name: clause.text}
		for _, m := range b.matchesOf(int32(c)) {
			all[next[m.pkg]] = capability.Capability{ID: id, Version: m.version(len(clause.atoms))}
			clausesOf[next[m.pkg]] = int32(c)
			next[m.pkg]++
		}
	}
	return provides, clausesOf
}
