package resolve

// The solver is a conflict-driven clause learning search. Its variables are the
// modules (is it in the solution?) and the needs (does a module of the solution
// have that requirement?). Most clauses are never written down: they follow
// from the graph when a variable becomes true, so that a search costs what it
// comes across and not what there is.
//
//   - A module that is true makes the others of its slot false, what it forbids
//     false, and its needs true.
//   - A need that is true wants a module of its list to be true. If only one is
//     left, that one is. If all are versions in one slot, the other versions
//     there are false.
//
// What remains open is decided in the order of preference, and each conflict is
// learned as a clause that rules its cause out.

// lit is a variable, and whether it is false: variable<<1 | negative, where the
// variable is module<<1 or need<<1 | 1.
type lit int32

func modLit(m int32) lit     { return lit(m << 2) }
func needLit(n int32) lit    { return lit(n<<2 | 2) }
func (l lit) not() lit       { return l ^ 1 }
func (l lit) negative() bool { return l&1 != 0 }
func (l lit) isNeed() bool   { return l&2 != 0 }
func (l lit) id() int32      { return int32(l >> 2) }
func (l lit) variable() int  { return int(l >> 1) }

// state is what is known of a variable.
type state struct {
	value  int8 // +1 true, -1 false, 0 open
	seen   bool
	kept   bool // in solver.touched
	reason reason
	level  int32
}

// reason tells why a variable has its value.
type reason struct {
	kind reasonKind
	a, b int32
}

type reasonKind int8

const (
	decided  reasonKind = iota
	assumed             // as decided, because the caller asked for it
	given               // module a is pinned, or was settled before
	banned              // module a cannot be used here
	needed              // by requirement b of module a, or of the root if a is rootModule
	onlyLeft            // need a has no other module left
	taken               // by module a, which has the slot
	outside             // need a wants other versions in the slot
	noneLeft            // need a cannot be answered
	lacking             // requirement b of module a cannot be answered
	barred              // by requirement b of module a, or of the root
	learned             // by clause a
	looped              // by s.loops[a]
	followed            // in clause.why: by whatever variable a follows from at level 0
)

// rootModule stands for the root where a module's number is expected.
const rootModule = -1

// clause is what a conflict taught. The first two literals are watched.
type clause struct {
	lits []lit
	why  []reason // what it was resolved from
}

// pair are the modules of a need's list that are watched, each plus 1; 0 is none.
// When one becomes false another takes its place, or the need has at most one
// answer left.
type pair struct{ a, b int32 }

// mark is where a decision level begins.
type mark struct {
	trail int
	open  [2]int
	at    [2]int
}

// solver is one search. After reset it can be used again on the same graph.
type solver struct {
	g     *graph
	extra int        // needs of roots that a shared graph does not have, after its own
	known []*answers // by need: what the graph was asked for
	task
	meter

	vars    []state
	marks   []uint8          // by module
	bans    map[int32]string // by module: why it cannot be used
	touched []int32          // variables whose state is not the initial one
	trail   []lit
	head    int // in trail: what follows is to be propagated
	levels  []mark

	// open are the needs to decide on, in order: those of one slot, and others.
	// Below at they are answered.
	open     [2][]int32
	at       [2]int
	watch    []pair    // by need
	watchers [][]int32 // by module: needs that watch it
	needers  [][]int32 // by need: modules that were chosen once and have it
	stamps   []int32   // by module
	stamp    int32

	clauses    []clause
	clauseAt   []int32 // by literal: where in clauseLists, 0 nowhere
	clauseList [][]int32

	conflict    []lit // all false, if there is a conflict
	conflictWhy reason
	scratch     []lit
	loops       [][]fact
	failed      lit // the assumption that cannot be

	// place is used in passing, by module. ranks, where ranked is set, are an
	// order in which the chosen modules can start.
	place, ranks []int32
	ranked       bool

	// What a solution is made with: the edges of its modules one after the
	// other, and by module where they end.
	edges   []edge
	ends    []int32
	drafted []Chosen
	todo    []int32
	room    arena
}

// Bits of solver.marks.
const (
	markLocked uint8 = 1 << iota
	markPinned
	markJudged
	markFollowed // its needs know of it
)

func newSolver(g *graph) *solver {
	s := &solver{g: g, clauseList: make([][]int32, 1)}
	s.grow()
	return s
}

// grow makes room for what the graph has.
func (s *solver) grow() {
	mods, needs := len(s.g.mods), len(s.g.needs)+s.extra
	if n := 2 * max(mods, needs); n > len(s.vars) {
		s.vars = append(s.vars, make([]state, n-len(s.vars))...)
		if s.clauseAt != nil {
			s.clauseAt = append(s.clauseAt, make([]int32, 2*n-len(s.clauseAt))...)
		}
	}
	if known := len(s.marks); mods > known {
		s.marks = append(s.marks, make([]uint8, mods-len(s.marks))...)
		s.stamps = append(s.stamps, make([]int32, mods-len(s.stamps))...)
		s.place = append(s.place, make([]int32, mods-len(s.place))...)
		s.ranks = append(s.ranks, make([]int32, mods-len(s.ranks))...)
		s.watchers = append(s.watchers, make([][]int32, mods-len(s.watchers))...)
		s.lockFrom(int32(known))
	}
	if needs > len(s.watch) {
		s.watch = append(s.watch, make([]pair, needs-len(s.watch))...)
		s.known = append(s.known, make([]*answers, needs-len(s.known))...)
		s.needers = append(s.needers, make([][]int32, needs-len(s.needers))...)
	}
}

// reset takes back everything.
func (s *solver) reset() {
	for _, v := range s.touched {
		s.vars[v] = state{}
		if v&1 == 0 {
			s.marks[v>>1] = 0
			s.watchers[v>>1] = s.watchers[v>>1][:0]
		} else {
			s.watch[v>>1] = pair{}
			s.needers[v>>1] = s.needers[v>>1][:0]
		}
	}
	s.forget()
	s.touched, s.trail, s.levels, s.head = s.touched[:0], s.trail[:0], s.levels[:0], 0
	s.open[0], s.open[1], s.at = s.open[0][:0], s.open[1][:0], [2]int{}
	clear(s.known[min(len(s.g.needs), len(s.known)):])
	s.extra, s.bans, s.task, s.meter, s.conflict = 0, nil, task{}, meter{}, nil
	s.loops, s.ranked = nil, false
}

// need returns the modules that match need n.
func (s *solver) need(n int32) *answers {
	if a := s.known[n]; a != nil {
		return a
	}
	a := s.g.answers(n)
	s.known[n] = a
	return a
}

func (s *solver) level() int32 { return int32(len(s.levels)) }

// value is +1 if the literal is true, -1 if it is false, 0 if it is open.
func (s *solver) value(l lit) int8 {
	v := s.vars[l.variable()].value
	if l.negative() {
		return -v
	}
	return v
}

func (s *solver) isChosen(m int32) bool { return s.vars[m<<1].value > 0 }

// assign makes a literal true. It reports false if it is false already, which is
// a conflict.
func (s *solver) assign(l lit, why reason) bool {
	v := &s.vars[l.variable()]
	want := int8(1)
	if l.negative() {
		want = -1
	}
	if v.value != 0 {
		if v.value == want {
			return true
		}
		s.conflict = s.causes(append(s.scratch[:0], l), why)
		s.scratch = s.conflict[:0]
		s.conflictWhy = why
		return false
	}
	v.value, v.reason, v.level = want, why, s.level()
	if why.kind == banned {
		v.level = 0
	}
	s.touch(v, int32(l.variable()))
	s.trail = append(s.trail, l)
	return true
}

func (s *solver) touch(v *state, variable int32) {
	if !v.kept {
		v.kept = true
		s.touched = append(s.touched, variable)
	}
}

// causes appends the literals that, all being false, force what has this reason.
// Those of the literal forced are left to the caller.
func (s *solver) causes(lits []lit, why reason, forced ...lit) []lit {
	switch why.kind {
	case needed, barred:
		if why.a != rootModule {
			lits = append(lits, modLit(why.a).not())
		}
	case taken:
		lits = append(lits, modLit(why.a).not())
	case outside:
		lits = append(lits, needLit(why.a).not())
	case lacking:
		lits = append(lits, needLit(s.g.mods[why.a].arcs[why.b].need))
	case noneLeft:
		for _, m := range s.need(why.a).list {
			lits = append(lits, modLit(m))
		}
	case onlyLeft:
		lits = append(lits, needLit(why.a).not())
		for _, m := range s.need(why.a).list {
			if len(forced) == 0 || modLit(m) != forced[0] {
				lits = append(lits, modLit(m))
			}
		}
	case learned:
		for _, l := range s.clauses[why.a].lits {
			if len(forced) == 0 || l != forced[0] {
				lits = append(lits, l)
			}
		}
	}
	return lits
}

// push begins a level.
func (s *solver) push() {
	s.levels = append(s.levels, mark{
		trail: len(s.trail), open: [2]int{len(s.open[0]), len(s.open[1])}, at: s.at,
	})
}

// pop goes back to a level.
func (s *solver) pop(level int32) {
	if level >= s.level() {
		return
	}
	m := s.levels[level]
	for _, l := range s.trail[m.trail:] {
		v := &s.vars[l.variable()]
		v.value, v.reason = 0, reason{}
	}
	s.trail = s.trail[:m.trail]
	s.head = min(s.head, m.trail)
	for i := range s.open {
		s.open[i] = s.open[i][:m.open[i]]
	}
	s.at = m.at
	s.levels = s.levels[:level]
}
