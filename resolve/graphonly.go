package resolve

import "slices"

// Only returns the part of the graph that lies on ways from the root to nodes
// with the names: of each node, what leads to it up to where it is first reached,
// round a circle too. The root is always there, and alone if no node has one of
// the names. What nearly everything leads to has a large part: see [Graph.Shortest].
func (g *Graph) Only(names ...string) *Graph {
	part := &Graph{Nodes: []GraphNode{}, Edges: []GraphEdge{}}
	if len(g.Nodes) == 0 || g.check() != nil {
		return part
	}
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	forth, back := g.neighbours()
	onWay := make([]bool, len(g.Edges))
	for i, n := range g.Nodes {
		if i == 0 || !wanted[n.Name] {
			continue
		}
		reached := walk(0, i, forth)
		leads := walk(i, 0, back)
		for j, e := range g.Edges {
			onWay[j] = onWay[j] || reached[e.From] && e.From != i && leads[e.To] && e.To != 0
		}
	}
	return g.keep(onWay)
}

// Shortest returns the part of the graph that lies on shortest ways from the root
// to nodes with the names, all of them that are equally short. It is small for
// what nearly everything leads to.
func (g *Graph) Shortest(names ...string) *Graph {
	if len(g.Nodes) == 0 || g.check() != nil {
		return &Graph{Nodes: []GraphNode{}, Edges: []GraphEdge{}}
	}
	order, depth := g.depths()
	nearer := make([][]int, len(g.Nodes)) // by node: the last edges of shortest ways to it
	for i, e := range g.Edges {
		if depth[e.From] > 0 && depth[e.To] == depth[e.From]+1 {
			nearer[e.To] = append(nearer[e.To], i)
		}
	}
	onWay := make([]bool, len(g.Edges))
	through := make([]bool, len(g.Nodes))
	for _, at := range slices.Backward(order) {
		if !through[at] && !slices.Contains(names, g.Nodes[at].Name) {
			continue
		}
		for _, i := range nearer[at] {
			onWay[i], through[g.Edges[i].From] = true, true
		}
	}
	return g.keep(onWay)
}

// depths returns the nodes that can be reached from the root, the nearest first,
// and how near each node is: 1 for the root, 0 for what is not reached.
func (g *Graph) depths() (order, depth []int) {
	forth, _ := g.neighbours()
	depth = make([]int, len(g.Nodes))
	depth[0] = 1
	order = []int{0}
	for i := 0; i < len(order); i++ {
		for _, n := range forth[order[i]] {
			if depth[n] == 0 {
				depth[n] = depth[order[i]] + 1
				order = append(order, n)
			}
		}
	}
	return order, depth
}

// neighbours returns where the edges of each node lead, and where those that
// lead to it come from.
func (g *Graph) neighbours() (forth, back [][]int) {
	forth, back = make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		forth[e.From] = append(forth[e.From], e.To)
		back[e.To] = append(back[e.To], e.From)
	}
	return forth, back
}

// walk returns the nodes that can be reached from one without going on from
// another.
func walk(from, stop int, next [][]int) []bool {
	reached := make([]bool, len(next))
	reached[from] = true
	for todo := []int{from}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if at == stop {
			continue
		}
		for _, n := range next[at] {
			if !reached[n] {
				reached[n] = true
				todo = append(todo, n)
			}
		}
	}
	return reached
}

// keep returns the graph with only those edges, and the root and the nodes that
// they join.
func (g *Graph) keep(edges []bool) *Graph {
	used := make([]bool, len(g.Nodes))
	used[0] = true
	for i, e := range g.Edges {
		if edges[i] {
			used[e.From], used[e.To] = true, true
		}
	}
	part := &Graph{Nodes: []GraphNode{}, Edges: []GraphEdge{}}
	place := make([]int, len(g.Nodes))
	for i, n := range g.Nodes {
		if used[i] {
			place[i] = len(part.Nodes)
			part.Nodes = append(part.Nodes, n)
		}
	}
	for i, e := range g.Edges {
		if edges[i] {
			e.From, e.To = place[e.From], place[e.To]
			part.Edges = append(part.Edges, e)
		}
	}
	return part
}
