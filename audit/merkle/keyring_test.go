package merkle_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/audit/merkle"
)

// A chain is a keyring to be: the text of a note and who signs it.
type chain []struct {
	text string
	by   []*merkle.Key
}

func (c chain) text() []byte {
	var notes [][]byte
	for _, n := range c {
		notes = append(notes, merkle.SignTextForTest(n.text, n.by...))
	}
	return bytes.Join(notes, []byte("\n"))
}

func genesis(k *merkle.Key) string {
	return "modreg keyring v1\norigin " + origin + "\nkey " + k.Verifier() + "\ntime 2026-01-02T03:04:05.678Z\n"
}

func handover(old, next *merkle.Key, size int) string {
	return fmt.Sprintf("modreg keyring v1\norigin %s\nold %s\nnew %s\nsize %d\nroot %s\ntime 2026-01-02T03:04:05.678Z\n",
		origin, old.Verifier(), next.Verifier(), size, tlog.Hash{})
}

func TestParseKeyring(t *testing.T) {
	t.Parallel()
	a, b, c, other := newKey(t), newKey(t), newKey(t), newKey(t)
	keys := func(k ...*merkle.Key) []*merkle.Key { return k }
	good := func() chain {
		return chain{{genesis(a), keys(a)}, {handover(a, b, 7), keys(a, b)}, {handover(b, c, 7), keys(b, c)}}
	}
	ring, err := merkle.ParseKeyring(good().text(), origin, a.Verifier())
	if err != nil || ring.First() != a.Verifier() || ring.Current() != c.Verifier() || ring.Origin() != origin {
		t.Fatalf("keyring %+v, %v", ring, err)
	}
	if _, err := merkle.ParseKeyring(good().text(), origin, ""); err != nil {
		t.Errorf("with any first key: %v", err)
	}
	for name, change := range map[string]func(c chain){
		"signed by the old key only":  func(n chain) { n[1].by = keys(a) },
		"signed by the new key only":  func(n chain) { n[1].by = keys(b) },
		"signed by a third":           func(n chain) { n[1].by = keys(a, b, other) },
		"signed by others":            func(n chain) { n[1].by = keys(a, other) },
		"genesis signed by another":   func(n chain) { n[0].by = keys(other) },
		"genesis of another":          func(n chain) { n[0].text, n[0].by = genesis(other), keys(other) },
		"handed over by an old key":   func(n chain) { n[2].text, n[2].by = handover(a, c, 7), keys(a, c) },
		"handed over by a stranger":   func(n chain) { n[2].text, n[2].by = handover(other, c, 7), keys(other, c) },
		"a key that comes back":       func(n chain) { n[2].text, n[2].by = handover(b, a, 7), keys(b, a) },
		"before the last":             func(n chain) { n[2].text = handover(b, c, 6) },
		"two beginnings":              func(n chain) { n[1].text, n[1].by = genesis(b), keys(b) },
		"no beginning":                func(n chain) { n[0].text, n[0].by = handover(other, a, 0), keys(other, a) },
		"another origin":              func(n chain) { n[1].text = strings.Replace(n[1].text, "node", "mode", 1) },
		"a line more":                 func(n chain) { n[1].text += "more\n" },
		"a line less":                 func(n chain) { n[1].text = strings.Replace(n[1].text, "size 7\n", "", 1) },
		"a size with zeroes":          func(n chain) { n[1].text = strings.Replace(n[1].text, "size 7", "size 07", 1) },
		"a time without milliseconds": func(n chain) { n[0].text = strings.Replace(n[0].text, ".678", "", 1) },
		"a key that is not one":       func(n chain) { n[1].text = strings.Replace(n[1].text, "\nnew ", "\nnew x", 1) },
	} {
		n := good()
		change(n)
		if _, err := merkle.ParseKeyring(n.text(), origin, a.Verifier()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	text := string(good().text())
	for name, text := range map[string]string{
		"nothing": "", "garbage": "garbage", "empty lines": "\n" + text, "more at the end": text + "\n", "cut": text[:len(text)-1],
		"too large": text + strings.Repeat("\n", 1<<20),
	} {
		if _, err := merkle.ParseKeyring([]byte(text), origin, a.Verifier()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := merkle.ParseKeyring([]byte(text), origin, b.Verifier()); err == nil {
		t.Error("a key that is not the first was trusted as the first")
	}
}

func TestKeyring_ValidAt(t *testing.T) {
	t.Parallel()
	a, b := newKey(t), newKey(t)
	ring, err := merkle.ParseKeyring(chain{{genesis(a), []*merkle.Key{a}}, {handover(a, b, 7), []*merkle.Key{a, b}}}.text(), origin, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key   *merkle.Key
		size  uint64
		valid bool
	}{{a, 0, true}, {a, 7, true}, {a, 8, false}, {b, 6, false}, {b, 7, true}, {b, 1 << 40, true}, {newKey(t), 7, false}} {
		cp := merkle.Checkpoint{Origin: origin, Size: c.size}
		if _, err := merkle.ParseCheckpoint(merkle.SignForTest(t, cp, c.key), ring, origin); (err == nil) != c.valid {
			t.Errorf("%v at size %d: %v, want valid: %v", c.key, c.size, err, c.valid)
		}
	}
}
