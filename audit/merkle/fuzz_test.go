package merkle_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/modreg/modreg/audit/merkle"
)

func FuzzParseProof(f *testing.F) {
	all, _ := proofs(f)
	for _, p := range all[:4] {
		file, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := merkle.ParseProof(file)
		if err != nil {
			return
		}
		again, err := p.Marshal()
		if err != nil || !bytes.Equal(again, file) {
			t.Fatalf("read\n%q\nand wrote\n%q, %v", file, again, err)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	k := merkle.FixedKeyForTest(f, 1)
	known := merkle.VerifierForTest(f, k)
	for _, size := range []uint64{0, 1, 1 << 40} {
		cp := merkle.Checkpoint{Origin: origin, Size: size}
		f.Add(fmt.Sprintf("%s\n%d\n%s\ntime %s\n", cp.Origin, size, cp.Root, "2026-01-02T03:04:05.678Z"), "")
	}
	f.Fuzz(func(t *testing.T, text, more string) {
		msg := append(merkle.SignTextForTest(text, k), more...) // so that the fuzzer gets past the signature
		cp, err := merkle.ParseCheckpoint(msg, known, origin)
		if err != nil {
			return
		}
		if again := merkle.SignForTest(t, cp, k); !bytes.HasPrefix(msg, again) || !bytes.Equal(cp.Note, msg) {
			t.Fatalf("read\n%q\nand wrote\n%q", msg, again)
		}
	})
}

// The text of the notes is anything, the signatures are good.
func FuzzParseKeyring(f *testing.F) {
	a, b := merkle.FixedKeyForTest(f, 1), merkle.FixedKeyForTest(f, 2)
	const at = "time 2026-01-02T03:04:05.678Z\n"
	head := "modreg keyring v1\norigin " + origin + "\n"
	root := merkle.Checkpoint{}.Root.String()
	f.Add(head+"key "+a.Verifier()+"\n"+at, "\n", head+"old "+a.Verifier()+"\nnew "+b.Verifier()+"\nsize 7\nroot "+root+"\n"+at)
	f.Fuzz(func(t *testing.T, first, between, second string) {
		one, two := merkle.SignTextForTest(first, a), merkle.SignTextForTest(second, a, b)
		text := append(append(bytes.Clone(one), between...), two...)
		for _, text := range [][]byte{one, text, []byte(first)} {
			ring, err := merkle.ParseKeyring(text, origin, a.Verifier())
			if err != nil {
				continue
			}
			if !bytes.Equal(ring.Text(), text) || ring.First() != a.Verifier() || len(ring.Keys()) > 2 {
				t.Fatalf("read %q as %q", text, ring.Text())
			}
		}
	})
}

// Checkpoints are found whatever is between them.
func FuzzReadCheckpoints(f *testing.F) {
	k := merkle.FixedKeyForTest(f, 1)
	known := merkle.VerifierForTest(f, k)
	f.Add("", "")
	f.Add("garbage", origin+"\n12\n")
	f.Add(origin+"\n\n— ", "x\n\n— y\n")
	f.Fuzz(func(t *testing.T, before, between string) {
		text := []byte(before)
		var want []byte
		for n := range uint64(2) {
			cp := merkle.Checkpoint{Origin: origin, Size: n}
			want = merkle.SignForTest(t, cp, k)
			text = append(append(text, "\n\n"...), want...)
			text = append(text, between...)
		}
		text = append(append(text, "\n\n"...), want...)
		var last []byte
		for cp, err := range merkle.ReadCheckpoints(bytes.NewReader(text), known, origin) {
			if err == nil {
				last = cp.Note
			}
		}
		if !bytes.Equal(last, want) {
			t.Fatalf("found %q in\n%q", last, text)
		}
	})
}
