package resolve

import (
	"cmp"
	"slices"
)

// order keeps positions for the placements such that every provider stands
// before those that need it, while edges come and go. Taking edges away needs
// no work; adding one moves only what stands between its ends.
type order struct {
	first int // the lowest position given out
	mark  int
}

// insert puts p before all others, where its owner will want it.
func (o *order) insert(p *placement) {
	o.first--
	p.pos = o.first
}

// link puts provider before owner. If that cannot be it changes nothing and
// returns a shortest way from provider to owner. visited is the work done.
func (o *order) link(owner, provider *placement) (way []edge, visited int) {
	var before, after []*placement
	if provider.pos > owner.pos {
		before = o.providers(provider, owner)
		if owner.seen == o.mark {
			return wayTo(owner, provider), len(before)
		}
		after = o.dependents(owner, provider.pos)
		reorder(before, after)
	}
	provider.in = append(provider.in, owner)
	return nil, len(before) + len(after)
}

// unlink takes back the last link to provider.
func (o *order) unlink(provider *placement) {
	provider.in = provider.in[:len(provider.in)-1]
}

// providers returns provider and all that has to start before it and stands
// after owner, nearest first. It marks what it meets and ends at owner.
func (o *order) providers(provider, owner *placement) []*placement {
	o.mark++
	provider.seen = o.mark
	found := []*placement{provider}
	for i := 0; i < len(found); i++ {
		for _, e := range found[i].out {
			if !e.orders || e.to.seen == o.mark || e.to.pos < owner.pos {
				continue
			}
			e.to.seen, e.to.from = o.mark, e
			found = append(found, e.to)
			if e.to == owner {
				return found
			}
		}
	}
	return found
}

// dependents returns owner and all that has to start after it and stands
// before the position.
func (o *order) dependents(owner *placement, before int) []*placement {
	o.mark++
	owner.seen = o.mark
	found := []*placement{owner}
	for i := 0; i < len(found); i++ {
		for _, p := range found[i].in {
			if p.seen != o.mark && p.pos < before {
				p.seen = o.mark
				found = append(found, p)
			}
		}
	}
	return found
}

// reorder gives the positions of both lists to before first, then to after,
// and keeps the order within each.
func reorder(before, after []*placement) {
	byPos := func(a, b *placement) int { return cmp.Compare(a.pos, b.pos) }
	slices.SortFunc(before, byPos)
	slices.SortFunc(after, byPos)
	moved := slices.Concat(before, after)
	places := make([]int, len(moved))
	for i, p := range moved {
		places[i] = p.pos
	}
	slices.Sort(places)
	for i, p := range moved {
		p.pos = places[i]
	}
}

// wayTo returns the edges over which providers came from start to end.
func wayTo(end, start *placement) []edge {
	var way []edge
	for p := end; p != start; p = p.from.goal.owner {
		way = append(way, p.from)
	}
	slices.Reverse(way)
	return way
}
