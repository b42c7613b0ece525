package resolve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

// bundle is versions of one module to which the same facts of a core apply, so
// that an explanation need not tell them apart.
type bundle struct {
	mods []int32 // newest first
	slot int32
}

// premise is a fact of a core about bundles.
type premise struct {
	kind    NodeKind
	of      int   // the bundle it is stated by or about, rootBundle for the root
	fact    fact  // of one of the bundle's versions
	among   []int // if it is a requirement, the bundles that match, in order of preference
	clauses [][]int
}

const rootBundle = -1

// story is a core in bundles.
type story struct {
	*refutation
	bundles  []bundle
	premises []premise
	bundleOf map[int32]int
}

// collapse bundles the modules that a core is about.
func (r *refutation) collapse(core []fact) *story {
	st := &story{refutation: r, bundleOf: map[int32]int{}}
	st.bundle(core)
	st.meetVersions()
	type key struct {
		kind NodeKind
		of   int
		text string
	}
	seen := map[key]bool{}
	for _, f := range core {
		p := premise{of: rootBundle, fact: f, kind: st.kindOf(f)}
		k := key{kind: p.kind}
		if f.mod != rootModule {
			p.of = st.bundleOf[f.mod]
		}
		k.of = p.of
		switch f.kind {
		case factArc:
			k.text = st.requirementOf(f).String()
			if f.mod == rootModule {
				k.text += fmt.Sprint(f.arc)
			}
			p.among = st.bundlesOf(f, p.of)
		case factBan:
			k.text = st.banOf(f.mod)
		}
		if !seen[k] {
			seen[k] = true
			st.premises = append(st.premises, p)
		}
	}
	st.clausify()
	return st
}

// bundle puts modules with one signature together.
func (st *story) bundle(core []fact) {
	signs := map[int32]*strings.Builder{}
	sign := func(m int32, text string) {
		b := signs[m]
		if b == nil {
			b = &strings.Builder{}
			signs[m] = b
		}
		b.WriteString(text)
		b.WriteByte(0)
	}
	lists := map[string]bool{}
	for _, f := range core {
		if f.mod != rootModule {
			text := fmt.Sprint(f.kind)
			switch f.kind {
			case factArc:
				text += st.requirementOf(f).String() + fmt.Sprint(st.requirementOf(f).Forbid)
			case factBan:
				text += st.banOf(f.mod)
			case factPin:
				text += fmt.Sprint(f.mod)
			}
			sign(f.mod, text)
		}
		if f.kind != factArc {
			continue
		}
		// A module that is left out of a list only because it stated the
		// requirement itself is in it all the same here.
		name := st.requirementOf(f).String()
		if lists[name] {
			continue
		}
		lists[name] = true
		for _, m := range st.graph.plainList(st.requirementOf(f)) {
			sign(m, "in "+name)
		}
	}
	mods := make([]int32, 0, len(signs))
	for m := range signs {
		mods = append(mods, m)
	}
	slices.SortFunc(mods, func(a, b int32) int {
		return cmp.Or(compareNames(st.graph.mods[a].cand, st.graph.mods[b].cand), cmp.Compare(a, b))
	})
	at := map[string]int{}
	for _, m := range mods {
		slot := st.graph.mods[m].slot
		key := fmt.Sprint(slot, " ", signs[m].String())
		i, ok := at[key]
		if !ok {
			i = len(st.bundles)
			at[key] = i
			st.bundles = append(st.bundles, bundle{slot: slot})
		}
		st.bundles[i].mods = append(st.bundles[i].mods, m)
		st.bundleOf[m] = i
	}
}

// clausify writes the premises as clauses: bundle+1 for "is chosen", the negative
// of it for "is not".
func (st *story) clausify() {
	for i := range st.premises {
		p := &st.premises[i]
		var head []int
		if p.of != rootBundle {
			head = []int{-(p.of + 1)}
		}
		switch p.kind {
		case NodePinned:
			p.clauses = [][]int{{p.of + 1}}
		case NodeExcluded:
			p.clauses = [][]int{head}
		case NodeConflict:
			for _, b := range p.among {
				p.clauses = append(p.clauses, append(slices.Clone(head), -(b+1)))
			}
		default:
			clause := slices.Clone(head)
			for _, b := range p.among {
				clause = append(clause, b+1)
			}
			p.clauses = [][]int{clause}
		}
	}
}

func (st *story) kindOf(f fact) NodeKind {
	switch f.kind {
	case factPin:
		return NodePinned
	case factBan:
		return NodeExcluded
	}
	r := st.requirementOf(f)
	switch {
	case r.Forbid:
		return NodeConflict
	case f.mod == rootModule && len(st.bundlesOf(f, rootBundle)) > 0:
		return NodeRoot
	case f.mod == rootModule:
		return NodeMissing
	case len(st.bundlesOf(f, st.bundleOf[f.mod])) == 0:
		return NodeMissing
	}
	return NodeDependency
}

// bundlesOf returns the bundles that match a requirement which one states. That
// one is not among them: a version does not provide for itself, and the others
// cannot be beside it.
func (st *story) bundlesOf(f fact, by int) []int {
	var all []int
	seen := map[int]bool{by: true}
	for _, m := range st.graph.plainList(st.requirementOf(f)) {
		if b := st.bundleOf[m]; !seen[b] {
			seen[b] = true
			all = append(all, b)
		}
	}
	return all
}

func (r *refutation) requirementOf(f fact) *capability.Requirement {
	if f.mod == rootModule {
		return &r.problem.Roots[f.arc]
	}
	return &r.graph.mods[f.mod].cand.Requires[f.arc]
}

// plainList returns the modules that match r, whoever states it.
func (g *graph) plainList(r *capability.Requirement) []int32 {
	if n, ok := g.known(r); ok {
		return g.answers(n).list
	}
	return g.matching(r, g.byID[r.ID])
}

// banOf says why a module cannot be used.
func (r *refutation) banOf(m int32) string { return r.bans[m] }

// meetVersions asks for the other versions of the modules told of, as far as the
// universe was not asked before.
func (st *story) meetVersions() {
	if !st.graph.grows {
		return
	}
	p := st.problem
	p.Budget = Budget{Steps: explainSteps}
	_, done, err := p.attach(context.Background(), st.graph)
	if err != nil {
		return
	}
	defer done()
	for i := range st.bundles {
		id := st.graph.mods[st.bundles[i].mods[0]].cand.self()
		if _, ok := st.graph.byID[id]; ok {
			continue
		}
		if offers, err := st.graph.unknown(id); err == nil {
			st.graph.byID[id] = offers
		}
	}
}
