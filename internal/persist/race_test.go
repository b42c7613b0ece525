package persist

import (
	"cmp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// One writer publishes version after version; in each, the numbers below Len are the keys of both structures, and the
// values say which version wrote them last.
func TestVersions_areReadWhileOthersAreMade(t *testing.T) {
	t.Parallel()
	const versions, readers = 1500, 3
	type snapshot struct {
		m    Map[int]
		tree Tree[int, int]
		top  int
	}
	var latest atomic.Pointer[snapshot]
	latest.Store(&snapshot{tree: NewTree[int, int](cmp.Compare[int])})
	read := func(s *snapshot) {
		if s.m.Len() != s.top || s.tree.Len() != s.top {
			t.Errorf("version of %d has %d and %d entries", s.top, s.m.Len(), s.tree.Len())
		}
		next := 0
		for k, v := range s.tree.All() {
			if w, ok := s.m.Get(strconv.Itoa(k)); k != next || !ok || w != v {
				t.Errorf("version of %d has %d = %d, and %d, %t", s.top, k, v, w, ok)
				return
			}
			next++
		}
	}
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			first := latest.Load()
			for s := first; s.top < versions && !t.Failed(); s = latest.Load() {
				read(s)
			}
			read(first)
		})
	}
	s := *latest.Load()
	for i := range versions {
		s.m, s.tree = s.m.Set(strconv.Itoa(i), i), s.tree.Set(i, i)
		s.top++
		if i%7 == 6 { // change an old entry, and take one out and put it back
			k := i / 2
			s.m, s.tree = s.m.Set(strconv.Itoa(k), -i), s.tree.Set(k, -i)
			m, tree := s.m.Delete(strconv.Itoa(k)), s.tree.Delete(k)
			s.m, s.tree = m.Set(strconv.Itoa(k), i), tree.Set(k, i)
		}
		publish := s
		latest.Store(&publish)
	}
	wg.Wait()
	read(latest.Load())
}
