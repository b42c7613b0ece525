package discover

import (
	"slices"

	"github.com/modreg/modreg/capability"
)

// A bound is one condition of a query on one segment: the documents of a
// posting whose variant is right, or all documents but those.
type bound struct {
	form  uint8   // of the posting
	check uint8   // of the variant: a form of column
	not   bool    // it holds for the others
	n     int     // documents in the posting
	part  float32 // of its variants that are right, where there are others
	cost  float32

	words bitset   // formBitset
	sums  []uint64 // formBitset
	list  cursor   // formList
	ids   []uint32 // formIDs, already checked
	at    int      // formIDs: where a walk stands

	mask  [maxVariants / 64]uint64 // the variants that are right
	slice slicing                  // columnSlices
	col   []byte                   // columnPacked
	ranks []uint32                 // columnPacked, for formBitset
	width uint                     // columnPacked: bits of a variant
	low   uint8                    // columnPacked: as many lowest bits

	req *capability.Requirement // columnDocs, of an optional requirement
}

const (
	formBitset = iota
	formList
	formIDs
	formAll // all documents of the segment
)

func (b *bound) rightBit(ord uint8) uint64 { return b.mask[ord>>6] >> (ord & 63) & 1 }
func (b *bound) right(ord uint8) bool      { return b.rightBit(ord) != 0 }

// verdict tells how many documents of a segment meet a condition. If all or
// none do there is nothing to bind.
type verdict uint8

const (
	sometimes verdict = iota
	always
	never
)

// bindCap binds a requirement.
func (s *segment) bindCap(x *exec, r *reqTerm, b *bound) verdict {
	e := s.cap(r)
	if e == nil {
		return s.bindRare(x, r, b)
	}
	right := 0
	for i, v := range s.variants[e.variants : e.variants+e.count] {
		if s.satisfies(v, &r.Requirement) {
			b.mask[i>>6] |= 1 << (i & 63)
			right++
		}
	}
	if e.count > 0 && right == 0 {
		return never
	}
	s.bindPosting(e.posting, b)
	switch {
	case e.column.form == columnDocs:
		if e.releases && r.Range.IsAny() && r.Filter.IsZero() {
			return sometimes
		}
		b.check = columnDocs
	case right < int(e.count):
		b.part = float32(right) / float32(e.count)
		s.bindColumn(e.column, e.posting, int(e.count), b)
	}
	return sometimes
}

func (s *segment) bindPosting(p posting, b *bound) {
	b.n = int(p.n)
	if p.heads > 0 {
		b.form, b.list = formList, s.cursor(p)
		return
	}
	b.form, b.words, b.sums = formBitset, s.bitset(p.first), s.summary(p.first)
}

func (s *segment) bindColumn(c column, p posting, variants int, b *bound) {
	b.check = c.form
	switch c.form {
	case columnSlices:
		b.slice.init(b.mask[0], variants)
		for j := range b.slice.n {
			b.slice.sets[j] = s.bitset(c.at + uint32(j))
		}
	case columnPacked:
		b.width = uint(variantBits(variants))
		b.low = uint8(1)<<b.width - 1
		b.col = s.columns[c.at : int(c.at)+packedLen(variants, int(p.n))]
		if p.heads == 0 {
			b.ranks = s.ranks[c.ranks : int(c.ranks)+s.tiles]
		}
	}
}

// bindRare binds a requirement whose ID has no entry: at most one document lists
// it, or it is that of a module.
func (s *segment) bindRare(x *exec, r *reqTerm, b *bound) verdict {
	from := len(x.ids)
	for p := s.singles.find(r.hash); ; {
		id, ok := s.singles.next(&p)
		if !ok {
			break
		}
		if s.docs[id].satisfies(&r.Requirement) {
			x.ids = append(x.ids, id)
		}
	}
	if r.ID.Namespace == capability.ModuleNamespace {
		for p := s.names.find(hashString(r.ID.Name)); ; {
			start, end, ok := s.nextRun(&p, r.ID.Name)
			if !ok {
				break
			}
			for id := start; id < end; id++ {
				if s.docs[id].satisfies(&r.Requirement) {
					x.ids = append(x.ids, id)
				}
			}
		}
	}
	return x.bindIDs(from, b)
}

// bindIDs binds the ids that were added to the scratch.
func (x *exec) bindIDs(from int, b *bound) verdict {
	if len(x.ids) == from {
		return never
	}
	ids := x.ids[from:]
	slices.Sort(ids)
	b.form, b.ids = formIDs, slices.Compact(ids)
	b.n = len(b.ids)
	return sometimes
}

func (s *segment) bindField(x *exec, t *fieldTerm, b *bound) verdict {
	if e := s.field(t); e != nil {
		s.bindPosting(e.posting, b)
		return sometimes
	}
	from := len(x.ids)
	for p := s.singles.find(t.hash); ; {
		id, ok := s.singles.next(&p)
		if !ok {
			return x.bindIDs(from, b)
		}
		if t.holds(s.docs[id]) {
			x.ids = append(x.ids, id)
		}
	}
}

func (s *segment) bindName(x *exec, c *Compiled, b *bound) verdict {
	from := len(x.ids)
	for p := s.names.find(c.nameHash); ; {
		start, end, ok := s.nextRun(&p, c.query.Name)
		if !ok {
			return x.bindIDs(from, b)
		}
		for id := start; id < end; id++ {
			x.ids = append(x.ids, id)
		}
	}
}

func (s *segment) bindHealth(set HealthSet, b *bound) verdict {
	switch {
	case set == 0 || set == 1<<healths-1:
		return always
	case s.health[0] == nil && set.Has(s.state):
		return always
	case s.health[0] == nil:
		return never
	}
	b.form, b.check, b.n = formAll, columnSlices, len(s.docs)
	b.mask[0] = uint64(set)
	b.slice.init(uint64(set), healths)
	b.slice.sets[0], b.slice.sets[1] = s.health[0], s.health[1]
	return sometimes
}

func (s *segment) bindVersions(c *Compiled, b *bound) verdict {
	b.form, b.n = formAll, len(s.docs)
	if len(s.versions) == 0 {
		b.check = columnDocs
		return sometimes
	}
	right := 0
	for i, v := range s.versions {
		if c.query.Versions.Contains(v) {
			b.mask[i>>6] |= 1 << (i & 63)
			right++
		}
	}
	switch right {
	case 0:
		return never
	case len(s.versions):
		return always
	}
	s.bindColumn(s.version, posting{n: uint32(len(s.docs)), heads: 1}, len(s.versions), b)
	return sometimes
}

func (s *segment) bindActive(b *bound) verdict {
	switch {
	case s.allActive:
		return always
	case s.active == nil:
		return never
	}
	b.form, b.words, b.n = formBitset, s.active, len(s.docs)
	return sometimes
}
