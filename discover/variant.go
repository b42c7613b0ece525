package discover

import (
	"encoding/binary"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// offer is a version and attributes under which a capability is provided. A
// segment keeps each offer once.
type offer struct {
	version semver.Version
	attrs   capability.Attrs
}

func (o *offer) satisfies(r *capability.Requirement) bool {
	return r.Range.Contains(o.version) && r.Filter.Match(o.attrs)
}

// variantID is what one or more documents offer of one capability: the number of
// the offer, in general. Where a document lists the ID several times it is
// groupFlag and where in segment.groups the number of offers and the offers
// stand.
type variantID uint32

const groupFlag = 1 << 31

// satisfies reports whether an offer of the variant satisfies r.
func (s *segment) satisfies(v variantID, r *capability.Requirement) bool {
	if v&groupFlag == 0 {
		return s.offers[v].satisfies(r)
	}
	at := v &^ groupFlag
	n := variantID(s.groups[at])
	for _, o := range s.groups[at+1 : at+1+n] {
		if s.offers[o].satisfies(r) {
			return true
		}
	}
	return false
}

// offerKey identifies an offer; attrs is its canonical JSON, empty if there are
// none.
type offerKey struct {
	major, minor, patch uint64
	pre, attrs          string
}

// offerPool numbers offers and groups of them while a segment is built.
type offerPool struct {
	list    []offer
	of      map[offerKey]variantID
	groups  []uint32
	groupOf map[string]variantID
	recent  [256]variantID // plus one; by a few bits of a release without attributes
}

func (p *offerPool) id(v *semver.Version, attrs capability.Attrs) variantID {
	if !attrs.IsZero() || v.IsPrerelease() {
		return p.lookUp(v, attrs)
	}
	// Most are of few releases, for which a map would be slow.
	r := &p.recent[(v.Major()*31+v.Minor()*7+v.Patch())%256]
	if *r != 0 {
		if o := &p.list[*r-1]; o.attrs.IsZero() && o.version.Compare(*v) == 0 {
			return *r - 1
		}
	}
	id := p.lookUp(v, attrs)
	*r = id + 1
	return id
}

func (p *offerPool) lookUp(v *semver.Version, attrs capability.Attrs) variantID {
	k := offerKey{major: v.Major(), minor: v.Minor(), patch: v.Patch(), pre: v.Prerelease()}
	if !attrs.IsZero() {
		k.attrs = string(attrs.AppendJSON(nil))
	}
	id, ok := p.of[k]
	if !ok {
		if p.of == nil {
			p.of = map[offerKey]variantID{}
		}
		id = variantID(len(p.list))
		p.list = append(p.list, offer{*v, attrs})
		p.of[k] = id
	}
	return id
}

// join returns the variant that has another offer besides.
func (p *offerPool) join(v, more variantID) variantID {
	var all []uint32
	if v&groupFlag == 0 {
		all = []uint32{uint32(v)}
	} else {
		at := v &^ groupFlag
		all = slices.Clone(p.groups[at+1 : at+1+variantID(p.groups[at])])
	}
	if slices.Contains(all, uint32(more)) {
		return v
	}
	all = append(all, uint32(more))
	slices.Sort(all)
	return p.group(all)
}

func (p *offerPool) group(offers []uint32) variantID {
	var key []byte
	for _, o := range offers {
		key = binary.LittleEndian.AppendUint32(key, o)
	}
	id, ok := p.groupOf[string(key)]
	if !ok {
		if p.groupOf == nil {
			p.groupOf = map[string]variantID{}
		}
		id = groupFlag | variantID(len(p.groups))
		p.groups = append(append(p.groups, uint32(len(offers))), offers...)
		p.groupOf[string(key)] = id
	}
	return id
}

// version is the lowest version of the variant, by which variants are ordered.
func (p *offerPool) version(v variantID) semver.Version {
	if v&groupFlag == 0 {
		return p.list[v].version
	}
	at := v &^ groupFlag
	low := p.list[p.groups[at+1]].version
	for _, o := range p.groups[at+1 : at+1+variantID(p.groups[at])] {
		if p.list[o].version.Compare(low) < 0 {
			low = p.list[o].version
		}
	}
	return low
}

// capBuild collects what documents provide under one ID, or the versions of the
// documents themselves, which are treated alike.
type capBuild struct {
	id   capability.ID
	ids  []uint32
	ords []uint8 // the variant of each id, as its place in variants
	list []variantID
	last int  // the place found last
	over bool // there are more than maxVariants; ords and list are empty
	pre  bool // an offer is a pre-release
}

// add counts a document, which comes after all others, or again the last.
func (c *capBuild) add(p *offerPool, doc uint32, v *semver.Version, attrs capability.Attrs) {
	c.pre = c.pre || v.IsPrerelease()
	last := len(c.ids) - 1
	again := last >= 0 && c.ids[last] == doc
	if !again {
		c.ids = append(c.ids, doc)
	}
	if c.over {
		return
	}
	id := p.id(v, attrs)
	if again {
		id = p.join(c.list[c.ords[last]], id)
		c.ords = c.ords[:last]
	}
	c.place(id)
}

func (c *capBuild) place(id variantID) {
	if c.last >= len(c.list) || c.list[c.last] != id {
		if c.last = slices.Index(c.list, id); c.last < 0 {
			if len(c.list) == maxVariants {
				c.over, c.list, c.ords = true, nil, nil
				return
			}
			c.last = len(c.list)
			c.list = append(c.list, id)
		}
	}
	c.ords = append(c.ords, uint8(c.last))
}

// seal orders the variants by version and drops those that no document has any
// more.
func (c *capBuild) seal(p *offerPool) {
	var used [maxVariants]bool
	for _, o := range c.ords {
		used[o] = true
	}
	type placed struct {
		id      variantID
		version semver.Version
		was     int
	}
	var order []placed
	for i, id := range c.list {
		if used[i] {
			order = append(order, placed{id, p.version(id), i})
		}
	}
	slices.SortStableFunc(order, func(a, b placed) int { return a.version.Compare(b.version) })
	var to [maxVariants]uint8
	c.list = c.list[:0]
	for i, o := range order {
		to[o.was] = uint8(i)
		c.list = append(c.list, o.id)
	}
	for i, o := range c.ords {
		c.ords[i] = to[o]
	}
}
