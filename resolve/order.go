package resolve

import "slices"

// edge leads from a module to one that starts before it.
type edge struct {
	to   int32
	must bool
}

// startOrder sorts modules, which are given by name, so that each comes after
// those that its edges lead to. ends tells where the edges of each end. An edge
// that is no must is left out if it lies on a circle. Modules that must start
// before each other come together, and are returned as cycles.
//
// The order is in room, which the next call may overwrite.
func startOrder(ends []int32, edges []edge, room *arena) (order []int32, cycles [][]int32) {
	n := len(ends)
	room.reset()
	all := digraph{ends: ends, edges: edges, room: room}
	circle := all.components(false)
	if circle == nil {
		return all.sorted(identity(room.take(n)), nil), nil
	}
	kept := edges[:0] // what is left out is not looked at again
	keptEnds := room.take(n)
	for i := range n {
		for _, e := range all.of(int32(i)) {
			if e.must || circle[i] != circle[e.to] {
				kept = append(kept, e)
			}
		}
		keptEnds[i] = int32(len(kept))
	}
	rest := digraph{ends: keptEnds, edges: kept, room: room}
	group := rest.components(true)
	if group == nil {
		return rest.sorted(identity(room.take(n)), nil), nil
	}
	members := make(map[int32][]int32) // of groups of several
	for i, g := range group {
		if int32(i) != g {
			if members[g] == nil {
				members[g] = []int32{g}
			}
			members[g] = append(members[g], int32(i))
		}
	}
	order = rest.sorted(group, members)
	for _, i := range order {
		if m := members[i]; m != nil {
			cycles = append(cycles, m)
		}
	}
	return order, cycles
}

func identity(all []int32) []int32 {
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// digraph is modules and their edges.
type digraph struct {
	ends  []int32
	edges []edge
	room  *arena
}

// arena is memory for numbers that is used again.
type arena struct {
	all  []int32
	used int
}

func (a *arena) reset() { a.used = 0 }

// take returns n zeros, which are the caller's until the next reset.
func (a *arena) take(n int) []int32 {
	if a.used+n > len(a.all) {
		a.all, a.used = make([]int32, 2*(len(a.all)+n)), 0 // what was taken stays where it is
	}
	part := a.all[a.used : a.used+n : a.used+n]
	a.used += n
	clear(part)
	return part
}

func (d digraph) of(i int32) []edge {
	if i == 0 {
		return d.edges[:d.ends[0]]
	}
	return d.edges[d.ends[i-1]:d.ends[i]]
}

// components returns, by module, the least module of its strongly connected
// component; nil if there is no cycle. The method is R. Tarjan's ("Depth-first
// search and linear graph algorithms", 1972).
func (d digraph) components(onlyMust bool) []int32 {
	n := int32(len(d.ends))
	low := d.room.take(len(d.ends))  // 0 not seen yet
	at := d.room.take(len(d.ends))   // the next edge
	comp := d.room.take(len(d.ends)) // negative while on the stack
	stack, path := d.room.take(len(d.ends))[:0], d.room.take(len(d.ends))[:0]
	count, cyclic := int32(0), false
	for root := range n {
		if low[root] != 0 {
			continue
		}
		path = append(path[:0], root)
		for len(path) > 0 {
			i := path[len(path)-1]
			if at[i] == 0 && low[i] == 0 {
				count++
				low[i], comp[i] = count, -1-count
				stack = append(stack, i)
			}
			edges, next := d.of(i), int32(-1)
			for int(at[i]) < len(edges) && next < 0 {
				e := edges[at[i]]
				switch {
				case onlyMust && !e.must:
				case low[e.to] == 0:
					next = e.to
					continue
				case comp[e.to] < 0:
					low[i] = min(low[i], low[e.to])
				}
				at[i]++
			}
			if next >= 0 {
				path = append(path, next)
				continue
			}
			if low[i] == -1-comp[i] {
				first := len(stack) - 1
				for stack[first] != i {
					first--
				}
				members := stack[first:]
				least := slices.Min(members)
				for _, m := range members {
					comp[m] = least
				}
				cyclic = cyclic || len(members) > 1
				stack = stack[:first]
			}
			path = path[:len(path)-1]
		}
	}
	if !cyclic {
		return nil
	}
	return comp
}

// sorted puts every group after those that its members lead to, and of those
// that may come at one time the one with the least module first. A group is
// called by that module; members lists those of groups of several.
func (d digraph) sorted(group []int32, members map[int32][]int32) []int32 {
	n := len(d.ends)
	waits := d.room.take(n)
	heads := d.room.take(n + 1) // by group: where those that wait for it begin
	for i := range n {
		for _, e := range d.of(int32(i)) {
			if group[i] != group[e.to] {
				waits[group[i]]++
				heads[group[e.to]+1]++
			}
		}
	}
	for i := range n {
		heads[i+1] += heads[i]
	}
	waiting := d.room.take(int(heads[n]))
	fill := append(d.room.take(n)[:0], heads[:n]...)
	for i := range n {
		for _, e := range d.of(int32(i)) {
			if to := group[e.to]; group[i] != to {
				waiting[fill[to]] = group[i]
				fill[to]++
			}
		}
	}
	ready := minHeap(d.room.take(n)[:0])
	for i := range n {
		if group[i] == int32(i) && waits[i] == 0 {
			ready = append(ready, int32(i)) // ascending, which is a heap
		}
	}
	order := d.room.take(n)[:0]
	for len(ready) > 0 {
		g := ready.pop()
		if m := members[g]; m != nil {
			order = append(order, m...)
		} else {
			order = append(order, g)
		}
		for _, w := range waiting[heads[g]:heads[g+1]] {
			if waits[w]--; waits[w] == 0 {
				ready.push(w)
			}
		}
	}
	return order
}

// minHeap has the least number on top.
type minHeap []int32

func (h *minHeap) push(x int32) {
	a := append(*h, x)
	i := len(a) - 1
	for i > 0 {
		up := (i - 1) / 2
		if a[up] <= a[i] {
			break
		}
		a[up], a[i] = a[i], a[up]
		i = up
	}
	*h = a
}

func (h *minHeap) pop() int32 {
	a := *h
	top, last := a[0], len(a)-1
	a[0], a = a[last], a[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if a[c] < a[least] {
				least = c
			}
		}
		if least == i {
			break
		}
		a[i], a[least] = a[least], a[i]
		i = least
	}
	*h = a
	return top
}
