package merkle_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

const recordSize = 500

// BenchmarkAdd measures the CPU that a record costs: journal in memory, tree, signature and stored checkpoint a batch.
func BenchmarkAdd(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers, " callers"), func(b *testing.B) {
			bed := newBed(b)
			l := bed.open()
			data := bytes.Repeat([]byte("x"), recordSize)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := l.Add(b.Context(), data); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkAppend64(b *testing.B) {
	bed := newBed(b)
	l := bed.open()
	batch := make([][]byte, 64)
	for i := range batch {
		batch[i] = bytes.Repeat([]byte("x"), recordSize)
	}
	head := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		next, err := l.Append(b.Context(), head, batch)
		if err != nil {
			b.Fatal(err)
		}
		head = next
	}
	b.ReportMetric(float64(b.N*64)/b.Elapsed().Seconds(), "records/s")
}

// large returns a bed with a log of n records, which was closed.
func large(b *testing.B, n int) *bed {
	b.Helper()
	bed := newBed(b)
	fill(b, bed.journal, n)
	bed.close(bed.open())
	return bed
}

func fill(b *testing.B, j *journal, n int) {
	b.Helper()
	pad := bytes.Repeat([]byte("x"), recordSize)
	for head := 0; head < n; {
		batch := make([][]byte, min(1000, n-head))
		for i := range batch {
			batch[i] = bytes.Clone(pad)
			binary.BigEndian.PutUint64(batch[i], uint64(head+i))
		}
		if _, err := j.MemJournal.Append(b.Context(), stream, uint64(head), batch); err != nil {
			b.Fatal(err)
		}
		head += len(batch)
	}
}

func BenchmarkProve(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n, " records"), func(b *testing.B) {
			l := large(b, n).open()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Prove(b.Context(), 1+rand.Uint64N(uint64(n))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen1000000(b *testing.B) {
	bed := large(b, 1_000_000)
	runtime.GC()
	for b.Loop() {
		bed.close(bed.open())
	}
}

func BenchmarkVerify(b *testing.B) {
	const n = 300_000
	l := large(b, n).open()
	for name, check := range map[string]func(modreg.Record) error{
		"alone":      nil,
		"with check": func(modreg.Record) error { return nil },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Verify(b.Context(), merkle.VerifyOptions{Check: check}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}
