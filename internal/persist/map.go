package persist

import (
	"hash/maphash"
	"iter"
)

// Map is an immutable map from strings to values. The zero value is empty and ready to use. A Map is one pointer: copy
// it freely, two copies are the same version. All methods are safe for concurrent use.
//
// It is a trie over a seeded 64-bit hash, and its leaves are small hash tables. The seed is drawn when the first key
// goes into an empty map and nothing but the order of [Map.All] depends on it. Get and Set take time proportional to
// log16 of the length; keys with one and the same hash are kept, at a cost proportional to their number.
type Map[V any] struct {
	root *root[V] // nil if empty
}

// root is the first inner node of a trie and what a Map knows besides.
type root[V any] struct {
	inner[V]
	n    int
	hash hasher
}

// Len returns the number of keys.
func (m Map[V]) Len() int {
	if m.root == nil {
		return 0
	}
	return m.root.n
}

// Get returns the value of key, and whether the map has it. It does not allocate.
func (m Map[V]) Get(key string) (v V, ok bool) {
	if m.root == nil {
		return v, false
	}
	// Nothing here is a function of its own that would not be inlined: a call shows in a lookup of 10 ns.
	var h uint64
	if m.root.hash.fake == nil {
		h = maphash.String(m.root.hash.seed, key)
	} else {
		h = m.root.hash.fake(key)
	}
	in := &m.root.inner
	var l *leaf[V]
	for p := h; l == nil; p >>= fanBits {
		if in == nil {
			return v, false
		}
		r := &in.kids[p%fan]
		l, in = r.leaf, r.inner
	}
	g, t := home(h), tag(h)*lowBits
	for range leafGroups {
		for m := matches(l.tags[g], t); m != 0; m &= m - 1 {
			if e := &l.groups[g][lowest(m)]; e.key == key {
				return e.val, true
			}
		}
		g = next(g)
	}
	if l.over == nil {
		return v, false
	}
	return l.getOver(key)
}

// Set returns a map that has v for key and is otherwise like m.
func (m Map[V]) Set(key string, v V) Map[V] {
	r := new(root[V])
	if m.root != nil {
		*r = *m.root
	} else {
		r.hash.seed = maphash.MakeSeed()
	}
	h := r.hash.sum(key)
	c := r.cursor(h)
	for {
		l, added, ok := c.slot().leaf.with(h, entry[V]{key, v}, c.last())
		if ok {
			c.fill(l)
			if added {
				r.n++
			}
			return Map[V]{r}
		}
		c.split(r.hash)
	}
}

// Delete returns a map that lacks key and is otherwise like m; it is m itself if m lacks key.
func (m Map[V]) Delete(key string) Map[V] {
	if _, ok := m.Get(key); !ok {
		return m
	}
	if m.root.n == 1 {
		return Map[V]{}
	}
	r := new(root[V])
	*r = *m.root
	r.n--
	h := r.hash.sum(key)
	c := r.cursor(h)
	c.fill(c.slot().leaf.without(h, key))
	c.shrink(r.hash)
	return Map[V]{r}
}

// All returns an iterator over all keys and values, in no particular order.
func (m Map[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		if m.root != nil {
			m.root.each(yield)
		}
	}
}

// hasher is the hash of one map.
type hasher struct {
	seed maphash.Seed
	fake func(string) uint64 // used in its place by tests that force collisions
}

func (h hasher) sum(key string) uint64 {
	if h.fake != nil {
		return h.fake(key)
	}
	return maphash.String(h.seed, key)
}
