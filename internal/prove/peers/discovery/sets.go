package discovery

import (
	"slices"

	"github.com/modreg/modreg/internal/prove/workload"
)

// sets has, for each capability, the versions that modules provide it in.
type sets struct {
	caps  []map[uint32]int32
	kinds []uint8
}

func newSets(all []workload.Module, caps int) *sets {
	s := &sets{caps: make([]map[uint32]int32, caps), kinds: make([]uint8, len(all))}
	for i := range s.caps {
		s.caps[i] = map[uint32]int32{}
	}
	for i, m := range all {
		s.kinds[i] = uint8(m.Kind)
		for _, c := range m.Caps {
			s.caps[c.ID][uint32(i)] = c.Version
		}
	}
	return s
}

// find goes through the smallest set and looks up its modules in the others.
func (s *sets) find(q *workload.Query, a *answer) {
	first := s.caps[q.Require[0]]
	others := make([]map[uint32]int32, 0, len(q.Require))
	for _, id := range q.Require {
		others = append(others, s.caps[id])
	}
	slices.SortFunc(others, func(a, b map[uint32]int32) int { return len(a) - len(b) })
	var found []uint32
	for id := range others[0] {
		if s.is(id, q, first) && inAll(id, others[1:]) {
			found = append(found, id)
		}
	}
	a.count = len(found)
	a.top = appendLowest(a.top, found)
}

// is reports whether a module is of the kind and version, and does not provide what is forbidden.
func (s *sets) is(id uint32, q *workload.Query, first map[uint32]int32) bool {
	if q.Kind != workload.None && int(s.kinds[id]) != q.Kind {
		return false
	}
	if q.Min > 0 && first[id] < q.Min {
		return false
	}
	if q.Forbid != workload.None {
		if _, ok := s.caps[q.Forbid][id]; ok {
			return false
		}
	}
	return true
}

func inAll(id uint32, all []map[uint32]int32) bool {
	for _, m := range all {
		if _, ok := m[id]; !ok {
			return false
		}
	}
	return true
}

// appendLowest appends the topK lowest of the numbers in order.
func appendLowest(top, found []uint32) []uint32 {
	for _, id := range found {
		if len(top) == topK {
			if id > top[topK-1] {
				continue
			}
			top = top[:topK-1]
		}
		at, _ := slices.BinarySearch(top, id)
		top = slices.Insert(top, at, id)
	}
	return top
}
