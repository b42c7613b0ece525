package modreg

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/persist"
	"github.com/modreg/modreg/semver"
)

var errCompact = errors.New("the encoded snapshot is damaged")

// decodeSnapshot is the inverse of [Snapshot.Encode], but for what this process made of the versions.
func decodeSnapshot(data []byte, f *finder) (*Snapshot, error) {
	text, ok := strings.CutPrefix(string(data), compactMagic)
	if !ok {
		return nil, errors.New("the encoded snapshot has another version")
	}
	d := decoder{rest: text, snapshot: emptySnapshot(f)}
	d.head()
	n := d.count()
	var last string
	for i := range n {
		name := strings.Clone(d.str()) // not to keep all of the text for its sake
		if i > 0 && name <= last {
			d.fail(errCompact)
		}
		if last = name; d.err != nil {
			return nil, d.err
		}
		d.module(name)
	}
	if d.rest != "" {
		d.fail(errCompact)
	}
	if d.err != nil {
		return nil, d.err
	}
	d.index()
	return d.snapshot, nil
}

type decoder struct {
	rest     string
	err      error // the first
	snapshot *Snapshot
	seen     []string

	versions map[string]semver.Version
	caps     map[string]provided
	reqs     map[string]capability.Requirement
	groups   map[string]int // numbers of capabilities and versions, build metadata aside
	members  [][]*version   // by that number
	keys     []capability.Capability
}

// provided is a capability that versions provide, and the number of its identifier and version.
type provided struct {
	capability.Capability
	group int
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = fmt.Errorf("read a stored snapshot: %w", err)
	}
	d.rest = ""
}

func (d *decoder) num() uint64 {
	// binary.Uvarint wants bytes, which the rest is not.
	var n uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.fail(errCompact)
	return 0
}

// count reads how many of something follow; each takes a byte at least, which bounds what is made room for.
func (d *decoder) count() int {
	n := d.num()
	if n > uint64(len(d.rest)) {
		d.fail(errCompact)
		return 0
	}
	return int(n)
}

func (d *decoder) bytes(n int) string {
	if n > len(d.rest) {
		d.fail(errCompact)
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) str() string { return d.bytes(d.count()) }

func (d *decoder) again() string {
	n := d.num()
	if n == 0 {
		s := strings.Clone(d.str())
		d.seen = append(d.seen, s)
		return s
	}
	if n > uint64(len(d.seen)) {
		d.fail(errCompact)
		return ""
	}
	return d.seen[n-1]
}

func (d *decoder) time() time.Time {
	if d.num() == 0 {
		return time.Time{}
	}
	zigzag := d.num()
	sec := int64(zigzag>>1) ^ -int64(zigzag&1)
	return time.Unix(sec, int64(d.num()%1e9)).UTC()
}

func (d *decoder) head() {
	s := d.snapshot
	s.seq = d.num()
	copy(s.hash[:], d.bytes(len(s.hash)))
	s.time = d.time()
	s.born = d.num()
	for range d.count() {
		seq, id := d.num(), strings.Clone(d.str())
		s.requests.put(id, &request{seq: seq, do: d.again(), module: strings.Clone(d.str())})
	}
}

func (d *decoder) module(name string) {
	n, active := d.count(), d.num()
	if active >= uint64(n) || capability.CheckName(name) != nil {
		d.fail(errCompact)
		return
	}
	m := &module{versions: make([]*version, 0, n)}
	for range n {
		v := d.version(name)
		m.versions = append(m.versions, v)
		if size := d.num(); size > 0 {
			if size-1 > uint64(len(d.rest)) {
				d.fail(errCompact)
				return
			}
			m.configs = append(m.configs, config{of: v, data: []byte(d.bytes(int(size - 1)))})
		}
		if d.err != nil {
			return
		}
		if at := len(m.versions) - 1; at > 0 && m.versions[at-1].vers.Compare(v.vers) <= 0 {
			d.fail(errCompact)
			return
		}
		d.snapshot.versions++
		if v.traits&traitConditional != 0 {
			d.snapshot.depends++
		}
		if v.eager() {
			d.snapshot.eager = d.snapshot.eager.Set(v.ref(), v)
		}
	}
	m.active = m.versions[active]
	d.snapshot.active = d.snapshot.active.Set(name, m.active)
	if n > 1 || len(m.configs) > 0 {
		d.snapshot.modules = d.snapshot.modules.Set(name, m)
	}
}

func (d *decoder) version(name string) *version {
	v := &version{name: name}
	v.unit.v = v
	v.vers = d.semver(d.again())
	v.kind = d.again()
	v.traits = traits(d.num()) & allTraits
	v.seq, v.ordinal = d.num(), d.num()
	if n := d.count(); n > 0 {
		v.provides = make([]capability.Capability, 0, n)
		for range n {
			v.provides = append(v.provides, d.provided(d.again(), v))
		}
	}
	if n := d.count(); n > 0 {
		v.requires = make([]capability.Requirement, 0, n)
		for range n {
			v.requires = append(v.requires, d.required(d.again()))
		}
	}
	if canonical := d.str(); canonical != "" {
		v.canonical = []byte(canonical)
	}
	return v
}

func (d *decoder) semver(text string) semver.Version {
	v, ok := d.versions[text]
	if !ok {
		var err error
		if v, err = semver.Parse(text); err != nil {
			d.fail(err)
		}
		if d.versions == nil {
			d.versions = map[string]semver.Version{}
		}
		d.versions[text] = v
	}
	return v
}

func (d *decoder) provided(text string, v *version) capability.Capability {
	p, ok := d.caps[text]
	if !ok {
		var err error
		if p.Capability, err = parseCapability(text); err != nil {
			d.fail(err)
		}
		if d.caps == nil {
			d.caps = map[string]provided{}
		}
		precedence, _, _ := strings.Cut(p.String(), "+")
		if p.group, ok = d.groups[precedence]; !ok {
			if d.groups == nil {
				d.groups = map[string]int{}
			}
			p.group = len(d.keys)
			d.groups[precedence] = p.group
			d.keys, d.members = append(d.keys, p.Capability), append(d.members, nil)
		}
		d.caps[text] = p
	}
	d.members[p.group] = append(d.members[p.group], v)
	return p.Capability
}

func (d *decoder) required(text string) capability.Requirement {
	r, ok := d.reqs[text]
	if !ok {
		var err error
		if r, err = parseRequirement(text); err != nil {
			d.fail(err)
		}
		if d.reqs == nil {
			d.reqs = map[string]capability.Requirement{}
		}
		d.reqs[text] = r
	}
	return r
}

// index enters all versions among the providers of their capabilities, a capability at a time.
func (d *decoder) index() {
	byKey := map[string]*providers{}
	for i, have := range d.keys {
		key := have.ID.String()
		p := byKey[key]
		if p == nil {
			p = &providers{}
			byKey[key] = p
		}
		members := d.members[i]
		slices.SortFunc(members, func(a, b *version) int { return cmp.Compare(a.ordinal, b.ordinal) })
		tree := persist.NewTree[uint64, *version](cmp.Compare[uint64])
		for _, v := range members {
			tree = tree.Set(v.ordinal, v)
		}
		p.n += tree.Len()
		p.groups = append(p.groups, group{version: have.Version, members: tree})
	}
	for key, p := range byKey {
		slices.SortFunc(p.groups, func(a, b group) int { return b.version.Compare(a.version) })
		d.snapshot.caps = d.snapshot.caps.Set(key, p)
	}
}

func parseCapability(text string) (c capability.Capability, err error) {
	id, rest, ok := strings.Cut(text, "\n")
	if !ok {
		return c, errCompact
	}
	vers, attrs, hasAttrs := strings.Cut(rest, "\n")
	if c.ID, err = capability.ParseID(id); err != nil {
		return c, err
	}
	if c.Version, err = semver.Parse(vers); err != nil {
		return c, err
	}
	if hasAttrs {
		err = c.Attrs.UnmarshalJSON([]byte(attrs))
	}
	return c, err
}

func parseRequirement(text string) (r capability.Requirement, err error) {
	if len(text) < 3 {
		return r, errCompact
	}
	for i, set := range [3]*bool{&r.Optional, &r.Many, &r.Forbid} {
		*set = text[i] == '+'
	}
	parts := strings.SplitN(text[3:], "\n", 3)
	if len(parts) != 3 {
		return r, errCompact
	}
	if r.ID, err = capability.ParseID(parts[0]); err != nil {
		return r, err
	}
	if r.Range, err = semver.ParseRange(parts[1]); err != nil {
		return r, err
	}
	r.Filter, err = capability.ParseFilter(parts[2])
	return r, err
}
