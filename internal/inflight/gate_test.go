package inflight

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

// Enter is how callers enter.
func (g *Gate) Enter() (Ticket, bool) {
	s := g.Stripe()
	owned := s.Own()
	if !owned || g.Closed() {
		return g.EnterLate(s, owned)
	}
	return s.Ticket(), true
}

func TestGate_layout(t *testing.T) {
	t.Parallel()
	if got := unsafe.Sizeof(line{}); got != cacheLine {
		t.Errorf("a stripe of a table takes %d bytes, want one cache line of %d", got, cacheLine)
	}
}

func TestGate_countsAndCloses(t *testing.T) {
	t.Parallel()
	var g Gate
	var tickets []Ticket
	for i := range 40 { // far more than one goroutine's stripe: owned, then shared
		k, ok := g.Enter()
		if !ok {
			t.Fatalf("enter %d refused by an open gate", i)
		}
		tickets = append(tickets, k)
	}
	if got := g.InFlight(); got != 40 {
		t.Fatalf("InFlight() = %d, want 40", got)
	}
	g.Close()
	g.Close()
	if _, ok := g.Enter(); ok {
		t.Fatal("a closed gate let a caller in")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Drain with calls in flight and an ended context = %v, want context.Canceled", err)
	}
	for _, k := range tickets {
		k.Leave()
	}
	if err := g.Drain(context.Background()); err != nil {
		t.Fatalf("Drain of an empty gate = %v", err)
	}
	if got := g.InFlight(); got != 0 {
		t.Fatalf("InFlight() = %d after every Leave, want 0", got)
	}
}

// TestGate_noCallAfterDrain hammers gates that are closed under load: once Drain returned, no caller may
// be inside, and every caller that was let in must have been waited for.
func TestGate_noCallAfterDrain(t *testing.T) {
	t.Parallel()
	const rounds = 100
	workers := 4 * runtime.GOMAXPROCS(0)
	for range rounds {
		var g Gate
		var drained atomic.Bool
		var late atomic.Int64
		var begun sync.WaitGroup
		var done sync.WaitGroup
		begun.Add(workers)
		for range workers {
			done.Go(func() {
				for i := 0; ; i++ {
					k, ok := g.Enter()
					if i == 0 {
						begun.Done()
					}
					if i%32 == 0 {
						runtime.Gosched()
					}
					if !ok {
						return
					}
					if drained.Load() {
						late.Add(1)
					}
					k.Leave()
				}
			})
		}
		begun.Wait()
		g.Close()
		if err := g.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		drained.Store(true)
		done.Wait()
		if n := late.Load(); n != 0 {
			t.Fatalf("%d callers were inside after the drain", n)
		}
		if n := g.InFlight(); n != 0 {
			t.Fatalf("InFlight() = %d at the end, want 0", n)
		}
	}
}

func TestGate_reseedsWhenCallersKeepMeeting(t *testing.T) {
	t.Parallel()
	var g Gate
	held, _ := g.Enter()
	next, _ := g.Enter() // meets held: a table grows
	before := g.table.Load()
	if before == nil {
		t.Fatal("no table after two callers met")
	}
	var all []Ticket
	for range 4 * firstReseed { // one goroutine: each lands on the same taken stripe
		k, ok := g.Enter()
		if !ok {
			t.Fatal("refused")
		}
		all = append(all, k)
	}
	if after := g.table.Load(); after.seed == before.seed {
		t.Error("callers kept meeting and the seed stayed the same")
	}
	for _, k := range append(all, held, next) {
		k.Leave()
	}
	if n := g.InFlight(); n != 0 {
		t.Errorf("InFlight() = %d, want 0: a reseeded table must keep its stripes", n)
	}
}

func BenchmarkEnterLeave(b *testing.B) {
	var g Gate
	b.ReportAllocs()
	for b.Loop() {
		if k, ok := g.Enter(); ok {
			k.Leave()
		}
	}
}

func BenchmarkEnterLeaveParallel(b *testing.B) {
	var g Gate
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if k, ok := g.Enter(); ok {
				k.Leave()
			}
		}
	})
}
