package inflight

import (
	"context"
	"math/bits"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

const (
	cacheLine = 64
	// minStripes and maxStripes bound the table that a contended gate grows. Four stripes a core make it
	// unlikely that two callers collide; 128 stripes are 8 KiB.
	minStripes = 8
	maxStripes = 128
	// firstReseed is how many collisions a table sees before callers are dealt to its stripes anew. It
	// doubles each time, so that callers that outnumber the stripes do not reseed for ever.
	firstReseed = 64
)

// A Stripe is where callers register. One caller at a time owns it through owned; the others, whose first
// choice was taken, count themselves in shared.
type Stripe struct {
	owned  uint32 // 1 while a caller owns the stripe; see leave for who writes it how
	shared atomic.Int64
}

// A line is a stripe with a cache line of its own.
type line struct {
	Stripe
	_ [cacheLine - 16]byte
}

// A table deals callers to stripes by a hash of where their stack lies. It is immutable but for the lines.
type table struct {
	lines []line
	shift uint8
	seed  uint32
}

// A Gate counts the calls in flight through it. The zero value is open. It must not be copied.
// All methods are safe for concurrent use.
//
// A caller enters in pieces, which the compiler inlines where it would not inline the whole:
//
//	s := g.Stripe()
//	owned := s.Own()
//	if owned && !g.Closed() {
//		// in; leave by s.Disown, or by s.Ticket().Leave
//	} else if ticket, ok := g.EnterLate(s, owned); ok {
//		// in; leave by ticket.Leave
//	}
type Gate struct {
	closed atomic.Bool
	table  atomic.Pointer[table]
	// The only stripe until two callers meet. It shares its cache line with its neighbours, as most gates never
	// see two callers at once and there may be many gates.
	first  Stripe
	misses atomic.Uint32
	reseed atomic.Uint32
}

// A Ticket is a place in a gate. The zero Ticket holds no place.
type Ticket struct {
	s      *Stripe
	shared bool
}

// Stripe returns the stripe that the calling goroutine should try to own.
func (g *Gate) Stripe() *Stripe {
	t := g.table.Load()
	if t == nil {
		return &g.first
	}
	var here byte
	// Goroutine stacks are at least 2 KiB apart, so that the address of a local tells callers apart.
	// It is only a hint: a wrong guess costs time, not correctness.
	return &t.lines[uint32(uintptr(unsafe.Pointer(&here))>>11)*t.seed>>t.shift].Stripe
}

// Own tries to take the stripe. Whoever owns it must look whether the gate is closed before going on.
//
// The compare-and-swap is a full barrier: either that look sees the gate closed, or the drain, which closes
// the gate before it looks at the stripes, sees the stripe owned.
func (s *Stripe) Own() bool { return atomic.CompareAndSwapUint32(&s.owned, 0, 1) }

// Ticket returns the ticket of the caller that owns the stripe. It gives it back by Leave, or else by Disown.
func (s *Stripe) Ticket() Ticket { return Ticket{s: s} }

// Disown gives up a stripe that the caller owns.
func (s *Stripe) Disown() { leave(&s.owned) }

// EnterLate enters for a caller that did not get its stripe (owned is false), or got it and found the gate closed. It
// reports false, and takes no place, once the gate is closed.
func (g *Gate) EnterLate(s *Stripe, owned bool) (Ticket, bool) {
	if owned {
		leave(&s.owned)
		return Ticket{}, false
	}
	s.shared.Add(1)
	if g.closed.Load() {
		s.shared.Add(-1)
		return Ticket{}, false
	}
	g.spread()
	return Ticket{s: s, shared: true}, true
}

// Leave gives the place back. It must be called once for each ticket that was handed out.
func (t Ticket) Leave() {
	if t.shared {
		t.s.shared.Add(-1)
		return
	}
	t.s.Disown()
}

// spread reacts to two callers having met: the first time by growing a table, later, when they keep
// meeting, by dealing callers to its stripes anew.
func (g *Gate) spread() {
	t := g.table.Load()
	if t == nil {
		n := min(max(minStripes, 4*runtime.GOMAXPROCS(0)), maxStripes)
		width := bits.Len(uint(n - 1))
		g.table.CompareAndSwap(nil, &table{
			lines: make([]line, 1<<width),
			shift: uint8(32 - width),
			seed:  0x9e3779b9, // 2^32 divided by the golden ratio: spreads consecutive stacks (Knuth)
		})
		g.reseed.CompareAndSwap(0, firstReseed)
		return
	}
	limit := g.reseed.Load()
	if g.misses.Add(1) < limit || limit > 1<<30 || !g.reseed.CompareAndSwap(limit, 2*limit) {
		return
	}
	g.table.CompareAndSwap(t, &table{lines: t.lines, shift: t.shift, seed: t.seed*0x85ebca6b | 1})
}

// Close closes the gate: nobody gets in who tries after Close returned. It is idempotent.
func (g *Gate) Close() { g.closed.Store(true) }

// Closed reports whether the gate is closed.
func (g *Gate) Closed() bool { return g.closed.Load() }

// InFlight returns the number of places taken. While callers come and go it is an estimate.
func (g *Gate) InFlight() int {
	n := g.first.load()
	if t := g.table.Load(); t != nil {
		for i := range t.lines {
			n += t.lines[i].load()
		}
	}
	return n
}

func (s *Stripe) load() int {
	return int(atomic.LoadUint32(&s.owned)) + int(s.shared.Load())
}

// Drain waits until every place of a closed gate has been given back, and returns nil; or until ctx ends,
// and returns its error. On an open gate it returns when there is a moment without calls.
//
// It polls, because leaving is a plain store that wakes nobody: at first after 20 µs, then ever more
// rarely, at most 2 ms apart.
func (g *Gate) Drain(ctx context.Context) error {
	wait := 20 * time.Microsecond
	var timer *time.Timer
	for g.InFlight() != 0 {
		if timer == nil {
			timer = time.NewTimer(wait)
			defer timer.Stop()
		} else {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		wait = min(2*wait, 2*time.Millisecond)
	}
	return nil
}
