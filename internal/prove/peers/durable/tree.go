package durable

import (
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// origin names the logs and the keys that sign for them.
const origin = "log.example"

// newKey returns a signer and what verifies its signatures.
func newKey() (note.Signer, note.Verifier, error) {
	private, public, err := note.GenerateKey(nil, origin)
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(public)
	return signer, verifier, err
}

// A tree is a Merkle tree with n leaves, whose hashes are in memory.
type tree struct {
	n      int64
	hashes []tlog.Hash
}

// ReadHashes makes the tree a [tlog.HashReader].
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		read[i] = t.hashes[at]
	}
	return read, nil
}

func (t *tree) add(leaf []byte) error {
	hashes, err := tlog.StoredHashes(t.n, leaf, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, hashes...)
	t.n++
	return nil
}

// since returns the bytes of the hashes but for the first ones.
func (t *tree) since(known int) []byte {
	raw := make([]byte, 0, (len(t.hashes)-known)*tlog.HashSize)
	for _, h := range t.hashes[known:] {
		raw = append(raw, h[:]...)
	}
	return raw
}

// text is the note of the tree as C2SP's tlog-checkpoint lays it out.
func (t *tree) text() (string, error) {
	hash, err := tlog.TreeHash(t.n, t)
	return fmt.Sprintf("%s\n%d\n%s\n", origin, t.n, hash), err
}

func (t *tree) sign(s note.Signer) ([]byte, error) {
	text, err := t.text()
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: text}, s)
}

// verify reports whether a line is a checkpoint of the tree.
func (t *tree) verify(line []byte, v note.Verifier) error {
	var c checkpoint
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	signed, err := note.Open([]byte(c.Note), note.VerifierList(v))
	if err != nil {
		return err
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	if signed.Text != text {
		return fmt.Errorf("the note after %d entries is of another tree", t.n)
	}
	return nil
}
