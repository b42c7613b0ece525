package merkle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxKeyring = 1 << 20 // bytes of a keyring
	maxKeys    = 1000

	ringTitle = "modreg keyring v1"
)

// A Keyring says which keys may sign the checkpoints of one log, and from which size of the tree on. It is a text of
// signed notes, one after another with an empty line between them. The first is signed by the first key:
//
//	modreg keyring v1
//	origin <origin>
//	key <verifier key>
//	time <time>
//
// Each of the others hands over to the next key and is signed by both:
//
//	modreg keyring v1
//	origin <origin>
//	old <verifier key>
//	new <verifier key>
//	size <number of records at the change>
//	root <base64 root of the tree at the change>
//	time <time>
//
// A key may sign trees from the size at which it came to the size at which the next one came, both included. A Keyring
// is a [note.Verifiers]; [ParseCheckpoint] and [Proof.Verify] hold the keys to their sizes. It never changes and is
// safe for concurrent use.
type Keyring struct {
	origin string
	keys   []RingKey
	known  []note.Verifier // of the keys
	text   []byte
}

// A RingKey is one key of a [Keyring].
type RingKey struct {
	Verifier string    // the public key, as [note.NewVerifier] reads it
	Size     uint64    // the size of the tree from which on it signs: 0 for the first key
	Root     tlog.Hash // of the tree of that size; zero for the first key
	Time     time.Time // when it came
}

// ParseKeyring checks the chain of a keyring: every note signed by the keys it names, every key handed over to by the one
// before. The first key must be trusted; an empty trusted accepts any, which proves that the text is one chain and
// nothing else. It fails on anything that this package would not write; limits are 1 MiB and 1000 keys.
func ParseKeyring(text []byte, origin, trusted string) (*Keyring, error) {
	if len(text) > maxKeyring {
		return nil, fmt.Errorf("keyring: %d bytes, at most %d are allowed", len(text), maxKeyring)
	}
	notes, err := splitNotes(text)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if len(notes) == 0 {
		return nil, errors.New("keyring: it is empty")
	}
	r := &Keyring{origin: origin}
	for i, msg := range notes {
		if r, err = r.with(msg); err != nil {
			return nil, fmt.Errorf("keyring: note %d: %w", i+1, err)
		}
	}
	if trusted != "" && r.First() != trusted {
		return nil, fmt.Errorf("keyring: it begins with the key %q, not with the trusted %q", r.First(), trusted)
	}
	if !bytes.Equal(r.text, text) {
		return nil, errors.New("keyring: there is more between the notes than one empty line")
	}
	return r, nil
}

// with checks one more note and returns the keyring that it makes.
func (r *Keyring) with(msg []byte) (*Keyring, error) {
	old, key, err := parseRingText(noteText(msg), r.origin, len(r.keys) == 0)
	if err != nil {
		return nil, err
	}
	v, err := newVerifier(key.Verifier)
	if err != nil {
		return nil, err
	}
	signers := []note.Verifier{v}
	if len(r.keys) > 0 {
		last := r.keys[len(r.keys)-1]
		if old != last.Verifier {
			return nil, fmt.Errorf("it replaces the key %q, but the last one is %q", old, last.Verifier)
		}
		if key.Size < last.Size {
			return nil, fmt.Errorf("it is of size %d, before the key it replaces came", key.Size)
		}
		if _, err := r.Verifier(v.Name(), v.KeyHash()); err == nil {
			return nil, fmt.Errorf("the key %q was there before", key.Verifier)
		}
		signers = append(signers, r.known[len(r.known)-1])
	}
	if len(r.keys) >= maxKeys {
		return nil, fmt.Errorf("more than %d keys", maxKeys)
	}
	n, err := openNote(msg, note.VerifierList(signers...))
	if err != nil {
		return nil, err
	}
	if len(n.Sigs) != len(signers) || len(n.UnverifiedSigs) > 0 {
		return nil, errors.New("it is not signed by exactly the keys that it names")
	}
	return &Keyring{
		origin: r.origin,
		keys:   append(slices.Clip(r.keys), key),
		known:  append(slices.Clip(r.known), v),
		text:   joinNotes(r.text, msg),
	}, nil
}

// newKeyring returns the keyring of a first key.
func newKeyring(origin string, k *Key, now time.Time) (*Keyring, error) {
	return (&Keyring{origin: origin}).grow("", RingKey{Verifier: k.verifier, Time: now}, k)
}

// rotated returns the keyring in which next follows the last key.
func (r *Keyring) rotated(old, next *Key, size uint64, root tlog.Hash, now time.Time) (*Keyring, error) {
	return r.grow(old.verifier, RingKey{Verifier: next.verifier, Size: size, Root: root, Time: now}, old, next)
}

func (r *Keyring) grow(old string, key RingKey, signers ...*Key) (*Keyring, error) {
	by := make([]note.Signer, len(signers))
	for i, k := range signers {
		by[i] = k.signer
	}
	msg, err := note.Sign(&note.Note{Text: ringText(r.origin, old, key)}, by...)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return r.with(msg)
}

// Origin returns the origin of the log.
func (r *Keyring) Origin() string { return r.origin }

// Text returns the text that [ParseKeyring] reads.
func (r *Keyring) Text() []byte { return bytes.Clone(r.text) }

// Keys returns the keys, the first one first.
func (r *Keyring) Keys() []RingKey { return slices.Clone(r.keys) }

// First returns the public key on which the trust in the others rests.
func (r *Keyring) First() string { return r.keys[0].Verifier }

// Current returns the public key that signs now.
func (r *Keyring) Current() string { return r.keys[len(r.keys)-1].Verifier }

// Verifier implements [note.Verifiers] for all keys that there were; a nil Keyring has none.
func (r *Keyring) Verifier(name string, hash uint32) (note.Verifier, error) {
	if r != nil {
		for _, v := range r.known {
			if v.Name() == name && v.KeyHash() == hash {
				return v, nil
			}
		}
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// ValidAt reports whether the key may sign a tree of that size.
func (r *Keyring) ValidAt(name string, hash uint32, size uint64) bool {
	if r == nil {
		return false
	}
	for i, v := range r.known {
		if v.Name() == name && v.KeyHash() == hash {
			return r.keys[i].Size <= size && (i+1 == len(r.keys) || size <= r.keys[i+1].Size)
		}
	}
	return false
}

// ringText returns what a note of a keyring signs; old is empty for the first.
func ringText(origin, old string, key RingKey) string {
	lines := []string{ringTitle, "origin " + origin}
	if old == "" {
		lines = append(lines, "key "+key.Verifier)
	} else {
		lines = append(lines, "old "+old, "new "+key.Verifier, "size "+strconv.FormatUint(key.Size, 10), "root "+key.Root.String())
	}
	return strings.Join(append(lines, "time "+formatTime(key.Time)), "\n") + "\n"
}

// parseRingText is the inverse of ringText: it accepts what that writes and nothing else.
func parseRingText(text, origin string, first bool) (old string, key RingKey, err error) {
	field := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		field[name] = value
	}
	key.Verifier = field["key"]
	if !first {
		old, key.Verifier = field["old"], field["new"]
		if key.Size, err = parseSize(field["size"]); err != nil {
			return "", RingKey{}, err
		}
		if key.Root, err = parseHash(field["root"]); err != nil {
			return "", RingKey{}, fmt.Errorf("root: %w", err)
		}
	}
	if key.Time, err = parseTime(field["time"]); err != nil {
		return "", RingKey{}, fmt.Errorf("time: %w", err)
	}
	if !first && old == "" || ringText(origin, old, key) != text {
		return "", RingKey{}, fmt.Errorf("it is not a note of a keyring of %q", origin)
	}
	return old, key, nil
}
