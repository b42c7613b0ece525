package discover

import (
	"encoding/binary"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// readWords reads the bitsets. Their summaries are made again.
func (s *stored) readWords(d *decoder) {
	s.words = d.uint64s()
	size := s.tiles * tileWords
	if size == 0 || len(s.words)%size != 0 {
		if len(s.words) > 0 {
			d.fail("has an odd length")
		}
		return
	}
	s.sums = make([]uint64, 0, len(s.words)/size*s.sumLen())
	for i := range uint32(len(s.words) / size) {
		b := s.bitset(i)
		if b.next(uint32(len(s.docs)), uint32(size*wordBits)) != uint32(size*wordBits) {
			d.fail("has a document that is not there")
			return
		}
		s.seal(b)
	}
}

// readLists reads the lists. Each head's part has to ascend; that those of one
// posting do is looked at with the posting.
func (s *stored) readLists(d *decoder) {
	n := d.count(2)
	s.heads = make([]head, 0, n)
	total := 0
	for range n {
		h := head{chunk: uint16(d.below(chunkDocs)), n: uint16(d.below(chunkDocs)), off: uint32(total)}
		if total += h.len(); total > 1<<31 {
			d.fail("is too long")
			return
		}
		s.heads = append(s.heads, h)
	}
	if len(d.data) != 2*total {
		d.fail("does not have the length that its parts add up to")
		return
	}
	s.list = make([]uint16, total)
	for i := range s.list {
		s.list[i] = binary.LittleEndian.Uint16(d.data[2*i:])
	}
	d.skip(len(d.data))
	for _, h := range s.heads {
		part := s.list[h.off : int(h.off)+h.len()]
		for i := range part[1:] {
			if part[i] >= part[i+1] {
				d.fail("has documents that are not in order")
				return
			}
		}
		if last := int(h.chunk)<<chunkBits | int(part[len(part)-1]); last >= len(s.docs) {
			d.fail("has a document that is not there")
			return
		}
	}
}

func (s *stored) readVariants(d *decoder) {
	n := d.count(2)
	s.offers = make([]offer, 0, n)
	for range n {
		o := offer{version: d.version()}
		if text := d.string(); text != "" {
			if err := o.attrs.UnmarshalJSON([]byte(text)); err != nil {
				d.fail("has attributes that are none")
			}
		}
		if d.bad != "" {
			return
		}
		s.offers = append(s.offers, o)
	}
	s.readGroups(d)
	n = d.count(1)
	s.variants = make([]variantID, 0, n)
	for range n {
		v := variantID(d.below(1 << 32))
		if !s.validVariant(v) {
			d.fail("has a variant that is none")
			return
		}
		s.variants = append(s.variants, v)
	}
	n = d.count(1)
	for range n {
		s.versions = append(s.versions, d.version())
	}
	if n > maxVariants {
		d.fail("has too many versions")
	}
	s.version = s.readColumn(d, posting{n: uint32(len(s.docs)), heads: 1}, n)
}

// readGroups reads groups, each its length and as many offers.
func (s *stored) readGroups(d *decoder) {
	n := d.count(1)
	left := 0
	for range n {
		limit := len(s.offers)
		if left == 0 {
			limit = n - len(s.groups)
		}
		g := d.below(limit)
		if left == 0 {
			if left = g; g == 0 {
				d.fail("has an empty group")
				return
			}
		} else {
			left--
		}
		s.groups = append(s.groups, uint32(g))
	}
	if left > 0 {
		d.fail("has a group that ends early")
	}
}

func (s *stored) validVariant(v variantID) bool {
	if v&groupFlag == 0 {
		return int(v) < len(s.offers)
	}
	at := int(v &^ groupFlag)
	if at >= len(s.groups) || int(s.groups[at]) >= len(s.groups)-at {
		return false
	}
	return !slices.ContainsFunc(s.groups[at+1:at+1+int(s.groups[at])], func(o uint32) bool { return int(o) >= len(s.offers) })
}

func (d *decoder) version() semver.Version {
	v, err := semver.Parse(d.string())
	if err != nil {
		d.fail("has a version that is none")
	}
	return v
}

// bitsets is how many bitsets there are.
func (s *stored) bitsets() int {
	if s.tiles == 0 {
		return 0
	}
	return len(s.words) / (s.tiles * tileWords)
}

// readColumn reads the column of a posting and makes the ranks that it needs.
// A posting with heads may be one of all documents, which needs none.
func (s *stored) readColumn(d *decoder, p posting, variants int) column {
	c := column{form: uint8(d.below(columnDocs + 1)), at: uint32(d.below(1 << 32))}
	if d.bad != "" {
		return c
	}
	ok := false
	switch c.form {
	case columnNone:
		ok = variants <= 1
	case columnSlices:
		ok = variants > 1 && variants <= maxSliced && int(c.at) <= s.bitsets()-variantBits(variants)
	case columnPacked:
		ok = variants > 1 && variants <= maxVariants && int(c.at) <= len(s.columns)-packedLen(variants, int(p.n))
	case columnDocs:
		ok = variants == 0
	}
	if !ok {
		d.fail("has a column that is none")
		return c
	}
	if c.form == columnPacked && p.heads == 0 {
		c.ranks = uint32(len(s.ranks))
		s.ranks = s.bitset(p.first).rankTiles(s.ranks)
	}
	return c
}

func (s *stored) readPosting(d *decoder) posting {
	p := posting{n: uint32(d.below(len(s.docs) + 1)), first: uint32(d.below(1 << 32)), heads: uint32(d.below(1 << 32))}
	switch {
	case d.bad != "":
	case p.heads == 0:
		if int(p.first) >= s.bitsets() || s.bitset(p.first).count() != int(p.n) {
			d.fail("has a posting that is none")
		}
	case int(p.first) > len(s.heads)-int(p.heads):
		d.fail("has a posting that is none")
	default:
		total := 0
		heads := s.headsOf(p)
		for i, h := range heads {
			if total += h.len(); i > 0 && h.chunk <= heads[i-1].chunk {
				d.fail("has a posting that is not in order")
			}
		}
		if total != int(p.n) {
			d.fail("has a posting that is none")
		}
	}
	return p
}

func (s *stored) readTerms(d *decoder) {
	d.text = string(d.data)
	n := d.count(8)
	s.caps = make([]capEntry, 0, n)
	used := 0
	for range n {
		e := capEntry{id: capability.ID{Namespace: d.string(), Name: d.string()}, posting: s.readPosting(d), variants: uint32(used)}
		e.count = uint32(d.below(maxVariants + 1))
		if d.bad != "" {
			return
		}
		if used += int(e.count); used > len(s.variants) {
			d.fail("has variants that are not there")
			return
		}
		e.column = s.readColumn(d, e.posting, int(e.count))
		e.releases = d.bool()
		s.caps = append(s.caps, e)
	}
	n = d.count(5)
	s.fields = make([]fieldEntry, 0, n)
	for range n {
		s.fields = append(s.fields, fieldEntry{s.readField(d, d.below(fieldMetadata+1)), s.readPosting(d)})
		if d.bad != "" {
			return
		}
	}
	s.indexTerms()
	s.readSingles(d)
	s.ranks = slices.Clip(s.ranks)
}

func (s *stored) readField(d *decoder, field int) fieldKey {
	return fieldKey{uint8(field), d.string(), d.string()}
}

func (s *stored) readSingles(d *decoder) {
	n := d.count(4)
	s.singles = newTable(n, len(s.docs))
	for range n {
		t := singleTerm{doc: uint32(d.below(len(s.docs)))}
		if field := d.below(fieldMetadata + 1); field == 0 {
			t.id = capability.ID{Namespace: d.string(), Name: d.string()}
		} else {
			t.key = s.readField(d, field)
		}
		if d.bad != "" {
			return
		}
		s.singles.add(t.hash(), t.doc)
	}
}
