package discover

import (
	"encoding/binary"
	"math/bits"

	"github.com/modreg/modreg/semver"
)

// digest is a hash that means the same in every process, unlike those of
// hash.go. It finds out what has changed by accident or in the course of
// things; it does not resist somebody who looks for a collision.
type digest uint64

func (h *digest) add(x uint64) {
	hi, lo := bits.Mul64(uint64(*h)^x^mulB, mulA)
	*h = digest(hi ^ lo)
}

func (h *digest) addString(s string) {
	h.add(uint64(len(s)))
	for ; len(s) >= 8; s = s[8:] {
		h.add(binary.LittleEndian.Uint64([]byte(s[:8])))
	}
	var rest uint64
	for i := range len(s) {
		rest |= uint64(s[i]) << (8 * i)
	}
	h.add(rest)
}

func (h *digest) addVersion(v *semver.Version) {
	h.add(v.Major())
	h.add(v.Minor())
	h.add(v.Patch())
	if pre := v.Prerelease(); pre != "" {
		h.addString(pre)
	}
}

// fingerprint covers everything of a document that an index depends on. scratch
// is memory for it.
func (d *Doc) fingerprint(scratch *[]byte) uint64 {
	h := digest(len(d.Provides))
	flags := uint64(d.Health.known())<<1 | uint64(len(d.Metadata))<<8
	if d.Active {
		flags |= 1
	}
	h.add(flags)
	h.add(uint64(uint32(d.Rank)))
	h.addString(d.Name)
	h.addVersion(&d.Version)
	h.addString(d.Kind)
	h.addString(d.Licence)
	h.addString(d.Description)
	var pairs uint64 // in no order
	for k, v := range d.Metadata {
		var p digest
		p.addString(k)
		p.addString(v)
		pairs += uint64(p)
	}
	h.add(pairs)
	for i := range d.Provides {
		p := &d.Provides[i]
		h.addString(p.ID.Namespace)
		h.addString(p.ID.Name)
		h.addVersion(&p.Version)
		if !p.Attrs.IsZero() {
			*scratch = p.Attrs.AppendJSON((*scratch)[:0])
			h.addString(string(*scratch))
		}
	}
	return uint64(h)
}
