package discover

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

// builder makes a segment.
type builder struct {
	*segment
	capOf     map[capability.ID]*capBuild
	capList   []*capBuild
	fieldOf   map[fieldKey]*fieldBuild
	fieldList []*fieldBuild
	modules   []*capBuild // those whose ID is a module's
	pool      offerPool
	offerAt   []uint32 // where an offer of the pool went, plus one
}

type fieldBuild struct {
	key fieldKey
	ids []uint32
}

// index completes a segment that newSegment made, but for the index of words.
func (s *segment) index() {
	b := &builder{segment: s, capOf: map[capability.ID]*capBuild{}, fieldOf: map[fieldKey]*fieldBuild{}}
	var kind, licence *fieldBuild
	for i, d := range s.docs {
		id := uint32(i)
		for j := range d.Provides {
			b.provide(id, &d.Provides[j])
		}
		kind = b.plainField(kind, fieldKind, d.Kind, id)
		licence = b.plainField(licence, fieldLicence, d.Licence, id)
		for k, v := range d.Metadata {
			f := b.fieldBuild(fieldKey{fieldMetadata, k, v})
			f.ids = append(f.ids, id)
		}
	}
	for _, c := range b.modules {
		b.addImplied(c)
	}
	b.seal()
}

func (b *builder) provide(doc uint32, p *capability.Capability) {
	c := b.capOf[p.ID]
	if c == nil {
		c = &capBuild{id: p.ID}
		b.capOf[p.ID] = c
		b.capList = append(b.capList, c)
		if p.ID.Namespace == capability.ModuleNamespace {
			b.modules = append(b.modules, c)
		}
	}
	c.add(&b.pool, doc, &p.Version, p.Attrs)
}

// addImplied adds the documents that provide a module's ID by being there.
func (b *builder) addImplied(c *capBuild) {
	ids := c.ids
	name := c.id.Name
	for p := b.names.find(hashString(name)); ; {
		start, end, ok := b.nextRun(&p, name)
		if !ok {
			break
		}
		for id := start; id < end; id++ {
			ids = append(ids, id)
		}
	}
	if len(ids) == len(c.ids) {
		return
	}
	slices.Sort(ids)
	*c = capBuild{id: c.id}
	for _, id := range slices.Compact(ids) {
		d := b.docs[id]
		for i := range d.Provides {
			if p := &d.Provides[i]; p.ID == c.id {
				c.add(&b.pool, id, &p.Version, p.Attrs)
			}
		}
		if d.isModule(c.id) {
			c.add(&b.pool, id, &d.Version, capability.Attrs{})
		}
	}
}

func (b *builder) fieldBuild(k fieldKey) *fieldBuild {
	f := b.fieldOf[k]
	if f == nil {
		f = &fieldBuild{key: k}
		b.fieldOf[k] = f
		b.fieldList = append(b.fieldList, f)
	}
	return f
}

// plainField adds a document to the posting of a value, and returns it so that
// the next document, which often has the same value, needs no lookup.
func (b *builder) plainField(last *fieldBuild, field uint8, val string, id uint32) *fieldBuild {
	if val == "" {
		return last
	}
	if last == nil || last.key.val != val {
		last = b.fieldBuild(fieldKey{field, "", val})
	}
	last.ids = append(last.ids, id)
	return last
}

// seal writes the postings.
func (b *builder) seal() {
	n := len(b.docs)
	slices.SortFunc(b.fieldList, func(x, y *fieldBuild) int {
		return cmp.Or(cmp.Compare(x.key.field, y.key.field), strings.Compare(x.key.key, y.key.key), strings.Compare(x.key.val, y.key.val))
	})
	version := b.moduleVersions()
	for _, c := range append(b.capList, version) {
		if !c.over {
			c.seal(&b.pool)
		}
	}
	b.offerAt = make([]uint32, len(b.pool.list))
	b.reserve(version)
	for _, c := range b.capList {
		if len(c.ids) > 1 {
			b.caps = append(b.caps, b.sealCap(c))
		} else {
			b.singles.add(hashID(c.id), c.ids[0])
		}
	}
	for _, f := range b.fieldList {
		if len(f.ids) > 1 {
			b.fields = append(b.fields, fieldEntry{f.key, b.addPosting(f.ids, n)})
		} else {
			b.singles.add(f.key.hash(), f.ids[0])
		}
	}
	b.sealVersions(version)
	b.indexTerms()
}

// indexTerms makes the tables of the entries.
func (s *segment) indexTerms() {
	s.capAt = newTable(len(s.caps), len(s.caps))
	for i := range s.caps {
		s.capAt.add(hashID(s.caps[i].id), uint32(i))
	}
	s.fieldAt = newTable(len(s.fields), len(s.fields))
	for i := range s.fields {
		s.fieldAt.add(s.fields[i].key.hash(), uint32(i))
	}
}

func (b *builder) sealCap(c *capBuild) capEntry {
	e := capEntry{id: c.id, posting: b.addPosting(c.ids, len(b.docs)), variants: uint32(len(b.variants)), releases: !c.pre}
	if c.over {
		e.column.form = columnDocs
		return e
	}
	e.count = uint32(len(c.list))
	e.column = b.addColumn(e.posting, c.ids, c.ords, len(c.list), len(b.docs))
	for _, v := range c.list {
		b.variants = append(b.variants, b.keepVariant(v))
	}
	return e
}

// keepVariant moves what a variant consists of from the pool to the segment.
func (b *builder) keepVariant(v variantID) variantID {
	if v&groupFlag == 0 {
		return variantID(b.keepOffer(uint32(v)))
	}
	at := v &^ groupFlag
	n := b.pool.groups[at]
	id := groupFlag | variantID(len(b.groups))
	b.groups = append(b.groups, n)
	for _, o := range b.pool.groups[at+1 : at+1+variantID(n)] {
		b.groups = append(b.groups, b.keepOffer(o))
	}
	return id
}

func (b *builder) keepOffer(o uint32) uint32 {
	if b.offerAt[o] == 0 {
		b.offers = append(b.offers, b.pool.list[o])
		b.offerAt[o] = uint32(len(b.offers))
	}
	return b.offerAt[o] - 1
}

// moduleVersions collects the versions of the documents.
func (b *builder) moduleVersions() *capBuild {
	c := &capBuild{}
	for i, d := range b.docs {
		if c.add(&b.pool, uint32(i), &d.Version, capability.Attrs{}); c.over {
			break
		}
	}
	return c
}

func (b *builder) sealVersions(c *capBuild) {
	if c.over {
		return
	}
	for _, v := range c.list {
		b.versions = append(b.versions, b.pool.list[v].version)
	}
	switch n := len(c.list); {
	case n <= 1:
	case n <= maxSliced:
		b.version = b.addSlices(c.ids, c.ords, n)
	default:
		// It is no list, but neither a bitset that would need ranks.
		b.version = b.addColumn(posting{heads: 1}, c.ids, c.ords, n, len(b.docs))
	}
}

// reserve allocates the arenas, to the last byte, since append would leave them
// with room that nobody needs.
func (b *builder) reserve(version *capBuild) {
	var r room
	for _, c := range b.capList {
		r.addCap(c, len(b.docs))
	}
	for _, f := range b.fieldList {
		if len(f.ids) == 1 {
			r.single++
			continue
		}
		r.fields++
		r.addPosting(f.ids, len(b.docs))
	}
	if v := len(version.list); v > maxSliced {
		r.columns += packedLen(v, len(b.docs))
	} else if v > 1 {
		r.bitsets += variantBits(v)
	}
	b.words = make([]uint64, 0, r.bitsets*b.tiles*tileWords)
	b.sums = make([]uint64, 0, r.bitsets*b.sumLen())
	b.ranks = make([]uint32, 0, r.ranked*b.tiles)
	b.list = make([]uint16, 0, r.list)
	b.heads = make([]head, 0, r.heads)
	b.columns = make([]byte, 0, r.columns)
	b.singles = newTable(r.single, len(b.docs))
	b.caps = make([]capEntry, 0, r.caps)
	b.fields = make([]fieldEntry, 0, r.fields)
	b.variants = make([]variantID, 0, r.variants)
}

// room is how much the arenas have to hold.
type room struct {
	bitsets, ranked, list, heads, columns, caps, fields, single, variants int
}

func (r *room) addPosting(ids []uint32, n int) (dense bool) {
	if isDense(len(ids), n) {
		r.bitsets++
		return true
	}
	r.list += len(ids)
	for i, id := range ids {
		if i == 0 || id>>chunkBits != ids[i-1]>>chunkBits {
			r.heads++
		}
	}
	return false
}

func (r *room) addCap(c *capBuild, n int) {
	if len(c.ids) == 1 {
		r.single++
		return
	}
	r.caps++
	dense := r.addPosting(c.ids, n)
	v := len(c.list)
	r.variants += v
	switch {
	case v < 2:
	case dense && sliced(posting{n: uint32(len(c.ids))}, v, n):
		r.bitsets += variantBits(v)
	default:
		r.columns += packedLen(v, len(c.ids))
		if dense {
			r.ranked++
		}
	}
}
