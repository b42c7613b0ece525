package merkle

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A Key signs checkpoints: Ed25519, in the encoding of the signed notes of golang.org/x/mod/sumdb/note. A key belongs to
// one log. It is safe for concurrent use, apart from [SaveKey]. Printing it shows the public half.
type Key struct {
	signer   note.Signer
	secret   string // the encoding of the private key
	verifier string
	path     string // the file that holds it; "" if none does
	next     *Key   // beside it in path.next: the key of a rotation that may not have been finished
}

// GenerateKey makes a new key from the system's source of randomness. Its name follows the grammar of
// [Options.Origin], and should be the origin of the log.
func GenerateKey(name string) (*Key, error) {
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("generate a key: name %q: %w", name, err)
	}
	secret, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("generate a key: %w", err)
	}
	return parseKey(secret)
}

// parseKey never says in an error what it was given.
func parseKey(secret string) (*Key, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("it is not a private key of a signed note")
	}
	if err := checkName(signer.Name()); err != nil {
		return nil, fmt.Errorf("the name of the key: %w", err)
	}
	// PRIVATE+KEY+name+hash+base64, where the base64 may have more of the separator.
	parts := strings.SplitN(secret, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("it is not an Ed25519 key")
	}
	public, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("it is not an Ed25519 key")
	}
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, fmt.Errorf("the public half of the key: %w", err)
	}
	return &Key{signer: signer, secret: secret, verifier: verifier}, nil
}

// Name returns the name of the key.
func (k *Key) Name() string { return k.signer.Name() }

// Verifier returns the public half in the encoding that [note.NewVerifier] reads: name, hash and key.
func (k *Key) Verifier() string { return k.verifier }

// String returns the public half.
func (k *Key) String() string { return k.verifier }

// GoString returns the public half.
func (k *Key) GoString() string { return "merkle.Key(" + k.verifier + ")" }

// newVerifier reads a public key, in its one encoding.
func newVerifier(verifier string) (note.Verifier, error) {
	if len(verifier) > 2*MaxName {
		return nil, errors.New("it is too long for a verifier key")
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, fmt.Errorf("it is not a verifier key: %w", err)
	}
	if err := checkName(v.Name()); err != nil {
		return nil, fmt.Errorf("the name of the key: %w", err)
	}
	parts := strings.SplitN(verifier, "+", 3)
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || verifier != fmt.Sprintf("%s+%08x+%s", v.Name(), v.KeyHash(), base64.StdEncoding.EncodeToString(raw)) {
		return nil, errors.New("it is not a verifier key in its one encoding")
	}
	return v, nil
}
