package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
)

// keys are what is derived from the key of the node.
type keys struct {
	id      string // says which key it was, and nothing of it
	seal    cipher.AEAD
	subject []byte
	address []byte

	snapshot []byte
}

func newKeys(key []byte) (keys, error) {
	var k keys
	derived := map[string][]byte{}
	for _, label := range [...]string{"id", "seal", "subject", "address", "snapshot"} {
		b, err := hkdf.Key(sha256.New, key, nil, "modreg access "+label, KeySize)
		if err != nil {
			return k, err
		}
		derived[label] = b
	}
	block, err := aes.NewCipher(derived["seal"])
	if err != nil {
		return k, err
	}
	k.seal, err = cipher.NewGCMWithRandomNonce(block)
	k.id, k.subject, k.address = hex.EncodeToString(derived["id"][:8]), derived["subject"], derived["address"]
	k.snapshot = derived["snapshot"]
	return k, err
}

// errOtherKey says that something was encrypted with a key that this store does not have.
var errOtherKey = errors.New("it was encrypted with another key: enrol again")

// sealed is a secret that has to be read again, encrypted.
type sealed struct {
	Key  string `json:"key"`
	Data []byte `json:"data"`
}

// encrypt seals a secret for one principal: it cannot be moved to another.
func (k *keys) encrypt(ref Ref, secret []byte) sealed {
	return sealed{Key: k.id, Data: k.seal.Seal(nil, nil, secret, []byte(ref))}
}

func (k *keys) decrypt(ref Ref, s sealed) ([]byte, error) {
	if s.Key != k.id {
		return nil, errOtherKey
	}
	return k.seal.Open(nil, nil, s.Data, []byte(ref))
}

// pseudonym returns a keyed hash.
func pseudonym(key []byte, parts ...string) digest {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return digest(h.Sum(nil))
}

// Address returns the form in which a network address stands in origins and events: a keyed hash; empty for the zero
// address.
func (s *Store) Address(from netip.Addr) string {
	if !from.IsValid() {
		return ""
	}
	d := pseudonym(s.keys.address, from.Unmap().WithZone("").String())
	return hex.EncodeToString(d[:16])
}

func newRandom(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}
