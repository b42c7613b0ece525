package capability

// Match reports whether the attributes satisfy the filter. It allocates
// nothing.
func (f Filter) Match(a Attrs) bool { return f.tree == nil || f.tree.root.match(a) }

func (n *node) match(a Attrs) bool {
	switch n.op {
	case opAnd:
		for i := range n.kids {
			if !n.kids[i].match(a) {
				return false
			}
		}
		return true
	case opOr:
		for i := range n.kids {
			if n.kids[i].match(a) {
				return true
			}
		}
		return false
	case opNot:
		return !n.kids[0].match(a)
	}
	v := a.find(n.name)
	switch {
	case v == nil:
		return false
	case n.op == opExists:
		return true
	case n.op == opIn:
		return n.listed(v)
	case v.kind == KindSet:
		return n.matchSet(v)
	case v.kind != n.lit.kind:
		return false
	}
	return n.holds(order(v, &n.lit))
}

// listed reports whether the list holds v, or an item of v if that is a set.
func (n *node) listed(v *Value) bool {
	for i := range n.list {
		lit := &n.list[i]
		if v.kind == lit.kind && order(v, lit) == 0 ||
			v.kind == KindSet && lit.kind == KindString && v.contains(lit.str) {
			return true
		}
	}
	return false
}

func (n *node) matchSet(v *Value) bool {
	var equal bool
	switch n.lit.kind {
	case KindString:
		equal = v.contains(n.lit.str)
	case KindSet:
		equal = v.num == n.lit.num && v.str == n.lit.str
	default:
		return false
	}
	return n.op == opEq && equal || n.op == opNe && !equal
}

// holds reports whether a comparison that came out as c satisfies the
// operator.
func (n *node) holds(c int) bool {
	switch n.op {
	case opEq:
		return c == 0
	case opNe:
		return c != 0
	case opLt:
		return c < 0
	case opLe:
		return c <= 0
	case opGt:
		return c > 0
	default:
		return c >= 0
	}
}
