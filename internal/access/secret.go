package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/modreg/modreg/record"
)

// The parts of secrets. Everything that this package hands out begins with a prefix that scanners of source code find, and ends with
// a checksum by which they and [Store.Authenticate] tell a credential from a typing error without asking anybody.
const (
	tokenPrefix     = "mrt_" // an API token
	bootstrapPrefix = "mrb_" // the secret that makes the first admin

	secretBytes = 32 // random bytes in a secret
	secretLen   = 43 // their length in base 62
	idLen       = 12 // of the identifier of a token, in base 62: 71 bits
	crcLen      = 6  // of a checksum, in base 62
)

// digits are those of base 62, in the order of math/big.
const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// A digest is the SHA-256 of a secret.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// MarshalText returns the digest in hexadecimal.
func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText is the inverse of MarshalText.
func (d *digest) UnmarshalText(text []byte) error {
	if len(text) != 2*len(d) {
		return errors.New("a hash is not 64 hexadecimal digits")
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// randomText returns n digits of base 62 for as many random bytes as they hold at least.
func randomText(bytes, n int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // it never fails
	return base62(new(big.Int).SetBytes(b), n)
}

func newSecret() string { return randomText(secretBytes, secretLen) }

func newTokenID() string { return randomText(8, idLen) }

// base62 returns x with n digits.
func base62(x *big.Int, n int) string {
	text := x.Text(len(digits))
	return strings.Repeat("0", max(n-len(text), 0)) + text
}

func checksum(text string) string {
	return base62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(text)))), crcLen)
}

// hasChecksum reports whether crc is the checksum of text.
func hasChecksum(text, crc string) bool {
	sum := uint64(crc32.ChecksumIEEE([]byte(text)))
	for i := crcLen - 1; i >= 0; i-- {
		if crc[i] != digits[sum%uint64(len(digits))] {
			return false
		}
		sum /= uint64(len(digits))
	}
	return true
}

func isBase62(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// A credential is the parts of a token.
type credential struct {
	kind, id, secret string
}

// text returns the token.
func (c credential) text() string {
	text := tokenPrefix + c.kind + "_" + c.id + "_" + c.secret
	return text + "_" + checksum(text)
}

// parseToken takes a token apart. It refuses whatever text would not write.
func parseToken(text string) (credential, bool) {
	const tail = 1 + idLen + 1 + secretLen + 1 + crcLen // "_id_secret_crc"
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(rest) <= tail || len(rest) > len(record.KindService)+tail {
		return credential{}, false
	}
	at := len(rest) - tail
	c := credential{kind: rest[:at], id: rest[at+1 : at+1+idLen], secret: rest[at+2+idLen : at+2+idLen+secretLen]}
	switch c.kind {
	case record.KindUser, record.KindService, record.KindModule, record.KindNode:
	default:
		return credential{}, false
	}
	if rest[at] != '_' || rest[at+1+idLen] != '_' || rest[len(rest)-crcLen-1] != '_' || !isBase62(c.id) || !isBase62(c.secret) {
		return credential{}, false
	}
	return c, hasChecksum(text[:len(text)-crcLen-1], text[len(text)-crcLen:])
}

// bootstrapText returns the bootstrap secret as it is shown.
func bootstrapText(secret string) string {
	return bootstrapPrefix + secret + "_" + checksum(bootstrapPrefix+secret)
}

func parseBootstrap(text string) (secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, bootstrapPrefix)
	if !ok || len(rest) != secretLen+1+crcLen || rest[secretLen] != '_' || !isBase62(rest[:secretLen]) {
		return "", false
	}
	return rest[:secretLen], hasChecksum(text[:len(text)-crcLen-1], rest[secretLen+1:])
}

// newTokenName returns a random name of lower-case hexadecimal digits.
func newTokenName() string { return hex.EncodeToString(newRandom(6)) }
