package resolve

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/modreg/modreg/capability"
)

// Graph is the modules of a solution and what binds them, to be drawn or read by
// other programs. Marshalled to JSON it is all of the graph; [Graph.WriteDOT] and
// [Graph.WriteMermaid] write what a picture shows of it. It is plain data: texts
// in it may be replaced, for instance versions by those that people know.
type Graph struct {
	// Nodes has the root first, then the modules in start order, then what is
	// wanted and not there.
	Nodes []GraphNode `json:"nodes"`

	// Edges are in the order of the nodes that they come from, and of one node
	// in the order of its requirements.
	Edges []GraphEdge `json:"edges"`
}

// GraphNode is the root, a module, or a requirement that nothing meets. The first
// node of a graph is the root; its other fields are empty.
type GraphNode struct {
	Name    string `json:"name,omitempty"` // if Absent the requirement
	Version string `json:"version,omitempty"`
	Pinned  bool   `json:"pinned,omitempty"`
	Absent  bool   `json:"absent,omitempty"` // it stands for an optional requirement that was dropped
	Cycle   int    `json:"cycle,omitempty"`  // which of Solution.Cycles it is in, from 1
}

// GraphEdge is a requirement and its answer. Requirements that forbid have none.
type GraphEdge struct {
	From        int      `json:"from"` // the node that requires, as an index in Nodes
	To          int      `json:"to"`   // the one that provides
	Kind        EdgeKind `json:"kind"`
	Requirement string   `json:"requirement,omitempty"` // its text; "" of EdgePinned
	Dropped     string   `json:"dropped,omitempty"`     // why it leads to what is absent
	Cycle       bool     `json:"cycle,omitempty"`       // it is one of those that make its cycle
}

// EdgeKind tells what kind of requirement an edge is.
type EdgeKind string

// The kinds of edges.
const (
	EdgeNeeds     EdgeKind = "needs"      // mandatory
	EdgeWants     EdgeKind = "wants"      // optional
	EdgeMany      EdgeKind = "many"       // mandatory, to each of all providers
	EdgeWantsMany EdgeKind = "wants-many" // optional, to each of all providers
	EdgePinned    EdgeKind = "pinned"     // no requirement: from the root to a pinned module
)

// Graph returns the graph of the solution, which is one of p. A graph to be
// looked at is small: see [Graph.Only].
func (s *Solution) Graph(p Problem) *Graph {
	b := graphBuilder{
		g:      &Graph{Nodes: make([]GraphNode, 1, len(s.Modules)+1), Edges: []GraphEdge{}},
		places: make(map[moduleKey]int, len(s.Modules)),
		absent: map[string]int{},
	}
	for _, m := range s.Modules {
		b.places[keyOf(m.Candidate)] = len(b.g.Nodes)
		b.g.Nodes = append(b.g.Nodes, GraphNode{Name: m.Name, Version: m.Version.String()})
	}
	for i, cycle := range s.Cycles {
		for _, c := range cycle {
			if at := b.places[keyOf(c)]; at > 0 {
				b.g.Nodes[at].Cycle = i + 1
			}
		}
	}
	b.pins(p.Pinned)
	b.edges(0, p.Roots, s.Roots)
	for i, m := range s.Modules {
		b.edges(i+1, m.Requires, m.Bindings)
	}
	return b.g
}

func keyOf(c *Candidate) moduleKey { return moduleKey{c.Name, c.Version} }

// graphBuilder collects a graph.
type graphBuilder struct {
	g      *Graph
	places map[moduleKey]int // of modules in g.Nodes
	absent map[string]int    // the same of requirements
}

func (b *graphBuilder) pins(pinned []*Candidate) {
	for _, c := range pinned {
		if c == nil {
			continue
		}
		if to := b.places[keyOf(c)]; to > 0 && !b.g.Nodes[to].Pinned {
			b.g.Nodes[to].Pinned = true
			b.g.Edges = append(b.g.Edges, GraphEdge{To: to, Kind: EdgePinned})
		}
	}
}

// edges enters the requirements of a node.
func (b *graphBuilder) edges(from int, wants []capability.Requirement, bindings []Binding) {
	cycle := b.g.Nodes[from].Cycle
	for i, x := range bindings[:min(len(bindings), len(wants))] {
		e := GraphEdge{From: from, Kind: edgeKind(wants[i]), Requirement: wants[i].String()}
		if x.Dropped != nil {
			e.To, e.Dropped = b.absence(e.Requirement), x.Dropped.String()
			b.g.Edges = append(b.g.Edges, e)
			continue
		}
		for j, c := range x.Providers {
			if e.To = b.places[keyOf(c)]; e.To == 0 {
				continue // not a solution: Check tells
			}
			// One provider suffices for Many: the others are in no circle by it.
			e.Cycle = cycle > 0 && cycle == b.g.Nodes[e.To].Cycle && !wants[i].Optional && j == 0
			b.g.Edges = append(b.g.Edges, e)
		}
	}
}

// absence returns the node of a requirement that nothing meets.
func (b *graphBuilder) absence(requirement string) int {
	if b.absent[requirement] == 0 {
		b.absent[requirement] = len(b.g.Nodes)
		b.g.Nodes = append(b.g.Nodes, GraphNode{Name: requirement, Absent: true})
	}
	return b.absent[requirement]
}

func edgeKind(r capability.Requirement) EdgeKind {
	switch {
	case r.Optional && r.Many:
		return EdgeWantsMany
	case r.Optional:
		return EdgeWants
	case r.Many:
		return EdgeMany
	}
	return EdgeNeeds
}

// optional reports whether the graph holds without the edge.
func (k EdgeKind) optional() bool { return k == EdgeWants || k == EdgeWantsMany }

// check reports an edge between nodes that are not there, which a graph that was
// put together by hand may have.
func (g *Graph) check() error {
	for i, e := range g.Edges {
		if n := len(g.Nodes); e.From < 0 || e.From >= n || e.To < 0 || e.To >= n {
			return fmt.Errorf("edge %d from %d to %d of a graph of %d nodes", i, e.From, e.To, n)
		}
	}
	return nil
}

// nodeLabel is what a picture calls a node.
func (g *Graph) nodeLabel(i int) string {
	n := g.Nodes[i]
	switch {
	case i == 0:
		return "the root"
	case n.Absent:
		return seen(withoutModule(n.Name))
	case n.Version == "":
		return seen(n.Name)
	}
	return seen(n.Name + " " + n.Version)
}

// label is what a picture writes at an edge: nothing if it would only repeat what
// the edge leads to.
func (g *Graph) label(e GraphEdge) string {
	text := withoutModule(e.Requirement)
	switch {
	case e.Kind == EdgePinned:
		text = string(EdgePinned)
	case g.Nodes[e.To].Absent || text == g.Nodes[e.To].Name:
		text = ""
	}
	if e.Kind == EdgeMany || e.Kind == EdgeWantsMany {
		text = strings.TrimSpace("all " + text)
	}
	return seen(text)
}

func withoutModule(requirement string) string {
	return strings.TrimPrefix(requirement, capability.ModuleNamespace+"/")
}

// seen replaces what no picture can show, or what would make it show something
// else: bytes that are no UTF-8, control characters but line feeds, and those
// that turn the direction of writing.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\n':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
