package resolution

import (
	"iter"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
)

// An encoder says in clauses what can be installed: variable n, from 1, is whether the nth candidate that it met is.
type encoder struct {
	index   *resolve.Index
	numbers map[*resolve.Candidate]int
	met     []*resolve.Candidate
	clauses [][]int
}

// encode returns an encoder that has met all that the root could need, and no more.
func encode(index *resolve.Index, root capability.Requirement) *encoder {
	e := &encoder{index: index, numbers: map[*resolve.Candidate]int{}}
	e.clauses = append(e.clauses, e.providers(nil, root))
	for i := 0; i < len(e.met); i++ { // it grows
		for _, r := range e.met[i].Requires {
			if !r.Forbid && !r.Optional {
				e.clauses = append(e.clauses, e.providers([]int{-(i + 1)}, r))
			}
		}
	}
	e.forbid()
	e.oneVersion()
	return e
}

// providers appends the numbers of the candidates that satisfy a requirement.
func (e *encoder) providers(clause []int, r capability.Requirement) []int {
	for c := range satisfying(e.index, r) {
		n, ok := e.numbers[c]
		if !ok {
			e.met = append(e.met, c)
			n = len(e.met)
			e.numbers[c] = n
		}
		clause = append(clause, n)
	}
	return clause
}

// forbid says which of the candidates that were met exclude each other by a conflict.
func (e *encoder) forbid() {
	for i, c := range e.met {
		for _, r := range c.Requires {
			if !r.Forbid {
				continue
			}
			for other := range satisfying(e.index, r) {
				if n := e.numbers[other]; n > 0 && other != c {
					e.clauses = append(e.clauses, []int{-(i + 1), -n})
				}
			}
		}
	}
}

// oneVersion says that at most one version of a name is installed.
func (e *encoder) oneVersion() {
	byName := map[string][]int{}
	for i, c := range e.met {
		for _, n := range byName[c.Name] {
			e.clauses = append(e.clauses, []int{-n, -(i + 1)})
		}
		byName[c.Name] = append(byName[c.Name], i+1)
	}
}

// satisfying yields the candidates that satisfy a requirement. It does not look through what a candidate provides if the
// answer is plain: a package provides as many capabilities as there are ways to ask for it.
func satisfying(index *resolve.Index, r capability.Requirement) iter.Seq[*resolve.Candidate] {
	ofModule := r.ID.Namespace == capability.ModuleNamespace
	return func(yield func(*resolve.Candidate) bool) {
		for c := range index.Providers(r.ID) {
			if (ofModule && r.Range.Contains(c.Version) || !ofModule && r.Range.IsAny()) && !yield(c) {
				return
			}
		}
	}
}
