package persist

import (
	"strconv"
	"testing"
)

func TestMapZero_isEmptyAndUsable(t *testing.T) {
	t.Parallel()
	var m Map[int]
	if v, ok := m.Get("x"); ok || v != 0 || m.Len() != 0 {
		t.Errorf("Get = %d, %t, Len = %d", v, ok, m.Len())
	}
	for k := range m.All() {
		t.Errorf("All has %q", k)
	}
	if m.Delete("x") != m {
		t.Error("Delete made something")
	}
	if v, ok := m.Set("", 1).Get(""); !ok || v != 1 {
		t.Errorf("Get of the empty key = %d, %t", v, ok)
	}
}

func TestMapGet_freeSlotIsNotTheEmptyKey(t *testing.T) {
	t.Parallel()
	for h := range uint64(8) {
		// All keys have tags that differ from that of a free slot by one bit at most.
		m := Map[int]{&root[int]{hash: hasher{fake: func(k string) uint64 { return (uint64(len(k)) ^ h) << tagShift }}}}
		for n := 1; n < 8; n++ {
			m = m.Set("1234567"[:n], n)
		}
		if v, ok := m.Get(""); ok {
			t.Errorf("%d: Get of the empty key = %d", h, v)
		}
		if m = m.Set("", 9); m.Len() != 8 {
			t.Errorf("%d: Len = %d", h, m.Len())
		}
		checkTrie(t, m)
	}
}

func TestMapDelete_shrinksTheTrie(t *testing.T) {
	t.Parallel()
	const n, left = 20_000, mergeLen
	var m Map[int]
	for i := range n {
		m = m.Set(strconv.Itoa(i), i)
	}
	full := m
	for i := left; i < n; i++ {
		m = m.Delete(strconv.Itoa(i))
	}
	checkTrie(t, m)
	for _, k := range m.root.kids {
		if k.leaf == nil || k != m.root.kids[0] {
			t.Fatalf("%d entries are not one leaf", m.Len())
		}
	}
	if checkTrie(t, full); full.Len() != n {
		t.Errorf("old version has %d entries", full.Len())
	}
	for i := range left {
		m = m.Delete(strconv.Itoa(i))
	}
	if m != (Map[int]{}) {
		t.Error("the empty map is not the zero Map")
	}
}

// A leaf that once overflowed for lack of hash bits, and got small, must be able to split again.
func TestMapDelete_takesOverflowDown(t *testing.T) {
	t.Parallel()
	const same = 3 * leafLen
	sum := func(k string) uint64 {
		if i, _ := strconv.Atoi(k); i >= same {
			return spread(k)
		}
		return 0
	}
	m := Map[int]{&root[int]{hash: hasher{fake: sum}}}
	for i := range same {
		m = m.Set(strconv.Itoa(i), i)
	}
	for i := range same - 2 {
		m = m.Delete(strconv.Itoa(i))
		checkTrie(t, m)
	}
	for i := range 20 * leafLen {
		m = m.Set(strconv.Itoa(i), i)
		checkTrie(t, m)
	}
	if m.Len() != 20*leafLen {
		t.Errorf("Len = %d", m.Len())
	}
}

func TestMapAll_stopsEarly(t *testing.T) {
	t.Parallel()
	for _, f := range fakes[:3] {
		m := Map[int]{&root[int]{hash: hasher{fake: f.sum}}}
		if f.sum == nil {
			m = Map[int]{}
		}
		const n = 300
		for i := range n {
			m = m.Set(strconv.Itoa(i), i)
		}
		for stop := 1; stop <= n; stop++ {
			seen := 0
			for range m.All() {
				if seen++; seen == stop {
					break
				}
			}
			if seen != stop {
				t.Fatalf("%s: %d steps, want %d", f.name, seen, stop)
			}
		}
	}
}

func TestGet_doesNotAllocate(t *testing.T) {
	var m Map[*int]
	tr := NewTree[int, *int](func(a, b int) int { return a - b })
	for i := range 5000 {
		m = m.Set(strconv.Itoa(i), &i)
		tr = tr.Set(i, &i)
	}
	for name, get := range map[string]func(){
		"Map.Get":       func() { m.Get("1234") },
		"Map.Get other": func() { m.Get("none") },
		"Map.Delete":    func() { m.Delete("none") },
		"Tree.Get":      func() { tr.Get(1234) },
		"Tree.Delete":   func() { tr.Delete(-1) },
		"Tree.From": func() {
			for k := range tr.From(100) {
				if k > 200 {
					break
				}
			}
		},
	} {
		if n := testing.AllocsPerRun(100, get); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
