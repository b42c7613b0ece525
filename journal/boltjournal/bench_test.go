package boltjournal_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg/journal/boltjournal"
)

const benchRecord = 500 // bytes

func benchBatch(n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		batch[i] = make([]byte, benchRecord)
		batch[i][0] = byte(i)
	}
	return batch
}

// BenchmarkAppend compares appends by one caller with bare bbolt that puts the same batches into one bucket.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 16, 64} {
		batch := benchBatch(size)
		b.Run(fmt.Sprintf("batch=%d/store=journal", size), func(b *testing.B) {
			j, head := fresh(b), uint64(0)
			for b.Loop() {
				next, err := j.Append(b.Context(), "stream", head, batch)
				if err != nil {
					b.Fatal(err)
				}
				head = next
			}
			reportRate(b, size)
		})
		b.Run(fmt.Sprintf("batch=%d/store=bbolt", size), func(b *testing.B) {
			put, seq := bareBolt(b, 1), uint64(0)
			for b.Loop() {
				if err := put([]int{0}, &seq, batch); err != nil {
					b.Fatal(err)
				}
			}
			reportRate(b, size)
		})
	}
}

func reportRate(b *testing.B, size int) {
	b.Helper()
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "records/s")
}

// bareBolt returns a function that puts each record of a batch into all of the given buckets, in one transaction.
func bareBolt(b *testing.B, buckets int) func(into []int, seq *uint64, batch [][]byte) error {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, &bbolt.Options{NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	name := func(i int) []byte { return fmt.Appendf(nil, "bucket %d", i) }
	err = db.Update(func(tx *bbolt.Tx) error {
		for i := range buckets {
			if _, err := tx.CreateBucket(name(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return func(into []int, seq *uint64, batch [][]byte) error {
		return db.Update(func(tx *bbolt.Tx) error {
			for _, data := range batch {
				*seq++
				for _, i := range into {
					bucket := tx.Bucket(name(i))
					bucket.FillPercent = 1
					if err := bucket.Put(binary.BigEndian.AppendUint64(nil, *seq), data); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

// BenchmarkCombine measures appends by many callers at once, each to a stream of its own, and what bare bbolt makes of
// transactions with one record for each of as many buckets.
func BenchmarkCombine(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d/store=journal", callers), func(b *testing.B) {
			j := fresh(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for c := range callers {
				wg.Go(func() { appendUntil(b, j, fmt.Sprintf("stream-%d", c), &left) })
			}
			wg.Wait()
			reportRate(b, 1)
		})
		b.Run(fmt.Sprintf("callers=%d/store=bbolt", callers), func(b *testing.B) {
			put, seq := bareBolt(b, callers), uint64(0)
			all := make([]int, callers)
			for i := range all {
				all[i] = i
			}
			b.ResetTimer()
			for n := 0; n < b.N; n += callers {
				if err := put(all, &seq, benchBatch(1)); err != nil {
					b.Fatal(err)
				}
			}
			reportRate(b, 1)
		})
	}
}

func appendUntil(b *testing.B, j *boltjournal.Journal, stream string, left *atomic.Int64) {
	b.Helper()
	batch := benchBatch(1)
	for head := uint64(0); left.Add(-1) >= 0; {
		next, err := j.Append(b.Context(), stream, head, batch)
		if err != nil {
			b.Error(err)
			return
		}
		head = next
	}
}
