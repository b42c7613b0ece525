package resolve

import "slices"

// queue holds goals that are not bound yet: those without a choice, those with
// a choice among versions of one module, and the others; each first in, first
// out. It never forgets a goal, so that a mark can bring it back.
type queue [3]struct {
	goals []*goal
	head  int
}

// queueMark is the state of a queue to go back to.
type queueMark [3]struct{ head, size int }

func (q *queue) push(g *goal) {
	class := &q[choice(g)]
	class.goals = append(class.goals, g)
}

func choice(g *goal) int {
	if len(g.options) < 2 {
		return 0
	}
	for _, o := range g.options[1:] {
		if o.mod.cand.Name != g.options[0].mod.cand.Name {
			return 2
		}
	}
	return 1
}

// pop returns the next goal, nil if there is none.
func (q *queue) pop() *goal {
	for i := range q {
		if class := &q[i]; class.head < len(class.goals) {
			class.head++
			return class.goals[class.head-1]
		}
	}
	return nil
}

func (q *queue) mark() (m queueMark) {
	for i := range q {
		m[i].head, m[i].size = q[i].head, len(q[i].goals)
	}
	return m
}

func (q *queue) reset(m queueMark) {
	for i := range q {
		q[i].head = m[i].head
		q[i].goals = slices.Delete(q[i].goals, m[i].size, len(q[i].goals))
	}
}

// levels is a set of decisions, in ascending order. What stands for good has
// level 0 and is never to blame.
type levels []int

func (l levels) with(level int) levels {
	if level == 0 {
		return l
	}
	if len(l) == 0 || l[len(l)-1] < level {
		return append(l, level)
	}
	at, found := slices.BinarySearch(l, level)
	if found {
		return l
	}
	return slices.Insert(l, at, level)
}

// union returns the set of both. It takes over the memory of both, so that
// blame which passes through many decisions unchanged is not copied each time.
func (l levels) union(o levels) levels {
	if len(l) < len(o) {
		l, o = o, l
	}
	for _, level := range o {
		l = l.with(level)
	}
	return l
}
