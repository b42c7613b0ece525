package cli

import (
	"bytes"
	"iter"
	"maps"
	"slices"

	"github.com/modreg/modreg"
)

// differences yields what a snapshot has that another has not, by module.
func differences(before, after *modreg.Snapshot) iter.Seq[difference] {
	return func(yield func(difference) bool) {
		names := map[string]bool{}
		for _, s := range []*modreg.Snapshot{before, after} {
			for m := range s.All() {
				names[m.Name()] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			for _, d := range differencesOf(name, before, after) {
				if !yield(d) {
					return
				}
			}
		}
	}
}

func differencesOf(name string, before, after *modreg.Snapshot) (found []difference) {
	was, is := activeOf(before, name), activeOf(after, name)
	if was != is {
		found = append(found, difference{Module: name, What: "active", Before: was, After: is})
	}
	old, now := versionsOf(before, name), versionsOf(after, name)
	for _, v := range slices.Sorted(maps.Keys(old)) {
		m, stays := now[v]
		switch {
		case !stays:
			found = append(found, difference{Module: name, What: "unregistered", Before: v})
		case m.Digest() != old[v].Digest():
			found = append(found, difference{Module: name, What: "registered anew", Before: v, After: v})
		case !bytes.Equal(before.Config(m.Ref()), after.Config(m.Ref())):
			found = append(found, difference{Module: name, What: "configured", Before: v, After: v})
		}
	}
	for _, v := range slices.Sorted(maps.Keys(now)) {
		if _, ok := old[v]; !ok {
			found = append(found, difference{Module: name, What: "registered", After: v})
		}
	}
	return found
}

func activeOf(s *modreg.Snapshot, name string) string {
	if m, ok := s.Get(name); ok {
		return m.Version().String()
	}
	return ""
}

func versionsOf(s *modreg.Snapshot, name string) map[string]modreg.Module {
	all := map[string]modreg.Module{}
	for m := range s.Versions(name) {
		all[m.Version().String()] = m
	}
	return all
}
