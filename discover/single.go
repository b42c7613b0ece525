package discover

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

// singleTerm is a capability, or if key is set a field, that one document of a
// segment has.
type singleTerm struct {
	doc uint32
	id  capability.ID
	key fieldKey
}

func (t *singleTerm) hash() uint64 {
	if t.key.field != 0 {
		return t.key.hash()
	}
	return hashID(t.id)
}

// singleTerms finds out again what the table of singles holds: those terms of
// its documents that have no entry.
func (s *segment) singleTerms() (terms []singleTerm) {
	var docs []uint32
	mask := uint32(1)<<s.singles.idBits - 1
	for _, slot := range s.singles.slots {
		if slot != 0 {
			docs = append(docs, slot&mask-1)
		}
	}
	slices.Sort(docs)
	for _, id := range slices.Compact(docs) {
		d := s.docs[id]
		from := len(terms)
		for i := range d.Provides {
			r := reqTerm{Requirement: capability.Requirement{ID: d.Provides[i].ID}, hash: hashID(d.Provides[i].ID)}
			if s.cap(&r) == nil {
				terms = append(terms, singleTerm{doc: id, id: r.ID})
			}
		}
		terms = append(terms[:from], slices.CompactFunc(sortedIDs(terms[from:]), func(a, b singleTerm) bool { return a.id == b.id })...)
		for _, k := range d.fieldKeys() {
			if s.field(&fieldTerm{k, k.hash()}) == nil {
				terms = append(terms, singleTerm{doc: id, key: k})
			}
		}
	}
	return terms
}

func sortedIDs(terms []singleTerm) []singleTerm {
	slices.SortFunc(terms, func(a, b singleTerm) int {
		return cmp.Or(strings.Compare(a.id.Namespace, b.id.Namespace), strings.Compare(a.id.Name, b.id.Name))
	})
	return terms
}

// fieldKeys returns the fields that d has, in a fixed order.
func (d *Doc) fieldKeys() (keys []fieldKey) {
	if d.Kind != "" {
		keys = append(keys, fieldKey{fieldKind, "", d.Kind})
	}
	if d.Licence != "" {
		keys = append(keys, fieldKey{fieldLicence, "", d.Licence})
	}
	from := len(keys)
	for k, v := range d.Metadata {
		keys = append(keys, fieldKey{fieldMetadata, k, v})
	}
	slices.SortFunc(keys[from:], func(a, b fieldKey) int { return strings.Compare(a.key, b.key) })
	return keys
}
