package journaltest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/modreg/modreg"
)

const (
	// recordSize is about what the registration of a module takes.
	recordSize = 512
	// recordsPerJournal is when the benchmarks of appends go on with a fresh journal, so that what has been written
	// neither fills the memory nor weighs on what is measured.
	recordsPerJournal = 1 << 15
)

// RunBenchmarks measures a journal: appends of one transaction and of batches of 64, each of 512 bytes, by one
// caller; a read of 10,000 records; and how long a record takes from its append to a watcher that waits. It
// calls open for an empty journal, several times in a benchmark, with the clock stopped.
func RunBenchmarks(b *testing.B, open func(b *testing.B) modreg.Journal) {
	b.Helper()
	b.Run("append 1", func(b *testing.B) { benchmarkAppend(b, open, 1) })
	b.Run("append 64", func(b *testing.B) { benchmarkAppend(b, open, 64) })
	b.Run("read 10000", func(b *testing.B) { benchmarkRead(b, open, 10_000) })
	b.Run("watch", func(b *testing.B) { benchmarkWatch(b, open) })
}

func transactions(n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		batch[i] = bytes.Repeat([]byte{byte(i)}, recordSize)
	}
	return batch
}

func benchmarkAppend(b *testing.B, open func(b *testing.B) modreg.Journal, size int) {
	b.Helper()
	ctx := b.Context()
	batch := transactions(size)
	journal, head := open(b), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		if head >= recordsPerJournal {
			b.StopTimer()
			journal, head = open(b), 0
			b.StartTimer()
		}
		next, err := journal.Append(ctx, stream, head, batch)
		if err != nil {
			b.Fatal(err)
		}
		head = next
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "records/s")
}

func benchmarkRead(b *testing.B, open func(b *testing.B) modreg.Journal, n int) {
	b.Helper()
	ctx := b.Context()
	journal, head := open(b), uint64(0)
	for batch := range slices.Chunk(transactions(n), 250) {
		next, err := journal.Append(ctx, stream, head, batch)
		if err != nil {
			b.Fatal(err)
		}
		head = next
	}
	b.ReportAllocs()
	for b.Loop() {
		seen := 0
		for _, err := range journal.Read(ctx, stream, 1) {
			if err != nil {
				b.Fatal(err)
			}
			seen++
		}
		if seen != n {
			b.Fatalf("%d records, want %d", seen, n)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
}

func benchmarkWatch(b *testing.B, open func(b *testing.B) modreg.Journal) {
	b.Helper()
	batch := transactions(1)
	journal, head := open(b), uint64(0)
	seen, stop := watchAll(b, journal)
	for b.Loop() {
		if head >= recordsPerJournal {
			b.StopTimer()
			stop()
			journal, head = open(b), 0
			seen, stop = watchAll(b, journal)
			b.StartTimer()
		}
		next, err := journal.Append(b.Context(), stream, head, batch)
		if err != nil {
			b.Fatal(err)
		}
		if head = <-seen; head != next {
			b.Fatalf("the watcher has record %d, want %d", head, next)
		}
	}
	stop()
}

// watchAll watches a journal in a goroutine of its own and passes on the numbers of the records. The channel is
// closed when the watch has ended.
func watchAll(b *testing.B, journal modreg.Journal) (seen <-chan uint64, stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	numbers := make(chan uint64)
	go func() {
		defer close(numbers)
		for rec, err := range journal.Watch(ctx, stream, 1) {
			if err != nil {
				return
			}
			select {
			case numbers <- rec.Seq:
			case <-ctx.Done():
			}
		}
	}()
	return numbers, func() {
		cancel()
		for range numbers { // until it has ended
		}
	}
}
