package discover

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// Index owns a changing set of documents. It is safe for concurrent use: readers
// take its [View] without a lock, writers wait for each other.
//
// What writers add is visible when [Index.Update] returns. Merging it into the
// index is done by one goroutine, which is started when there is something to
// merge and ends when there is not; [Index.Close] waits for it.
type Index struct {
	view atomic.Pointer[View]

	mu       sync.Mutex
	watchers map[*watcher]struct{} // guarded by mu
	merging  chan struct{}         // guarded by mu; closed when the goroutine ends, nil while there is none
	closed   chan struct{}         // closed by Close, under mu
}

// New returns an empty index.
func New(opts ...Option) *Index { return From(NewView(opts...)) }

// From returns an index that begins with the contents of v, and its options.
func From(v *View) *Index {
	x := &Index{watchers: map[*watcher]struct{}{}, closed: make(chan struct{})}
	x.view.Store(v)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.startMerging(v)
	return x
}

// View returns the contents as they are now.
func (x *Index) View() *View { return x.view.Load() }

// Update makes [View.With] of the contents the new contents and returns them. It
// never waits for a watcher. Where merging falls far behind it merges a part
// itself, so that no number of updates makes queries slow. An index that was
// closed can still be updated, and merges everything itself.
func (x *Index) Update(add []*Doc, remove []Key) *View {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view.Load().with(add, remove)
	switch {
	case x.isClosed():
		v = v.tidy()
	case v.delta.n >= deltaMost || len(v.segs) >= segmentsMost:
		v = v.relieve()
	}
	x.view.Store(v)
	for w := range x.watchers {
		w.note(add, remove)
	}
	x.startMerging(v)
	return v
}

// Close ends all watches and waits for merging to stop. It may be called more
// than once.
func (x *Index) Close() {
	x.mu.Lock()
	if !x.isClosed() {
		close(x.closed)
	}
	merging := x.merging
	x.mu.Unlock()
	if merging != nil {
		<-merging
	}
}

func (x *Index) isClosed() bool {
	select {
	case <-x.closed:
		return true
	default:
		return false
	}
}

// startMerging starts the goroutine if v needs it. The caller holds mu.
func (x *Index) startMerging(v *View) {
	if x.merging != nil || x.isClosed() {
		return
	}
	if _, ok := v.job(); ok {
		x.merging = make(chan struct{})
		go x.merge(x.merging)
	}
}

// merge does one job after the other. It builds without the lock, from a view
// that writers leave behind meanwhile, and then takes over what they changed.
func (x *Index) merge(done chan struct{}) {
	defer close(done)
	for {
		x.mu.Lock()
		v := x.view.Load()
		j, ok := v.job()
		if !ok || x.isClosed() {
			x.merging = nil
			x.mu.Unlock()
			return
		}
		x.mu.Unlock()
		s := v.run(j)
		x.mu.Lock()
		x.view.Store(x.view.Load().adopt(v, j, s))
		x.mu.Unlock()
	}
}

// adopt returns cur with the segment s in place of what the job j merged into
// it, which was done from the view old, an earlier one.
func (cur *View) adopt(old *View, j job, s *segment) *View {
	v := *cur
	v.segs = nil
	var gone []uint32 // documents of s that left since
	rest := make([]segView, 0, len(cur.segs)+1)
	rest = append(rest, cur.segs...)
	for _, m := range old.segs[j.from:] {
		now := tombs(nil)
		at := -1
		for i := range rest {
			if rest[i].segment == m.segment {
				at, now = i, rest[i].dead
			}
		}
		if at >= 0 {
			rest = append(rest[:at], rest[at+1:]...)
		}
		gone = m.goneSince(now, at < 0, s, gone)
	}
	if j.delta {
		v.delta, gone = cur.delta.without(&old.delta, s, gone)
	}
	v.segs = append(rest, segView{segment: s, dead: tombsOf(len(s.docs), gone), live: len(s.docs) - len(gone)})
	v.order()
	return &v
}

// goneSince appends the ids in s of the documents of m that have died since, or
// of all if the segment itself is gone.
func (m *segView) goneSince(now tombs, all bool, s *segment, gone []uint32) []uint32 {
	for b := range blocksFor(len(m.docs)) {
		before, after := m.dead.block(b), now.block(b)
		if !all && before == after {
			continue
		}
		for i := range wordBits {
			w := ^uint64(0)
			if !all {
				w = after[i]
			}
			if before != nil {
				w &^= before[i]
			}
			for ; w != 0; w &= w - 1 {
				id := b*blockDocs + i*wordBits + bits.TrailingZeros64(w)
				if id >= len(m.docs) {
					break
				}
				d := m.docs[id]
				if to, ok := s.find(d.Name, hashString(d.Name), &d.Version); ok {
					gone = append(gone, to)
				}
			}
		}
	}
	return gone
}

// without returns x without the documents that were in old and went to s. Those
// of a name that got something new since stay, all of them, and are gone from s.
func (x *delta) without(old *delta, s *segment, gone []uint32) (delta, []uint32) {
	there := make(map[*Doc]bool, old.n) // whether a document of old is still in x
	for _, c := range old.chunks {
		for _, d := range c.docs[:c.n] {
			there[d] = false
		}
	}
	touched := map[string]bool{}
	for _, c := range x.chunks {
		for _, d := range c.docs[:c.n] {
			if _, ok := there[d]; ok {
				there[d] = true
			} else {
				touched[d.Name] = true
			}
		}
	}
	kept := delta{scattered: x.scattered}
	e := kept.edit()
	for _, c := range x.chunks {
		for i, d := range c.docs[:c.n] {
			if touched[d.Name] {
				e.insert(c.entry(i))
			}
		}
	}
	for d, still := range there {
		if !still || touched[d.Name] {
			if to, ok := s.find(d.Name, hashString(d.Name), &d.Version); ok {
				gone = append(gone, to)
			}
		}
	}
	return e.delta, gone
}
