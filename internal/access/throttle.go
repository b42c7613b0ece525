package access

import (
	"net/netip"
	"sync"
	"time"
)

// The delays after wrong attempts.
const (
	firstDelay   = time.Second      // after the last attempt that is free; each more doubles it
	longestDelay = 15 * time.Minute // of an account at an address, and of an address
	accountDelay = 30 * time.Second // at most, of an account wherever it is tried from: nobody is locked out for long by others
	forgetAfter  = time.Hour        // without an attempt

	freeOfPair    = 4 // so that the fifth failure is followed by a delay
	freeOfAddress = 20
	freeOfAccount = 100

	maxThrottled = 16384 // entries; when there are more, the least dangerous go
)

// A throttle delays guesses: of an account at an address, of an address, and of an account. It counts names that do not exist as it
// counts those that do.
type throttle struct {
	mu      sync.Mutex
	entries map[throttleKey]*failures // guarded by mu
}

// A throttleKey has an account, an address or both.
type throttleKey struct {
	account digest // keyed hash of the name: names have no limit before they are known
	net     netip.Prefix
}

type failures struct {
	n    int
	last time.Time
	next time.Time // when the next attempt is allowed
}

func (t *throttle) init() { t.entries = map[throttleKey]*failures{} }

// A reservation is an attempt that counts as a failure until it turns out not to be one: otherwise many attempts at the same time would
// all be the first.
type reservation struct {
	keys [3]throttleKey
}

// reserve counts an attempt, or returns when the next one is allowed.
func (t *throttle) reserve(account digest, from netip.Addr, now time.Time) (r reservation, until time.Time) {
	net := neighbours(from)
	r.keys = [3]throttleKey{{account, net}, {net: net}, {account: account}}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range r.keys {
		if f := t.entries[k]; f != nil && now.Before(f.next) && f.next.After(until) {
			until = f.next
		}
	}
	if !until.IsZero() {
		return r, until
	}
	for i, k := range r.keys {
		t.fail(k, now, [...]int{freeOfPair, freeOfAddress, freeOfAccount}[i], [...]time.Duration{longestDelay, longestDelay, accountDelay}[i])
	}
	return r, until
}

// fail counts a failure. It is called with mu held.
func (t *throttle) fail(k throttleKey, now time.Time, free int, longest time.Duration) {
	f := t.entries[k]
	if f == nil || now.Sub(f.last) > forgetAfter {
		t.makeRoom(now)
		f = &failures{}
		t.entries[k] = f
	}
	f.n++
	f.last, f.next = now, now
	if over := f.n - free; over > 0 {
		f.next = now.Add(min(firstDelay<<min(over-1, 20), longest))
	}
}

// makeRoom lets go of an entry if there are too many: of a few that are looked at, the one with the fewest failures. It is called with
// mu held.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.entries) < maxThrottled {
		return
	}
	const looks = 32
	var worst throttleKey
	fewest, seen := 0, 0
	for k, f := range t.entries { // in random order
		if now.Sub(f.last) > forgetAfter {
			worst = k
			break
		}
		if seen == 0 || f.n < fewest {
			worst, fewest = k, f.n
		}
		if seen++; seen == looks {
			break
		}
	}
	delete(t.entries, worst)
}

// succeed takes a reservation back: the attempt was no failure. The account is forgiven at this address; what others did to it, and what
// else was tried from the address, is not.
func (t *throttle) succeed(r reservation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.entries, r.keys[0])
	t.takeBack(r.keys[1:])
}

// release takes a reservation back without forgiving anything: it was never known whether the attempt was right.
func (t *throttle) release(r reservation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.takeBack(r.keys[:])
}

func (t *throttle) takeBack(keys []throttleKey) {
	for _, k := range keys {
		if f := t.entries[k]; f != nil {
			f.next = f.last
			if f.n--; f.n <= 0 {
				delete(t.entries, k)
			}
		}
	}
}

// sweep forgets what is long ago.
func (t *throttle) sweep(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, f := range t.entries {
		if now.Sub(f.last) > forgetAfter {
			delete(t.entries, k)
		}
	}
}
