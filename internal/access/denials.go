package access

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// maxDenials is how many kinds of refusals are told apart at one time.
const maxDenials = 1024

// denials are the refusals of the last minute. The first of a kind is taken down at once, and those like it together: nobody hides
// something in the audit log by writing much into it.
type denials struct {
	mu   sync.Mutex
	seen map[denial]*count // guarded by mu
}

// A denial is a kind of refusal.
type denial struct {
	reason Reason
	method string
	ref    Ref
	net    netip.Prefix
}

type count struct {
	first time.Time
	more  int
	last  attempt
}

// add takes down an attempt that was refused.
func (d *denials) add(ctx context.Context, s *Store, a attempt) {
	if s.o.Auditor == nil {
		return
	}
	key := denial{reason: a.reason, method: a.method, ref: a.ref, net: neighbours(a.from)}
	d.mu.Lock()
	if d.seen == nil {
		d.seen = map[denial]*count{}
	}
	if _, ok := d.seen[key]; !ok && len(d.seen) >= maxDenials {
		key.net, key.ref = netip.Prefix{}, "" // all others
	}
	c, ok := d.seen[key]
	if ok {
		c.more++
		c.last = a
	} else {
		d.seen[key] = &count{first: time.Now(), last: a}
	}
	d.mu.Unlock()
	if !ok {
		s.recordRefusal(ctx, a, 0)
	}
}

func (s *Store) recordRefusal(ctx context.Context, a attempt, more int) {
	e := a.event(s)
	if more > 0 {
		e.Reason = fmt.Sprintf("%s, and %d times more within a minute or two", a.reason, more)
	}
	s.recordEvent(ctx, e)
}

// flush takes down those that came after the first of their kind, of kinds whose first is not after a moment; the zero
// moment is all.
func (d *denials) flush(s *Store, until time.Time) {
	var due []*count
	d.mu.Lock()
	for key, c := range d.seen {
		if until.IsZero() || !c.first.After(until) {
			due = append(due, c)
			delete(d.seen, key)
		}
	}
	d.mu.Unlock()
	for _, c := range due {
		if c.more > 0 {
			s.recordRefusal(context.Background(), c.last, c.more)
		}
	}
}

// neighbours returns the network that an address counts with: whoever has one IPv6 address has 2^64.
func neighbours(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
