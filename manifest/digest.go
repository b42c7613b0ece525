package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Digest is the SHA-256 of a manifest's canonical bytes. It is comparable and
// may be a map key.
type Digest [sha256.Size]byte

const digestPrefix = "sha256:"

// ParseDigest reads "sha256:" and 64 lower-case hexadecimal digits. The error
// is an *[Error].
func ParseDigest(s string) (Digest, error) {
	var d Digest
	digits, ok := strings.CutPrefix(s, digestPrefix)
	if ok && len(digits) == hex.EncodedLen(len(d)) && strings.ToLower(digits) == digits {
		if _, err := hex.Decode(d[:], []byte(digits)); err == nil {
			return d, nil
		}
	}
	return Digest{}, &Error{
		Reason: quoted(s) + " is not a digest", Fix: `write "sha256:" and 64 digits of 0-9 and a-f`, subject: "digest",
	}
}

// String gives the text that [ParseDigest] reads.
func (d Digest) String() string { return string(d.append(nil)) }

// IsZero tells whether the digest is the zero value, which is nobody's.
func (d Digest) IsZero() bool { return d == Digest{} }

// AppendText appends the text of the digest. It never fails.
func (d Digest) AppendText(b []byte) ([]byte, error) { return d.append(b), nil }

// MarshalText gives the text of the digest. It never fails.
func (d Digest) MarshalText() ([]byte, error) { return d.append(nil), nil }

// UnmarshalText reads what [ParseDigest] reads, with the same errors, and then
// leaves d as it was.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func (d Digest) append(b []byte) []byte {
	return hex.AppendEncode(append(b, digestPrefix...), d[:])
}
