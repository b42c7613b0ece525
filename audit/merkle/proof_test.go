package merkle_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/audit/merkle"
)

// proofs returns proofs of a log with records of all kinds, and its key.
func proofs(tb testing.TB) ([]merkle.Proof, *merkle.Keyring) {
	tb.Helper()
	b := newBed(tb)
	l := b.open()
	batch := [][]byte{[]byte(`{"first":true}`), nil, {0}, []byte("two\nlines\n\n"), bytes.Repeat([]byte("long"), 999)}
	if _, err := l.Append(tb.Context(), 0, append(batch, randomRecords(8)...)); err != nil {
		tb.Fatal(err)
	}
	var all []merkle.Proof
	for seq := range uint64(13) {
		p, err := l.Prove(tb.Context(), seq+1)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, p)
	}
	return all, l.Keyring()
}

func TestProof(t *testing.T) {
	t.Parallel()
	all, ring := proofs(t)
	for _, p := range all {
		file, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := merkle.ParseProof(file)
		if err != nil {
			t.Fatalf("%v in\n%s", err, file)
		}
		cp, err := again.Verify(ring, origin)
		if err != nil || cp.Size != 13 {
			t.Fatalf("verified %+v, %v", cp, err)
		}
		if again.Seq != p.Seq || !bytes.Equal(again.Record, p.Record) {
			t.Fatalf("read back %+v", again)
		}
		if _, err := again.Verify(ring, "modreg/other"); err == nil {
			t.Error("verified for another origin")
		}
		if p.Seq > 3 {
			continue
		}
		for i := range file {
			forged := bytes.Clone(file)
			forged[i] ^= []byte{1, 0x20, 0xff}[i%3]
			for _, f := range [][]byte{forged, file[:i]} {
				if f, err := merkle.ParseProof(f); err == nil {
					if _, err := f.Verify(ring, origin); err == nil {
						t.Fatalf("verified with byte %d changed, or cut there:\n%s", i, forged)
					}
				}
			}
		}
	}
	for name, forge := range map[string]func(p *merkle.Proof){
		"another record": func(p *merkle.Proof) { p.Record = append(bytes.Clone(p.Record), ' ') },
		"another number": func(p *merkle.Proof) { p.Seq++ },
		"number 0":       func(p *merkle.Proof) { p.Seq = 0 },
		"number beyond":  func(p *merkle.Proof) { p.Seq = 14 },
		"a hash less":    func(p *merkle.Proof) { p.Hashes = p.Hashes[1:] },
		"a hash more":    func(p *merkle.Proof) { p.Hashes = append(p.Hashes, tlog.Hash{}) },
		"another note":   func(p *merkle.Proof) { p.Note = bytes.Replace(p.Note, []byte("\n13\n"), []byte("\n14\n"), 1) },
		"another signer": func(p *merkle.Proof) {
			p.Note = merkle.SignForTest(t, merkle.Checkpoint{Origin: origin, Size: 13}, newKey(t))
		},
	} {
		p := all[0]
		p.Hashes = append([]tlog.Hash(nil), p.Hashes...)
		forge(&p)
		if _, err := p.Verify(ring, origin); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestParseProof_strict(t *testing.T) {
	t.Parallel()
	all, _ := proofs(t)
	data, err := all[0].Marshal()
	if err != nil {
		t.Fatal(err)
	}
	file := string(data)
	lines := strings.Split(file, "\n")
	edit := func(old, now string) string { return strings.Replace(file, old, now, 1) }
	for name, text := range map[string]string{
		"empty":         "",
		"other title":   edit("@v1", "@v2"),
		"crlf":          strings.ReplaceAll(file, "\n", "\r\n"),
		"no index":      edit("index 0\n", ""),
		"plus":          edit("index 0", "index +0"),
		"leading zero":  edit("index 0", "index 00"),
		"negative":      edit("index 0", "index -1"),
		"huge":          edit("index 0", "index 99999999999999999999"),
		"two extras":    edit(lines[1]+"\n", lines[1]+"\n"+lines[1]+"\n"),
		"empty extra":   edit(lines[1], "extra "),
		"extra newline": edit(lines[1], lines[1][:20]+"\n"+lines[1][20:]),
		"short hash":    edit(lines[3], lines[3][:40]),
		"many hashes":   edit(lines[3]+"\n", strings.Repeat(lines[3]+"\n", 70)),
		"no note":       file[:strings.Index(file, "\n\n")+2],
		"large note":    file + strings.Repeat("x", 17<<10),
	} {
		if _, err := merkle.ParseProof([]byte(text)); err == nil {
			t.Errorf("%s: accepted\n%s", name, text)
		}
	}
	for name, p := range map[string]merkle.Proof{
		"no number": {Note: []byte("x")},
		"no note":   {Seq: 1},
		"too large": {Seq: 1, Note: []byte("x"), Record: make([]byte, merkle.MaxRecord+1)},
	} {
		if _, err := p.Marshal(); err == nil {
			t.Errorf("%s: marshalled", name)
		}
	}
	large := merkle.Proof{Seq: 1 << 50, Record: make([]byte, 3), Hashes: make([]tlog.Hash, 64), Note: make([]byte, 16<<10)}
	big, err := large.Marshal()
	if size := len(big) + base64.StdEncoding.EncodedLen(merkle.MaxRecord) - 4; err != nil || size > merkle.MaxProofForTest {
		t.Errorf("the largest proof has %d bytes, %v; at most %d are read", size, err, merkle.MaxProofForTest)
	}
}
