package resolve

import (
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

// shown writes a requirement for people: the module itself by its name alone.
func shown(r *capability.Requirement) string {
	text := r.String()
	if r.ID.Namespace == capability.ModuleNamespace {
		text = strings.TrimPrefix(text, capability.ModuleNamespace+"/")
	}
	return text
}

// obvious reports whether a requirement names the module that it matches, so
// that saying which would be saying it twice.
func (st *story) obvious(r *capability.Requirement, among []int) bool {
	if r.ID.Namespace != capability.ModuleNamespace {
		return false
	}
	for _, b := range among {
		if st.name(b) != r.ID.Name {
			return false
		}
	}
	return true
}

func (st *story) name(b int) string { return st.graph.mods[st.bundles[b].mods[0]].cand.Name }

// versions says which versions a bundle holds, "" for all that there are of
// several.
func (st *story) versions(b int) string { return st.versionsOf(b + 1) }

// every stands before the name of a module of which all versions are meant.
const every = "every version of "

// text names the modules of bundles of one slot, given as literals: "every
// version of a", "a 1.2.0", "a >=1.0.0".
func (st *story) text(bundles ...int) string {
	name := st.name(bundles[0] - 1)
	versions := st.versionsOf(bundles...)
	if versions == "" {
		return every + name
	}
	return name + " " + versions
}

func (st *story) versionsOf(bundles ...int) string {
	in := map[int32]bool{}
	for _, b := range bundles {
		for _, m := range st.bundles[b-1].mods {
			in[m] = true
		}
	}
	known := slices.Clone(st.graph.slots[st.bundles[bundles[0]-1].slot])
	slices.SortFunc(known, func(a, b int32) int { return compareNames(st.graph.mods[b].cand, st.graph.mods[a].cand) })
	first, last := 0, len(known)-1 // from the oldest to the newest
	for !in[known[first]] {
		first++
	}
	for !in[known[last]] {
		last--
	}
	version := func(i int) string { return st.graph.mods[known[i]].cand.Version.String() }
	switch {
	case len(in) == 1:
		return version(first)
	case len(in) == len(known):
		return ""
	case len(in) == last-first+1 && last == len(known)-1:
		return ">=" + version(first)
	case len(in) == last-first+1 && first == 0:
		return "<=" + version(last)
	case len(in) == last-first+1:
		return ">=" + version(first) + " <=" + version(last)
	}
	var list []string
	for i, m := range known {
		if in[m] {
			list = append(list, version(i))
		}
	}
	return join(list, "and")
}
