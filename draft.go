package modreg

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/persist"
	"github.com/modreg/modreg/record"
	"github.com/modreg/modreg/semver"
)

// A draft is the next snapshot in the making. The fold lives here: apply is the one function that turns
// operations into state, for what this registry writes and for what it reads.
type draft struct {
	Snapshot
	changes []change
	ops     []record.Op // of the transaction that is being built
}

// A change is what one operation did, for those who must react.
type change struct {
	kind EventKind
	seq  uint64
	v    *version
	was  *version // the active version before, if that changed
}

// begin starts the draft on a snapshot.
func (d *draft) begin(s *Snapshot) { d.Snapshot = *s }

// end lets go of everything but the memory.
func (d *draft) end() {
	clear(d.changes)
	clear(d.ops)
	d.Snapshot, d.changes, d.ops = Snapshot{}, d.changes[:0], d.ops[:0]
}

// do applies an operation that the caller has validated to the transaction that is being built.
func (d *draft) do(o record.Op) (*version, error) {
	v, err := d.apply(o, d.seq+1)
	if err != nil {
		return nil, err
	}
	d.ops = append(d.ops, o)
	return v, nil
}

// seal ends the transaction: from now on the draft shows the record.
func (d *draft) seal(t *record.Transaction, data []byte) {
	d.enter(d.seq+1, t, data)
	d.ops = d.ops[:0]
}

// enter makes t, whose operations have been applied, the last record of the draft.
func (d *draft) enter(seq uint64, t *record.Transaction, data []byte) {
	d.seq, d.time = seq, t.Time
	d.hash = sha256.Sum256(data)
	d.requests.add(seq, t)
}

// apply folds one operation into the draft and returns the version it concerns. Its errors mean that the
// operation was never valid in this state: a registry does not append such a record, so that reading one
// means a damaged journal.
func (d *draft) apply(o record.Op, seq uint64) (*version, error) {
	if o.Do == record.Register {
		return d.register(o, seq)
	}
	name, vers, _, err := checkRef(o.Module)
	if err != nil {
		return nil, err
	}
	m, ok := d.module(name)
	if !ok {
		return nil, fmt.Errorf("%s of the unknown module %q", o.Do, name)
	}
	v := m.find(vers)
	if v == nil {
		return nil, fmt.Errorf("%s of the unknown version %q", o.Do, o.Module)
	}
	switch o.Do {
	case record.Unregister:
		d.unregister(m, v, seq)
	case record.Activate:
		d.put(name, &module{versions: m.versions, active: v, configs: m.configs})
		d.changes = append(d.changes, change{kind: EventActivated, seq: seq, v: v, was: m.active})
	case record.Configure:
		d.configure(m, v, o.Config)
		d.changes = append(d.changes, change{kind: EventConfigured, seq: seq, v: v})
	default:
		return nil, fmt.Errorf("unknown operation %q", o.Do)
	}
	return v, nil
}

// put makes m the module with the name.
func (d *draft) put(name string, m *module) {
	if active, _ := d.active.Get(name); active != m.active {
		d.active = d.active.Set(name, m.active)
	}
	if len(m.versions) > 1 || len(m.configs) > 0 {
		d.modules = d.modules.Set(name, m)
	} else {
		d.modules = d.modules.Delete(name)
	}
}

func (d *draft) register(o record.Op, seq uint64) (*version, error) {
	c := o.Manifest
	d.born++
	v := newVersion(c, seq, d.born)
	m, ok := d.module(c.Name)
	switch {
	case !ok:
		m = &module{versions: []*version{v}, active: v}
	case m.find(c.Version) != nil:
		return nil, errors.New("the version is registered already")
	default:
		at, _ := slices.BinarySearchFunc(m.versions, v, func(a, b *version) int {
			return b.vers.Compare(a.vers)
		})
		m = &module{versions: slices.Insert(slices.Clone(m.versions), at, v), active: m.active, configs: m.configs}
	}
	d.put(c.Name, m)
	for _, have := range c.Provides {
		d.index(have, v, true)
	}
	d.count(v, +1)
	d.changes = append(d.changes, change{kind: EventRegistered, seq: seq, v: v})
	if o.Config != nil {
		d.configure(m, v, o.Config)
	}
	return v, nil
}

func (d *draft) unregister(m *module, v *version, seq uint64) {
	name := v.name
	for _, have := range v.provides {
		d.index(have, v, false)
	}
	d.count(v, -1)
	gone := change{kind: EventUnregistered, seq: seq, v: v}
	rest := &module{active: m.active}
	for _, other := range m.versions {
		if other != v {
			rest.versions = append(rest.versions, other)
		}
	}
	for _, c := range m.configs {
		if c.of != v {
			rest.configs = append(rest.configs, c)
		}
	}
	switch {
	case len(rest.versions) == 0:
		d.active, d.modules = d.active.Delete(name), d.modules.Delete(name)
		d.changes = append(d.changes, gone)
	case m.active == v:
		rest.active = successor(rest.versions)
		d.put(name, rest)
		d.changes = append(d.changes, gone, change{kind: EventActivated, seq: seq, v: rest.active, was: v})
	default:
		d.put(name, rest)
		d.changes = append(d.changes, gone)
	}
}

// successor is the version that becomes active when the active one is unregistered: the highest, releases
// before pre-releases.
func successor(versions []*version) *version {
	for _, v := range versions {
		if !v.vers.IsPrerelease() {
			return v
		}
	}
	return versions[0]
}

func (d *draft) configure(m *module, v *version, data []byte) {
	next := &module{versions: m.versions, active: m.active}
	for _, c := range m.configs {
		if c.of != v {
			next.configs = append(next.configs, c)
		}
	}
	if data != nil {
		next.configs = append(next.configs, config{of: v, data: data})
	}
	d.put(v.name, next)
}

// index enters v among the providers of a capability, or takes it out.
func (d *draft) index(have capability.Capability, v *version, add bool) {
	key := have.ID.String()
	old, ok := d.caps.Get(key)
	if !ok {
		old = &providers{}
	}
	at, found := slices.BinarySearchFunc(old.groups, have.Version, func(g group, v semver.Version) int {
		return v.Compare(g.version)
	})
	next := &providers{n: old.n - 1}
	switch {
	case add && found:
		next.n = old.n + 1
		next.groups = slices.Clone(old.groups)
		next.groups[at].members = next.groups[at].members.Set(v.ordinal, v)
	case add:
		next.n = old.n + 1
		members := persist.NewTree[uint64, *version](cmp.Compare[uint64]).Set(v.ordinal, v)
		next.groups = slices.Insert(slices.Clip(old.groups), at, group{version: have.Version, members: members})
	case next.n == 0:
		d.caps = d.caps.Delete(key)
		return
	case old.groups[at].members.Len() == 1:
		next.groups = slices.Delete(slices.Clone(old.groups), at, at+1)
	default:
		next.groups = slices.Clone(old.groups)
		next.groups[at].members = next.groups[at].members.Delete(v.ordinal)
	}
	d.caps = d.caps.Set(key, next)
}

// count keeps what the snapshot knows about all versions together.
func (d *draft) count(v *version, by int) {
	d.versions += by
	if v.traits&traitConditional != 0 {
		d.depends += by
	}
	if v.eager() {
		if by > 0 {
			d.eager = d.eager.Set(v.ref(), v)
		} else {
			d.eager = d.eager.Delete(v.ref())
		}
	}
}
