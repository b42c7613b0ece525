package resolve

import "slices"

// deriver refutes the clauses of a story step by step: it decides, propagates
// and resolves conflicts as the solver does, but on a few bundles, without
// haste, and keeping what each step rests on.
type deriver struct {
	*story
	nodes   []derived
	clauses []stated
	value   []int8 // by bundle+1
	level   []int
	cause   []int // index in clauses
	trail   []int // literals
	head    int   // in trail: what follows is to be propagated
	looked  int   // clauses that are entered in uses
	depth   int
	work    int
	uses    map[int][]int   // by literal: the clauses that have it
	bySlot  map[int32][]int // by slot: literals of its bundles
	slots   map[[2]int]int  // clause that two bundles of a slot make
}

// stated is a clause, and the node that says so.
type stated struct {
	lits []int
	node int
}

// derived is a node of the derivation.
type derived struct {
	premise int   // index in story.premises, -1 for others
	pair    []int // of bundles in one slot
	lits    []int
	because []int // of a conclusion
}

// deriveWork limits what is told step by step, in literals looked at.
const deriveWork = 3_000_000

// derive returns the nodes of a derivation, of which the last says that there is
// no solution. It is nil if it would be too long to be told, or if the premises
// do not refute by themselves, as with cycles.
func (st *story) derive() []derived {
	d := &deriver{
		story:  st,
		value:  make([]int8, len(st.bundles)+1),
		level:  make([]int, len(st.bundles)+1),
		cause:  make([]int, len(st.bundles)+1),
		uses:   map[int][]int{},
		bySlot: map[int32][]int{},
		slots:  map[[2]int]int{},
	}
	for i, b := range st.bundles {
		d.bySlot[b.slot] = append(d.bySlot[b.slot], i+1)
	}
	for i, p := range st.premises {
		for _, c := range p.clauses {
			d.clauses = append(d.clauses, stated{c, len(d.nodes)})
			d.nodes = append(d.nodes, derived{premise: i, lits: c})
		}
	}
	for d.work < deriveWork {
		conflict := d.propagate()
		switch {
		case conflict >= 0:
			if d.depth == 0 {
				d.resolve(conflict)
				if d.work > deriveWork {
					return nil
				}
				return d.nodes
			}
			d.learn(conflict)
		case !d.decide():
			return nil
		}
	}
	return nil
}

func (d *deriver) holds(l int) int8 {
	if l < 0 {
		return -d.value[-l]
	}
	return d.value[l]
}

func (d *deriver) set(l, cause int) {
	v := max(l, -l)
	d.value[v] = 1
	if l < 0 {
		d.value[v] = -1
	}
	d.level[v], d.cause[v] = d.depth, cause
	d.trail = append(d.trail, l)
}

// propagate returns a clause that is false, -1 if there is none.
func (d *deriver) propagate() int {
	for ; d.looked < len(d.clauses); d.looked++ {
		for _, l := range d.clauses[d.looked].lits {
			d.uses[l] = append(d.uses[l], d.looked)
		}
		if c := d.look(d.looked); c >= 0 {
			return c
		}
	}
	for ; d.head < len(d.trail); d.head++ {
		for _, i := range d.uses[-d.trail[d.head]] {
			if c := d.look(i); c >= 0 {
				return c
			}
		}
	}
	return -1
}

// look makes the last open literal of a clause true. It returns a clause that is
// false, -1 if there is none.
func (d *deriver) look(i int) int {
	open, n := 0, 0
	d.work += len(d.clauses[i].lits)
	for _, l := range d.clauses[i].lits {
		switch d.holds(l) {
		case 0:
			open = l
			n++
		case 1:
			return -1
		}
	}
	switch n {
	case 0:
		return i
	case 1:
		d.set(open, i)
		return d.exclude(open)
	}
	return -1
}

// exclude rules out the others of a slot that was taken. It returns a clause that
// is false, -1 if there is none.
func (d *deriver) exclude(l int) int {
	if l < 0 {
		return -1
	}
	for _, o := range d.bySlot[d.bundles[l-1].slot] {
		if o == l || d.value[o] < 0 {
			continue
		}
		key := [2]int{min(l, o), max(l, o)}
		c, ok := d.slots[key]
		if !ok {
			c = len(d.clauses)
			d.slots[key] = c
			d.nodes = append(d.nodes, derived{premise: -1, pair: []int{key[0], key[1]}})
			d.clauses = append(d.clauses, stated{[]int{-key[0], -key[1]}, len(d.nodes) - 1})
		}
		if d.value[o] > 0 {
			return c
		}
		d.set(-o, c)
	}
	return -1
}

// decide chooses a bundle for a requirement that is open.
func (d *deriver) decide() bool {
	for _, c := range d.clauses {
		pick, isOpen := 0, true
		d.work += len(c.lits)
		for _, l := range c.lits {
			switch {
			case l < 0 && d.holds(l) >= 0, l > 0 && d.holds(l) > 0:
				isOpen = false
			case l > 0 && d.holds(l) == 0 && pick == 0:
				pick = l
			}
		}
		if isOpen && pick > 0 {
			d.depth++
			d.set(pick, -1)
			d.exclude(pick)
			return true
		}
	}
	return false
}

// learn adds the clause that a conflict teaches and goes back to where it tells
// something new.
func (d *deriver) learn(conflict int) {
	lits, node := d.resolve(conflict)
	back := 0
	for _, l := range lits {
		if v := max(l, -l); d.level[v] < d.depth {
			back = max(back, d.level[v])
		}
	}
	for len(d.trail) > 0 {
		l := d.trail[len(d.trail)-1]
		v := max(l, -l)
		if d.level[v] <= back {
			break
		}
		d.value[v] = 0
		d.trail = d.trail[:len(d.trail)-1]
	}
	d.depth = back
	d.head = 0 // what the clause does not see is seen again
	d.clauses = append(d.clauses, stated{lits, node})
}

// resolve resolves a false clause with the causes of its literals, until one of
// this level is left; at level 0 until none is. It returns the clause and the
// node that says so.
func (d *deriver) resolve(conflict int) (lits []int, node int) {
	lits = slices.Clone(d.clauses[conflict].lits)
	pending := []int{d.clauses[conflict].node}
	for _, l := range slices.Backward(d.trail) {

		d.work += len(lits)
		i := slices.Index(lits, -l)
		if i < 0 || d.work > deriveWork {
			continue
		}
		if d.depth > 0 && d.atDepth(lits) == 1 {
			break
		}
		cause := d.clauses[d.cause[max(l, -l)]]
		lits = slices.Delete(lits, i, i+1)
		for _, o := range cause.lits {
			if o != l && !slices.Contains(lits, o) {
				lits = append(lits, o)
			}
		}
		if !slices.Contains(pending, cause.node) {
			pending = append(pending, cause.node)
		}
		if d.weight(pending) >= 2 {
			pending = []int{d.conclude(lits, pending)}
		}
	}
	if len(pending) > 1 || len(lits) == 0 && d.nodes[pending[0]].because == nil {
		pending = []int{d.conclude(lits, pending)}
	}
	return lits, pending[0]
}

// weight is how many of the nodes a reader has to think about, beside what was
// concluded just before. What one fact says of several counts once.
func (d *deriver) weight(nodes []int) int {
	n := 0
	seen := map[int]bool{-1: true}
	for i, node := range nodes {
		switch x := &d.nodes[node]; {
		case x.pair != nil, x.premise >= 0 && seen[x.premise], i == 0 && x.because != nil:
		default:
			n++
			seen[x.premise] = true
		}
	}
	return n
}

func (d *deriver) atDepth(lits []int) int {
	n := 0
	for _, l := range lits {
		if d.level[max(l, -l)] == d.depth {
			n++
		}
	}
	return n
}

func (d *deriver) conclude(lits, because []int) int {
	d.nodes = append(d.nodes, derived{premise: -1, lits: slices.Clone(lits), because: slices.Clone(because)})
	return len(d.nodes) - 1
}
