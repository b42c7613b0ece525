package durable

import (
	"runtime"
	"sync"
)

// A group commits the entries of callers together. The first to come leads: it commits what has gathered, and hands over
// to one of those that came in the meantime. A caller that is alone commits without the help of another goroutine.
type group struct {
	commit func(batch [][]byte) error // one at a time

	told sync.Pool // of chan verdict

	mu      sync.Mutex
	waiting []waiter // guarded by mu
	led     bool     // guarded by mu; there is a leader, who takes everyone that waits
}

type waiter struct {
	entry []byte
	told  chan verdict
}

// A verdict says what became of an entry, or that its caller leads now.
type verdict struct {
	lead bool
	err  error
}

// add returns once the entry is committed.
func (g *group) add(entry []byte) error {
	told, ok := g.told.Get().(chan verdict)
	if !ok {
		told = make(chan verdict, 1)
	}
	defer g.told.Put(told)
	g.mu.Lock()
	g.waiting = append(g.waiting, waiter{entry, told})
	lead := !g.led
	g.led = true
	g.mu.Unlock()
	if !lead {
		if v := <-told; !v.lead {
			return v.err
		}
	}
	return g.lead(told)
}

// lead commits the entries of all that wait. The leader is one of them; the others are told.
func (g *group) lead(own chan verdict) error {
	all := g.gather()
	batch := make([][]byte, len(all))
	for i, w := range all {
		batch[i] = w.entry
	}
	err := g.commit(batch)
	for _, w := range all {
		if w.told != own {
			w.told <- verdict{err: err}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.led = len(g.waiting) > 0; g.led {
		g.waiting[0].told <- verdict{lead: true}
	}
	return err
}

// gather takes all that wait. It lets others run first for as long as more come: those that the last leader told are about
// to append again, and would have to wait for two batches.
func (g *group) gather() []waiter {
	for seen := 0; ; {
		runtime.Gosched()
		g.mu.Lock()
		all := g.waiting
		if len(all) == seen {
			g.waiting = nil
		}
		g.mu.Unlock()
		if len(all) == seen {
			return all
		}
		seen = len(all)
	}
}
