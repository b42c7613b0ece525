package persist

import "testing"

// checkTrie fails t unless m is a trie as its code assumes one.
func checkTrie[V any](t *testing.T, m Map[V]) {
	t.Helper()
	if m.root == nil {
		return
	}
	if n := checkInner(t, m.root.hash, &m.root.inner, 0, 0); n != m.root.n {
		t.Fatalf("trie has %d entries, Len is %d", n, m.root.n)
	}
}

// checkInner returns the number of entries below in, to which the low bits of a hash lead.
func checkInner[V any](t *testing.T, hs hasher, in *inner[V], level int, prefix uint64) (n int) {
	t.Helper()
	if level >= maxLevels {
		t.Fatalf("inner node on level %d", level)
	}
	for i := 0; i < fan; {
		k := in.kids[i]
		shift := fanBits * level
		if k.inner != nil {
			if k.leaf != nil {
				t.Fatal("a slot is both")
			}
			n += checkInner(t, hs, k.inner, level+1, prefix|uint64(i)<<shift)
			i++
			continue
		}
		length := 1
		for i+length < fan && in.kids[i+length] == k {
			length++
		}
		if k.leaf == nil {
			i += length
			continue
		}
		if length&(length-1) != 0 || i%length != 0 {
			t.Fatalf("run of %d slots at %d", length, i)
		}
		if length == fan && level > 0 {
			t.Fatal("an inner node has a single leaf")
		}
		if k.leaf.over != nil && (level != maxLevels-1 || length != 1) {
			t.Fatalf("leaf on level %d in a run of %d overflows", level, length)
		}
		mask := uint64(1)<<shift - 1 | uint64(fan-length)<<shift
		n += checkLeaf(t, hs, k.leaf, mask, prefix|uint64(i)<<shift)
		i += length
	}
	return n
}

func checkLeaf[V any](t *testing.T, hs hasher, l *leaf[V], mask, prefix uint64) (n int) {
	t.Helper()
	for g, grp := range l.groups {
		if (grp == nil) != (l.tags[g] == 0) {
			t.Fatalf("group %d has tags %x and entries %v", g, l.tags[g], grp)
		}
		for s := range groupLen {
			tg := l.tags[g] >> (8 * s) & 0xff
			if tg == 0 {
				if grp != nil && grp[s].key != "" {
					t.Fatalf("free slot keeps %q", grp[s].key)
				}
				continue
			}
			h := hs.sum(grp[s].key)
			if tg != tag(h) || h&mask != prefix {
				t.Fatalf("key %q of hash %x has tag %x, below %x of %x", grp[s].key, h, tg, prefix, mask)
			}
			n++
		}
	}
	if l.over != nil {
		n += len(*l.over)
	}
	if n != l.n || n == 0 {
		t.Fatalf("leaf has %d entries, says %d", n, l.n)
	}
	return n
}

// checkTree fails t unless tr is a B-tree as its code assumes one; the order is left to the comparison with the model.
func checkTree[K, V any](t *testing.T, tr Tree[K, V]) {
	t.Helper()
	if tr.root == nil {
		if tr.n != 0 {
			t.Fatalf("empty tree says %d", tr.n)
		}
		return
	}
	if len(tr.root.items) == 0 {
		t.Fatal("root without entries")
	}
	if _, n := checkNode(t, tr.root, 1); n != tr.n {
		t.Fatalf("tree has %d entries, Len is %d", n, tr.n)
	}
}

// checkNode returns the height of nd and the number of entries in and below it.
func checkNode[K, V any](t *testing.T, nd *node[K, V], atLeast int) (height, n int) {
	t.Helper()
	n = len(nd.items)
	if n < atLeast || n > maxItems {
		t.Fatalf("node of %d entries", n)
	}
	if nd.leaf() {
		return 1, n
	}
	if len(nd.kids) != n+1 {
		t.Fatalf("node of %d entries has %d children", n, len(nd.kids))
	}
	for i, k := range nd.kids {
		h, m := checkNode(t, k, minItems)
		if i > 0 && h != height {
			t.Fatalf("children of heights %d and %d", height, h)
		}
		height, n = h, n+m
	}
	return height + 1, n
}
