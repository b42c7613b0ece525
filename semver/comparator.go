package semver

import "slices"

// operator is what stands before a version in a range.
type operator uint8

const (
	opEqual operator = iota
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opTilde
	opCaret
)

// conjunction is the versions that satisfy all comparators of one alternative.
type conjunction struct {
	rel, pre span
	// cores are those of the comparators that name a pre-release. Without
	// everyPre only pre-releases of these belong to the alternative.
	cores    []core
	everyPre bool
}

func newConjunction(everyPre bool) *conjunction {
	return &conjunction{rel: allReleases(), pre: allPre(), everyPre: everyPre}
}

// add narrows the conjunction by the primitive comparator "op c-pre".
func (c *conjunction) add(op operator, v core, pre string) {
	if op == opGreaterEqual && v == (core{}) && pre == "" && !c.everyPre {
		return // node reads >=0.0.0 as "*", which does not exclude 0.0.0-rc
	}
	if pre != "" && !c.everyPre {
		c.cores = append(c.cores, v)
	}
	rel, pres := allReleases(), allPre()
	switch op {
	case opEqual, opGreaterEqual:
		rel.lo, pres.lo = relBound(v, pre, false), preBound(v, pre, false)
	case opGreater:
		rel.lo, pres.lo = relBound(v, pre, true), preBound(v, pre, true)
	}
	switch op {
	case opEqual, opLessEqual:
		rel.hi, pres.hi = relBound(v, pre, true), preBound(v, pre, true)
	case opLess:
		rel.hi, pres.hi = relBound(v, pre, false), preBound(v, pre, false)
	}
	c.rel, c.pre = c.rel.intersect(rel), c.pre.intersect(pres)
}

// appendTo appends the spans of the conjunction; some may be empty.
func (c *conjunction) appendTo(rel, pre []span) (rels, pres []span) {
	rel = append(rel, c.rel)
	if c.everyPre {
		return rel, append(pre, c.pre)
	}
	for i, v := range c.cores {
		if !slices.Contains(c.cores[:i], v) {
			pre = append(pre, c.pre.intersect(preOf(v)))
		}
	}
	return rel, pre
}

// apply narrows the conjunction by an operator before a version or x-range, as
// node-semver expands it into primitive comparators.
func (c *conjunction) apply(op operator, p partial) (reason string) {
	switch {
	case op == opTilde:
		c.between(p, p.limit())
	case op == opCaret:
		c.between(p, p.caretLimit())
	case p.gap:
		return reasonGap
	case p.known == 3:
		c.add(op, p.core, p.pre)
	case p.known == 0:
		if op == opLess || op == opGreater {
			c.add(opLess, core{}, "0")
		}
	default:
		c.wildcard(op, p)
	}
	return ""
}

// wildcard narrows the conjunction by an operator before "1" or "1.2".
func (c *conjunction) wildcard(op operator, p partial) {
	switch op {
	case opGreater:
		c.add(opGreaterEqual, p.limit(), c.lowest())
	case opGreaterEqual:
		c.from(p)
	case opLess:
		c.before(p.core)
	case opLessEqual:
		c.before(p.limit())
	default:
		c.between(p, p.limit())
	}
}

// hyphen narrows the conjunction by "from - to".
func (c *conjunction) hyphen(from, to partial) {
	if from.known == 3 && from.pre == "" {
		c.add(opGreaterEqual, from.core, c.lowest())
	} else {
		c.from(from)
	}
	switch {
	case to.known == 0:
	case to.known < 3:
		c.before(to.limit())
	case to.pre == "" && c.everyPre:
		c.before(to.next())
	default:
		c.add(opLessEqual, to.core, to.pre)
	}
}

func (c *conjunction) between(p partial, limit core) {
	if p.known > 0 {
		c.from(p)
		c.before(limit)
	}
}

// from adds the lower bound of p. An x-range starts with its first pre-release
// where pre-releases count.
func (c *conjunction) from(p partial) {
	switch p.known {
	case 0:
	case 3:
		c.add(opGreaterEqual, p.core, p.pre)
	default:
		c.add(opGreaterEqual, p.core, c.lowest())
	}
}

// before excludes limit with its pre-releases and all above.
func (c *conjunction) before(limit core) { c.add(opLess, limit, "0") }

func (c *conjunction) lowest() string {
	if c.everyPre {
		return "0"
	}
	return ""
}
