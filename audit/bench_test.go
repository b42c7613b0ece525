package audit

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
)

// BenchmarkTrailRecord measures durable events: each caller waits until its event is on the disk and in a checkpoint.
func BenchmarkTrailRecord(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run("bolt/callers="+strconv.Itoa(callers), func(b *testing.B) { benchmarkRecord(b, openBolt(b), callers) })
	}
	b.Run("memory/callers=64", func(b *testing.B) { benchmarkRecord(b, modreg.NewMemJournal(), 64) })
}

// A counted journal counts appends.
type counted struct {
	modreg.Journal
	appends atomic.Int64
}

func (c *counted) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	c.appends.Add(1)
	return c.Journal.Append(ctx, stream, head, batch)
}

func benchmarkRecord(b *testing.B, journal modreg.Journal, callers int) {
	b.Helper()
	counted := &counted{Journal: journal}
	trail := openTrail(b, b.TempDir(), Options{Registry: counted})
	ctx := as(b.Context(), "u42")
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := trail.Record(ctx, denial("upper@1.0."+strconv.FormatInt(i, 10))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/float64(counted.appends.Load()), "events/batch")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// filled returns a trail with so many events of the node.
func filled(b *testing.B, n int) *Trail {
	b.Helper()
	trail := openTrail(b, b.TempDir(), Options{Registry: modreg.NewMemJournal()})
	var last *batch
	for i := range n {
		e := denial(fmt.Sprintf("upper@1.0.%d", i))
		if err := trail.prepare(as(b.Context(), "u42"), &e); err != nil {
			b.Fatal(err)
		}
		next, err := trail.add(&e)
		if err != nil {
			b.Fatal(err)
		}
		if i%1024 == 1023 {
			<-next.done
		}
		last = next
	}
	<-last.done
	return trail
}

func BenchmarkTrailVerify(b *testing.B) {
	const n = 100_000
	trail := filled(b, n)
	b.ResetTimer()
	for b.Loop() {
		if _, err := trail.Verify(b.Context(), VerifyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkRead(b *testing.B) {
	const n = 100_000
	trail := filled(b, n)
	for _, q := range []Query{{}, {Resource: "upper@1.0.5"}, {Newest: true, Limit: 50}} {
		b.Run(q.String(), func(b *testing.B) {
			for b.Loop() {
				for _, err := range Read(b.Context(), trail.o.Registry, trail.o.Local, q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
