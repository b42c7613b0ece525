package boltjournal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

// filled makes a journal of n records of 600 bytes, and returns its path.
func filled(b *testing.B, n int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "journal")
	j, err := boltjournal.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	batch := make([][]byte, 100)
	for i := range batch {
		batch[i] = make([]byte, 600)
	}
	for head := 0; head < n; head += len(batch) {
		mustAppend(b, j, "stream", uint64(head), batch...)
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOpen opens and closes a journal of 100,000 records, which walks its tree.
func BenchmarkOpen(b *testing.B) {
	path := filled(b, 100_000)
	for b.Loop() {
		if err := makeEmpty(path); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify verifies a journal of 100,000 records.
func BenchmarkVerify(b *testing.B) {
	const n = 100_000
	j := open(b, filled(b, n))
	for b.Loop() {
		if err := j.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	reportRate(b, n)
}

// BenchmarkPrune drops 100,000 records, and reports how long each takes.
func BenchmarkPrune(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		b.StopTimer()
		j := open(b, filled(b, n))
		b.StartTimer()
		if err := j.Prune(b.Context(), "stream", n); err != nil {
			b.Fatal(err)
		}
	}
	reportRate(b, n)
}

// BenchmarkSnapshot puts and loads a snapshot of 50 MB, of text as a registry writes it and of noise.
func BenchmarkSnapshot(b *testing.B) {
	text := make([]byte, 0, 50<<20)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := 0; len(text) < 50<<20-500; i++ {
		text = fmt.Appendf(text, `{"name":"module-%d","version":"1.%d.%d","digest":"sha256:%016x%016x","provides":[{"name":"capability.%d"}]},`,
			i, rng.IntN(50), rng.IntN(50), rng.Uint64(), rng.Uint64(), rng.IntN(5000))
	}
	noise := make([]byte, 50<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for _, of := range []struct {
		name string
		data []byte
	}{{"text", text}, {"noise", noise}} {
		b.Run(of.name+"/put", func(b *testing.B) {
			j := fresh(b)
			mustAppend(b, j, "stream", 0, []byte("x"))
			b.SetBytes(int64(len(of.data)))
			for b.Loop() {
				if err := j.PutSnapshot(b.Context(), "stream", modreg.StoredSnapshot{Seq: 1, Data: of.data}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(of.name+"/load", func(b *testing.B) {
			j := fresh(b)
			mustAppend(b, j, "stream", 0, []byte("x"))
			if err := j.PutSnapshot(b.Context(), "stream", modreg.StoredSnapshot{Seq: 1, Data: of.data}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(of.data)))
			for b.Loop() {
				if _, err := j.LoadSnapshot(b.Context(), "stream", math.MaxUint64); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
