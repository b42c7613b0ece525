package persist

// The walks call yield for entry after entry until it returns false, and report whether it never did.

func (nd *node[K, V]) ascend(yield func(K, V) bool) bool { return nd.ascendAt(0, yield) }

// ascendAt starts with the subtree before entry i.
func (nd *node[K, V]) ascendAt(i int, yield func(K, V) bool) bool {
	if !nd.leaf() && !nd.kids[i].ascend(yield) {
		return false
	}
	return nd.ascendAfter(i, yield)
}

// ascendAfter starts with entry i.
func (nd *node[K, V]) ascendAfter(i int, yield func(K, V) bool) bool {
	for ; i < len(nd.items); i++ {
		if it := &nd.items[i]; !yield(it.key, it.val) {
			return false
		}
		if !nd.leaf() && !nd.kids[i+1].ascend(yield) {
			return false
		}
	}
	return true
}

func (nd *node[K, V]) ascendFrom(cmp func(a, b K) int, k K, yield func(K, V) bool) bool {
	i, found := nd.search(cmp, k)
	if !nd.leaf() && !found && !nd.kids[i].ascendFrom(cmp, k, yield) {
		return false
	}
	return nd.ascendAfter(i, yield)
}

func (nd *node[K, V]) descend(yield func(K, V) bool) bool {
	for i := len(nd.items) - 1; i >= 0; i-- {
		if !nd.leaf() && !nd.kids[i+1].descend(yield) {
			return false
		}
		if it := &nd.items[i]; !yield(it.key, it.val) {
			return false
		}
	}
	return nd.leaf() || nd.kids[0].descend(yield)
}
