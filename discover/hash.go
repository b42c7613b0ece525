package discover

import (
	"hash/maphash"
	"math/bits"

	"github.com/modreg/modreg/capability"
)

// seed is drawn once for the process, because a compiled query carries hashes
// that must mean the same in every view.
var seed = maphash.MakeSeed()

// Odd constants from the fraction of the golden ratio and of the square root of
// two; they keep the parts of a key apart.
const (
	mulA = 0x9e3779b97f4a7c15
	mulB = 0x6a09e667f3bcc909
)

func hashString(s string) uint64 { return maphash.String(seed, s) }

func hashID(id capability.ID) uint64 {
	h := hashString(id.Name)
	if id.Namespace != "" {
		h ^= bits.RotateLeft64(hashString(id.Namespace)*mulA, 29)
	}
	return h
}

// The fields that have postings besides capabilities.
const (
	fieldKind = iota + 1
	fieldLicence
	fieldMetadata
)

// fieldKey is a value of a field; key is set for metadata only.
type fieldKey struct {
	field    uint8
	key, val string
}

func (k fieldKey) hash() uint64 {
	h := hashString(k.val) + uint64(k.field)*mulB
	if k.key != "" {
		h ^= bits.RotateLeft64(hashString(k.key)*mulA, 31)
	}
	return h * mulA
}

// signatureBit is what a term with the hash h sets in the signature of a
// document: one of 64 bits, so that a test of one word refuses most documents
// of the delta.
func signatureBit(h uint64) uint64 { return 1 << (h * mulB >> 58) }

// signature is the union of the bits of all terms of d.
func (d *Doc) signature() uint64 {
	sig := signatureBit(hashID(d.moduleID()))
	for i := range d.Provides {
		sig |= signatureBit(hashID(d.Provides[i].ID))
	}
	if d.Kind != "" {
		sig |= signatureBit(fieldKey{fieldKind, "", d.Kind}.hash())
	}
	if d.Licence != "" {
		sig |= signatureBit(fieldKey{fieldLicence, "", d.Licence}.hash())
	}
	for k, v := range d.Metadata {
		sig |= signatureBit(fieldKey{fieldMetadata, k, v}.hash())
	}
	return sig
}
