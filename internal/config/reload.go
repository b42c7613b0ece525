package config

import (
	"maps"
	"slices"
)

// A Change is a key whose value is another one in a second reading.
type Change struct {
	Key
	// Old and New are as in the file; of a secret "[set]" or "".
	Old, New string
	From     Origin // of the new one
}

// Apply compares the configuration of a running daemon with another reading of it. It returns what the daemon has from now on, which is
// running with those changes that take effect now, and the changes: those whose Effect is [AtRestart] wait for one, and are
// reported again the next time. Neither argument is changed.
func Apply(running, next *Loaded) (*Loaded, []Change) {
	now := &Loaded{
		Config: running.Config, Profile: running.Profile, Warnings: next.Warnings,
		origins: maps.Clone(running.origins), replaced: maps.Clone(running.replaced),
	}
	other := next.Config
	mine, theirs := now.Config.fields(), other.fields()
	var changes []Change
	for i := range mine {
		f, g := &mine[i], &theirs[i]
		if !f.same(g) {
			changes = append(changes, Change{Key: f.Key, Old: f.yaml(), New: g.yaml(), From: next.origins[f.Name]})
			if f.Effect == AtRestart {
				continue
			}
			f.take(g)
		}
		// The same value may come from another place now.
		move(now.origins, next.origins, f.Name)
		move(now.replaced, next.replaced, f.Name)
	}
	return now, changes
}

func move[V any](to, from map[string]V, name string) {
	if v, ok := from[name]; ok {
		to[name] = v
	} else {
		delete(to, name)
	}
}

// Pending returns those changes that wait for a restart.
func Pending(changes []Change) []Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Effect == AtReload })
}
