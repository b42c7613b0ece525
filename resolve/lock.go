package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Lock is a solution as it is kept in a file, modreg.lock: which version of
// which module, and what was asked for. A lock goes into [Problem].Lock.
//
// The file is text, a line for each root and each module, sorted, without
// anything that depends on more than the line itself, so that two changes merge
// unless they touch the same module:
//
//	modreg.lock 1
//	needs module/app ^2
//	wants metrics
//	module app 2.1.0 sha256:9f86d0…
//	module core 1.4.0 -
//
// The words before a requirement are needs, wants (optional) and forbids, with
// "all" after the first two for [capability.Requirement].Many. A module has its
// name, its version, and the digest of its artefact or "-".
type Lock struct {
	Roots   []capability.Requirement
	Modules []Locked // by name, and the newest version of a name first
}

// Locked is a module version in a [Lock].
type Locked struct {
	Name    string
	Version semver.Version
	Digest  string // "" if it is not known
}

// String returns name@version.
func (l Locked) String() string { return l.Name + "@" + l.Version.String() }

// lockHeader is the first line of a lock file: the format and its version.
const lockHeader = "modreg.lock 1"

// Limits of a lock file.
const (
	maxLockSize  = 64 << 20 // bytes
	maxLockField = 1024     // bytes of a name or digest
)

// Lock returns the lock of a solution of p.
func (s *Solution) Lock(p Problem) *Lock {
	l := &Lock{Roots: slices.Clone(p.Roots), Modules: make([]Locked, len(s.Modules))}
	for i, m := range s.Modules {
		l.Modules[i] = Locked{m.Name, m.Version, m.Digest}
	}
	l.sort()
	return l
}

// Without returns a lock that leaves the modules with these names open, so that
// they are chosen anew: what an upgrade of them starts from.
func (l *Lock) Without(names ...string) *Lock {
	open := &Lock{Roots: l.Roots}
	for _, m := range l.Modules {
		if !slices.Contains(names, m.Name) {
			open.Modules = append(open.Modules, m)
		}
	}
	return open
}

func (l *Lock) sort() {
	slices.SortFunc(l.Modules, func(a, b Locked) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), b.Version.Compare(a.Version), strings.Compare(b.Version.Build(), a.Version.Build()))
	})
}

// LockChange is how one module differs between two locks.
type LockChange struct {
	Name     string
	From, To []semver.Version // newest first; none for a module that is new or gone
}

// String returns "+ a 1.0.0", "- a 1.0.0" or "a 1.0.0 -> 2.0.0".
func (c LockChange) String() string {
	text := func(all []semver.Version) string {
		texts := make([]string, len(all))
		for i, v := range all {
			texts[i] = v.String()
		}
		return strings.Join(texts, ", ")
	}
	switch {
	case len(c.From) == 0:
		return "+ " + c.Name + " " + text(c.To)
	case len(c.To) == 0:
		return "- " + c.Name + " " + text(c.From)
	}
	return c.Name + " " + text(c.From) + " -> " + text(c.To)
}

// Changes returns what differs from l to another lock, by name. Either may be
// nil, which holds no modules.
func (l *Lock) Changes(to *Lock) []LockChange {
	byName := map[string]*LockChange{}
	enter := func(l *Lock, of func(*LockChange) *[]semver.Version) {
		if l == nil {
			return
		}
		for _, m := range l.Modules {
			c := byName[m.Name]
			if c == nil {
				c = &LockChange{Name: m.Name}
				byName[m.Name] = c
			}
			list := of(c)
			*list = append(*list, m.Version)
		}
	}
	enter(l, func(c *LockChange) *[]semver.Version { return &c.From })
	enter(to, func(c *LockChange) *[]semver.Version { return &c.To })
	var all []LockChange
	for _, c := range byName {
		if !slices.Equal(c.From, c.To) {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b LockChange) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// MarshalText returns the file, as [encoding.TextMarshaler]. Two locks that say
// the same have the same text. The error is a [*LockError] if [ParseLock] would
// not read it back.
func (l *Lock) MarshalText() ([]byte, error) {
	sorted := &Lock{Modules: slices.Clone(l.Modules)}
	sorted.sort()
	lines := make([]string, 0, len(l.Roots)+len(l.Modules))
	for _, r := range l.Roots {
		lines = append(lines, rootWord(r)+" "+r.String())
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	for _, m := range sorted.Modules {
		lines = append(lines, fmt.Sprintf("module %s %s %s", m.Name, m.Version, cmp.Or(m.Digest, "-")))
	}
	text := lockHeader + "\n" + strings.Join(append(lines, ""), "\n")
	if _, err := ParseLock([]byte(text)); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

func rootWord(r capability.Requirement) string {
	switch {
	case r.Forbid:
		return "forbids"
	case r.Optional && r.Many:
		return "wants-all"
	case r.Optional:
		return "wants"
	case r.Many:
		return "needs-all"
	}
	return "needs"
}
