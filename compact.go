package modreg

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/modreg/modreg/capability"
)

// compactMagic begins an encoded snapshot and has its version. A registry passes over snapshots of other versions.
const compactMagic = "modreg snapshot 1\n"

// Encode returns the snapshot as bytes: two snapshots of one history and sequence number have the same. It is what
// registries keep in a [SnapshotStore], so that a state that was folded again can be held against what was kept.
//
// The form is private to this version of modreg: numbers are unsigned varints, strings go behind their length. After
// the head there are the requests, the modules by name, and of each its versions, highest first. Capabilities,
// requirements, versions and kinds recur, so that the second time only the number of the first stands there.
func (s *Snapshot) Encode() []byte {
	e := encoder{b: []byte(compactMagic)}
	e.num(s.seq)
	e.b = append(e.b, s.hash[:]...)
	e.time(s.time)
	e.num(s.born)
	e.num(uint64(s.requests.ids.Len()))
	for seq, id := range s.requests.ids.All() {
		req, _ := s.requests.find(id)
		e.num(seq)
		e.str(id)
		e.again(req.do)
		e.str(req.module)
	}
	names := make([]string, 0, s.active.Len())
	for name := range s.active.All() {
		names = append(names, name)
	}
	slices.Sort(names)
	e.num(uint64(len(names)))
	for _, name := range names {
		m, _ := s.module(name)
		e.module(s, name, m)
	}
	return e.b
}

type encoder struct {
	b    []byte
	seen map[string]uint64 // what recurs, by its text
}

func (e *encoder) num(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) str(s string) {
	e.num(uint64(len(s)))
	e.b = append(e.b, s...)
}

// again writes a string that is likely to recur.
func (e *encoder) again(s string) {
	if n, ok := e.seen[s]; ok {
		e.num(n)
		return
	}
	if e.seen == nil {
		e.seen = map[string]uint64{}
	}
	e.seen[s] = uint64(len(e.seen)) + 1
	e.num(0)
	e.str(s)
}

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.num(0)
		return
	}
	e.num(1)
	e.b = binary.AppendVarint(e.b, t.Unix())
	e.num(uint64(t.Nanosecond()))
}

func (e *encoder) module(s *Snapshot, name string, m *module) {
	e.str(name)
	e.num(uint64(len(m.versions)))
	e.num(uint64(slices.Index(m.versions, m.active)))
	for _, v := range m.versions {
		e.again(v.vers.String())
		e.again(v.kind)
		e.num(uint64(v.traits))
		e.num(v.seq)
		e.num(v.ordinal)
		e.num(uint64(len(v.provides)))
		for _, c := range v.provides {
			e.again(capabilityText(c))
		}
		e.num(uint64(len(v.requires)))
		for _, r := range v.requires {
			e.again(requirementText(r))
		}
		e.str(string(v.canonical))
		if config := s.config(v); config == nil {
			e.num(0)
		} else {
			e.num(uint64(len(config)) + 1)
			e.b = append(e.b, config...)
		}
	}
}

// capabilityText and requirementText are what parseCapability and parseRequirement read. No part holds a line break.
func capabilityText(c capability.Capability) string {
	text := c.ID.String() + "\n" + c.Version.String()
	if c.Attrs.Len() > 0 {
		text += "\n" + string(c.Attrs.AppendJSON(nil))
	}
	return text
}

func requirementText(r capability.Requirement) string {
	flags := [3]byte{'-', '-', '-'}
	for i, set := range [3]bool{r.Optional, r.Many, r.Forbid} {
		if set {
			flags[i] = '+'
		}
	}
	return string(flags[:]) + r.ID.String() + "\n" + r.Range.String() + "\n" + r.Filter.String()
}
