package modreg

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/internal/persist"
	"github.com/modreg/modreg/semver"
)

// A Snapshot is the desired state after one record of the journal. It is immutable and safe for concurrent
// use; an old one stays valid for as long as it is held.
type Snapshot struct {
	seq      uint64
	hash     [sha256.Size]byte
	time     time.Time                      // of the last record; times never go back
	requests requests                       // that were carried out lately
	active   persist.Map[*version]          // the active version of each module, by name
	modules  persist.Map[*module]           // by name, but for those that are one version without a configuration
	caps     persist.Map[*providers]        // by capability
	born     uint64                         // number of registrations so far
	versions int                            // number of versions of all modules
	depends  int                            // number of versions whose conditions depend on others
	eager    persist.Tree[string, *version] // by reference: those to start without being asked
	finder   *finder
	view     *discover.View // for Discover; nil as long as that was not asked
}

// A module is all versions of one name.
type module struct {
	versions []*version // highest first
	active   *version   // never nil
	configs  []config
}

type config struct {
	of   *version
	data []byte // canonical JSON
}

// providers are the versions that provide one capability, best first: higher versions of the capability go
// first, and of one version who was registered first.
type providers struct {
	n      int
	groups []group // highest version first; few, as a capability has few versions
}

// A group is the providers of one version of a capability, by ordinal.
type group struct {
	version semver.Version
	members persist.Tree[uint64, *version]
}

func emptySnapshot(f *finder) *Snapshot {
	return &Snapshot{
		finder:   f,
		eager:    persist.NewTree[string, *version](strings.Compare),
		requests: newRequests(),
	}
}

// Seq returns the sequence number of the last record in the snapshot, 0 for an empty journal.
func (s *Snapshot) Seq() uint64 { return s.seq }

// Hash returns the hash of the last record. As every record holds the hash of the one before, two snapshots
// with one hash have one history.
func (s *Snapshot) Hash() [sha256.Size]byte { return s.hash }

// Time returns the time of the last record in UTC; the zero time for an empty journal. The times of the records that
// registries write never go back, even if a clock does.
func (s *Snapshot) Time() time.Time { return s.time }

// Len returns the number of registered versions of all modules.
func (s *Snapshot) Len() int { return s.versions }

// Get returns the version that ref ("name@version") names, or the active version for a "name" alone.
// It reports false if there is none, which includes references outside the grammar.
func (s *Snapshot) Get(ref string) (Module, bool) {
	if v, ok := s.active.Get(ref); ok { // names hold no "@"
		return Module{v: v, active: true}, true
	}
	name, text := splitRef(ref)
	m, ok := s.module(name)
	if !ok || len(name) == len(ref) {
		return Module{}, false
	}
	vers, err := semver.Parse(text)
	if err != nil {
		return Module{}, false
	}
	v := m.find(vers)
	if v == nil {
		return Module{}, false
	}
	return Module{v: v, active: v == m.active}, true
}

// Versions yields the versions of a module, highest first.
func (s *Snapshot) Versions(name string) iter.Seq[Module] {
	return func(yield func(Module) bool) {
		m, ok := s.module(name)
		if !ok {
			return
		}
		for _, v := range m.versions {
			if !yield(Module{v: v, active: v == m.active}) {
				return
			}
		}
	}
}

// All yields every version of every module: by name in byte order, the highest version of a name first. It sorts
// the names first.
func (s *Snapshot) All() iter.Seq[Module] {
	return func(yield func(Module) bool) {
		names := make([]string, 0, s.active.Len())
		for name := range s.active.All() {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			for m := range s.Versions(name) {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// all yields every version, in no order.
func (s *Snapshot) all() iter.Seq[*version] {
	return func(yield func(*version) bool) {
		for name, active := range s.active.All() {
			m, ok := s.modules.Get(name)
			if !ok {
				if !yield(active) {
					return
				}
				continue
			}
			for _, v := range m.versions {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Config returns the configuration of the version that ref names as canonical JSON; nil if it has none or
// there is no such version. The bytes must not be changed.
func (s *Snapshot) Config(ref string) []byte {
	m, ok := s.Get(ref)
	if !ok {
		return nil
	}
	return s.config(m.v)
}

func (s *Snapshot) config(v *version) []byte {
	if m, ok := s.module(v.name); ok {
		for _, c := range m.configs {
			if c.of == v {
				return c.data
			}
		}
	}
	return nil
}

// module returns the module with the name.
func (s *Snapshot) module(name string) (*module, bool) {
	if m, ok := s.modules.Get(name); ok {
		return m, true
	}
	v, ok := s.active.Get(name)
	if !ok {
		return nil, false
	}
	return &module{versions: []*version{v}, active: v}, true
}

// isActive reports whether v is declared and the active version of its module.
func (s *Snapshot) isActive(v *version) bool {
	active, _ := s.active.Get(v.name)
	return active == v
}

// has reports whether v is declared.
func (s *Snapshot) has(v *version) bool {
	if s.isActive(v) {
		return true
	}
	m, ok := s.modules.Get(v.name)
	return ok && slices.Contains(m.versions, v)
}

// find returns the version with the precedence of vers: build metadata does not tell versions apart.
func (m *module) find(vers semver.Version) *version {
	for _, v := range m.versions {
		if v.vers.Compare(vers) == 0 {
			return v
		}
	}
	return nil
}

// providersOf yields the declared versions that provide id, best first. Each module provides itself.
func (s *Snapshot) providersOf(id capability.ID) iter.Seq[*version] {
	return func(yield func(*version) bool) {
		if id.Namespace == capability.ModuleNamespace {
			if m, ok := s.module(id.Name); ok {
				for _, v := range m.versions {
					if !yield(v) {
						return
					}
				}
			}
			return
		}
		p, ok := s.caps.Get(id.String())
		if !ok {
			return
		}
		for _, g := range p.groups {
			for _, v := range g.members.All() {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// provided returns the capability with the id that v provides.
func (v *version) provided(id capability.ID) (capability.Capability, bool) {
	if id.Namespace == capability.ModuleNamespace {
		return v.self(), id.Name == v.name
	}
	for _, c := range v.provides {
		if c.ID == id {
			return c, true
		}
	}
	return capability.Capability{}, false
}

// satisfies reports whether v provides what req asks for.
func (v *version) satisfies(req capability.Requirement) bool {
	c, ok := v.provided(req.ID)
	return ok && req.Matches(c)
}

// find returns the version that a checked reference from outside names, or says why there is none.
func (s *Snapshot) find(doing, ref string) (*version, error) {
	name, vers, hasVersion, err := checkRef(ref)
	if err != nil {
		return nil, err
	}
	m, ok := s.module(name)
	if !ok {
		return nil, &Error{
			Code: CodeNotFound, What: fmt.Sprintf("%s %q", doing, ref), Why: "no module has this name", Fix: s.nearName(name),
		}
	}
	if !hasVersion {
		return m.active, nil
	}
	if v := m.find(vers); v != nil {
		return v, nil
	}
	return nil, &Error{
		Code: CodeNotFound, What: fmt.Sprintf("%s %q", doing, ref), Why: "this version is not registered",
		Fix: "registered are " + m.list(),
	}
}

// list names the versions of a module for an error.
func (m *module) list() string {
	const most = 8
	var b strings.Builder
	for i, v := range m.versions {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(m.versions)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.vers.String())
	}
	return b.String()
}

// Wait returns the first snapshot that holds the record with the sequence number seq, or a later one, as soon
// as this registry has it. It returns CodeCanceled or CodeDeadline when ctx ends before, and CodeClosed when
// the registry is closed before.
func (r *Registry) Wait(ctx context.Context, seq uint64) (*Snapshot, error) {
	for {
		moved := r.moved()
		if s := r.snapshot.Load(); s.seq >= seq {
			return s, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, interrupted(fmt.Sprintf("wait for record %d", seq), ctx.Err())
		case <-r.done:
			return nil, errClosed("wait")
		}
	}
}
