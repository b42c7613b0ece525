package resolve

import (
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// search binds goals one after another. Each binding is a decision, and the
// decisions stand on a stack; a decision's level is its height there.
//
// When no provider is left for a goal, the levels that the refusals blame are
// decisions that cannot stand together whatever else is chosen. The search goes
// back to the latest of them and hands it the blame of the others, so nothing
// in between, which cannot help, is tried again.
type search struct {
	state
	pool     *pool
	queue    queue
	frames   []frame
	metCycle bool // whether a cycle was the reason of any refusal
}

// frame is a decision.
type frame struct {
	goal    *goal
	tries   []option
	next    int    // index in tries of what follows the provider bound
	blame   levels // the decisions, below this one, that refusals rest on
	refused []refusal
	queued  queueMark
	placed  int // modules in the solution before it
	bound   bool
}

func newSearch(p *pool, roots []capability.Requirement, acyclic bool) *search {
	return &search{state: newState(roots, acyclic), pool: p}
}

// mandatory finds providers for all that the pinned modules and the roots must
// have. It returns why there are none, having undone everything, or an error of
// the meter.
func (s *search) mandatory() (*failure, error) {
	for _, m := range s.pool.pinned {
		id := m.cand.self()
		exact := &capability.Requirement{ID: id, Range: semver.Exactly(m.cand.Version)}
		s.queue.push(&goal{owner: s.root, req: exact, index: pinnedGoal, options: []option{{m, m.cand.Version}}})
	}
	if err := s.require(s.root); err != nil {
		return nil, err
	}
	return s.run()
}

// require queues the mandatory requirements of p.
func (s *search) require(p *placement) error {
	for i := range p.mod.cand.Requires {
		req := &p.mod.cand.Requires[i]
		if req.Forbid || req.Optional {
			continue
		}
		g, err := s.goal(p, i)
		if err != nil {
			return err
		}
		s.queue.push(g)
	}
	return nil
}

// goal returns requirement i of p with its options.
func (s *search) goal(p *placement, i int) (*goal, error) {
	g := &goal{owner: p, req: &p.mod.cand.Requires[i], index: i}
	s.pool.meter.goal = g
	var err error
	g.options, err = s.pool.optionsOf(p.mod, i)
	return g, err
}

// run binds everything in the queue and lets the result stand.
func (s *search) run() (*failure, error) {
	for {
		g := s.queue.pop()
		if g == nil {
			s.settle()
			return nil, nil
		}
		s.pool.meter.goal = g
		if err := s.pool.meter.glance(len(g.options)); err != nil {
			return nil, err
		}
		s.frames = append(s.frames, frame{
			goal:   g,
			tries:  preferChosen(g.options),
			queued: s.queue.mark(),
			placed: len(s.placed),
		})
		for {
			bound, err := s.advance()
			if err != nil {
				return nil, err
			}
			if bound {
				break
			}
			if why := s.backjump(); why != nil {
				return why, nil
			}
		}
	}
}

// preferChosen moves options in the solution to the front.
func preferChosen(options []option) []option {
	in := 0
	for i, o := range options {
		if o.mod.at == nil {
			continue
		}
		if in == i {
			in++
			continue
		}
		sorted := slices.Clone(options)
		slices.SortStableFunc(sorted, func(a, b option) int {
			return -cmpBool(a.mod.at != nil, b.mod.at != nil)
		})
		return sorted
	}
	return options
}

// advance binds the goal of the top frame to the next provider that fits. It
// reports false if none is left.
func (s *search) advance() (bool, error) {
	f := &s.frames[len(s.frames)-1]
	s.pool.meter.goal = f.goal
	for f.next < len(f.tries) {
		if err := s.pool.meter.spend(1); err != nil {
			return false, err
		}
		mod := f.tries[f.next].mod
		f.next++
		why, blame, err := s.try(f, mod)
		if err != nil {
			return false, err
		}
		if why == nil {
			f.bound = true
			return true, nil
		}
		f.refused = append(f.refused, *why)
		f.blame = f.blame.union(blame)
	}
	return false, nil
}

// try binds the goal of f to mod, and adds mod to the solution if need be. Or
// it returns why not, and the levels of the decisions that rule it out.
func (s *search) try(f *frame, mod *module) (*refusal, levels, error) {
	level := len(s.frames)
	if mod.at == nil {
		why, blamed, visited := s.collision(mod)
		if err := s.pool.meter.glance(visited); err != nil {
			return nil, nil, err
		}
		if why != nil {
			return why, levels{}.with(blamed), nil
		}
		if err := s.require(s.place(mod, f.goal, level)); err != nil {
			return nil, nil, err
		}
	}
	way, visited := s.bind(f.goal, mod.at, level)
	if way == nil {
		return nil, nil, s.pool.meter.glance(visited)
	}
	s.metCycle = true
	var blame levels
	for _, e := range way {
		blame = blame.with(e.level)
	}
	return &refusal{mod: mod, reason: ClosesCycle, cycle: way}, blame, s.pool.meter.glance(visited)
}

// backjump leaves the top frame, for which no provider is left, for the latest
// decision to blame. If there is none it undoes everything and returns why.
func (s *search) backjump() *failure {
	top := &s.frames[len(s.frames)-1]
	why := newFailure(top.goal, top.refused)
	blame := top.blame.with(top.goal.owner.level)
	if len(blame) == 0 {
		s.undo(0)
		return why
	}
	to := blame[len(blame)-1]
	s.undo(to)
	f := &s.frames[to-1]
	f.blame = f.blame.union(blame[:len(blame)-1])
	f.refused = append(f.refused, why.above(f.tries[f.next-1].mod, f.refused))
	return nil
}

// undo pops frames until n are left, and takes back what the top one of those
// had bound.
func (s *search) undo(n int) {
	for i := len(s.frames) - 1; i >= max(n-1, 0); i-- {
		f := &s.frames[i]
		if f.bound {
			s.unbind(f.goal.owner)
			f.bound = false
		}
		s.unplace(f.placed)
		s.queue.reset(f.queued)
	}
	if n == 0 {
		s.queue = queue{}
	}
	s.frames = slices.Delete(s.frames, n, len(s.frames))
}

// settle makes what is bound stand for good.
func (s *search) settle() {
	if len(s.frames) == 0 {
		return
	}
	for _, p := range s.placed[s.frames[0].placed:] {
		p.level = 0
	}
	for i := range s.frames {
		for out := s.frames[i].goal.owner.out; len(out) > 0 && out[len(out)-1].level > 0; out = out[:len(out)-1] {
			out[len(out)-1].level = 0
		}
	}
	s.frames = nil
	s.queue = queue{}
}

// optional decides the optional requirements, which may add modules that have
// optional requirements too.
func (s *search) optional() error {
	if err := s.wishes(s.root); err != nil {
		return err
	}
	for i := 0; i < len(s.placed); i++ {
		if err := s.wishes(s.placed[i]); err != nil {
			return err
		}
	}
	return nil
}

// wishes binds or drops each optional requirement of p.
func (s *search) wishes(p *placement) error {
	for i := range p.mod.cand.Requires {
		req := &p.mod.cand.Requires[i]
		if req.Forbid || !req.Optional {
			continue
		}
		g, err := s.goal(p, i)
		if err != nil {
			return err
		}
		s.queue.push(g)
		why, err := s.run()
		if err != nil {
			return err
		}
		if why != nil {
			p.drops = append(p.drops, drop{g, why})
		}
	}
	return nil
}
