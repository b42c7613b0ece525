package persist

import "iter"

// Tree is an immutable ordered map. [NewTree] makes an empty one. The zero value is empty as well and can be read, but
// has no order and panics on Set. A Tree is a small value: copy it freely, two copies are the same version. All methods
// are safe for concurrent use, provided the comparison function is.
//
// It is a B-tree whose nodes are as large as their content: a tree of one entry takes 48 bytes beside its key and
// value. Get, Set, Delete and the step to the first element of an iterator take time logarithmic in the length.
type Tree[K, V any] struct {
	root *node[K, V] // nil if empty
	n    int
	cmp  func(a, b K) int
}

// NewTree returns an empty tree in the order of cmp, which is negative if a goes before b, zero if they are the same
// key, positive otherwise, and must be a strict weak ordering that never changes its mind.
func NewTree[K, V any](cmp func(a, b K) int) Tree[K, V] { return Tree[K, V]{cmp: cmp} }

// Len returns the number of entries.
func (t Tree[K, V]) Len() int { return t.n }

// Get returns the value of k, and whether the tree has it. It does not allocate.
func (t Tree[K, V]) Get(k K) (v V, ok bool) {
	for nd := t.root; nd != nil; {
		i, found := nd.search(t.cmp, k)
		if found {
			return nd.items[i].val, true
		}
		if nd.leaf() {
			break
		}
		nd = nd.kids[i]
	}
	return v, false
}

// Min returns the first entry, and whether there is one.
func (t Tree[K, V]) Min() (k K, v V, ok bool) {
	if t.root == nil {
		return k, v, false
	}
	nd := t.root
	for !nd.leaf() {
		nd = nd.kids[0]
	}
	return nd.items[0].key, nd.items[0].val, true
}

// Set returns a tree that has v for k and is otherwise like t. Where t has a key that compares as equal, k takes its
// place too.
func (t Tree[K, V]) Set(k K, v V) Tree[K, V] {
	if t.cmp == nil {
		panic("persist: Set on a Tree that NewTree did not make") //nolint:forbidigo // a broken invariant, documented
	}
	it := item[K, V]{k, v}
	if t.root == nil {
		return Tree[K, V]{&node[K, V]{items: []item[K, V]{it}}, 1, t.cmp}
	}
	up, added := t.root.set(t.cmp, it)
	t.root = up.left
	if up.right != nil {
		t.root = &node[K, V]{[]item[K, V]{up.mid}, []*node[K, V]{up.left, up.right}}
	}
	if added {
		t.n++
	}
	return t
}

// Delete returns a tree that lacks k and is otherwise like t; it is t itself if t lacks k.
func (t Tree[K, V]) Delete(k K) Tree[K, V] {
	if t.root == nil {
		return t
	}
	root, ok := t.root.delete(t.cmp, k)
	if !ok {
		return t
	}
	if len(root.items) == 0 {
		root = root.onlyKid()
	}
	t.root = root
	t.n--
	return t
}

// All returns an iterator over all entries in ascending order.
func (t Tree[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if t.root != nil {
			t.root.ascend(yield)
		}
	}
}

// From returns an iterator over the entries in ascending order that starts at k, or after it if t lacks k.
func (t Tree[K, V]) From(k K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if t.root != nil {
			t.root.ascendFrom(t.cmp, k, yield)
		}
	}
}

// Backward returns an iterator over all entries in descending order.
func (t Tree[K, V]) Backward() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if t.root != nil {
			t.root.descend(yield)
		}
	}
}
