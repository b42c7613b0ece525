package resolve

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var updateGraphs = flag.Bool("update-graphs", false, "write testdata/graphs anew")

// graphWorlds are drawn in testdata/graphs.
var graphWorlds = map[string]string{
	"plain": `
		root | needs module/app ^2 | wants metrics | bars legacy
		app@2.0.0 | needs text.core >=1.3 | all log | wants module/theme | wants-all hook
		core@1.2.0 | gives text.core@1.3.0 | needs module/base
		base@1.0.0
		stdout@1.0.0 | gives log
		file@1.1.0 | gives log | wants metrics
		theme@3.0.0
		old@1.0.0 | gives legacy
		monitor@0.4.0 | pinned | wants module/base`,
	"cycle": `
		root | needs module/a
		a@1.0.0 | needs module/b | wants module/d
		b@1.0.0 | needs module/c | wants module/c
		c@1.0.0 | all x
		d@1.0.0 | gives x | wants module/a
		e@1.0.0 | gives x@2.0.0 | needs module/a`,
}

// graphOf draws a world.
func graphOf(tb testing.TB, text string) *Graph {
	tb.Helper()
	w := parseWorld(tb, text)
	w.problem.Acyclic = false
	sol, err := solve(tb, w.problem)
	if err != nil {
		tb.Fatal(err)
	}
	return sol.Graph(w.problem)
}

// written returns the graph in each form, by the ending of a file.
func written(tb testing.TB, g *Graph) map[string][]byte {
	tb.Helper()
	var dot, mermaid bytes.Buffer
	if err := errors.Join(g.WriteDOT(&dot), g.WriteMermaid(&mermaid)); err != nil {
		tb.Fatal(err)
	}
	text, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return map[string][]byte{".dot": dot.Bytes(), ".mmd": mermaid.Bytes(), ".json": append(text, '\n')}
}

func TestGraph_golden(t *testing.T) {
	t.Parallel()
	graphs := map[string]*Graph{"hostile": hostileGraph()}
	for name, text := range graphWorlds {
		graphs[name] = graphOf(t, text)
	}
	graphs["plain-only-base"] = graphs["plain"].Only("base")
	for name, g := range graphs {
		for ending, got := range written(t, g) {
			file := filepath.Join("testdata", "graphs", name+ending)
			if *updateGraphs {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what is there; with -update-graphs it is written anew:\n%s", file, got)
			}
		}
	}
}

// hostileNames are what a module may be called, as nobody checks names here.
var hostileNames = []string{
	"end", "graph", "subgraph", "digraph", "node", "x", "o", "style: a#35;", "classDef x fill:#f9f;", "click n1 call x()",
	`"`, `a"]; n2 -> n1 [label="b`, `a\`, `a\"`, `\N`, `\n`, "two\nlines", "\n", "a\r\nb", "tab\there", "end of line\\\n",
	"a]", "[a", "{{a}}", "([a])", "a|b", "|a|", "<b>bold</b>", "<script>alert(1)</script>", "&lt;", "&#34;", "#quot;", "#35;", "#", ";",
	"%%{init: {}}%%", "%% note", "`code`", "```", "**bold**", "_a_", "~~a~~", "1. one", "- one", "+ one", "1.", "=", "===", "a\n===",
	"    four", "www.example.org", "WWW.example.org", "https://example.org", "a@1.0.0", "fa:fa-car", "$$x$$", "//", "/* */", "--> n1", "-.->",
	"żółw", "模块", "🐙", "e\u0301", "a\u202eb", "a\u2028b", "\x00", "\x1b[31m", "\xff\xfe", "", " ", "  ", "ﬂ°°35¶ß",
}

// hostileGraph has the hostile names wherever names may stand.
func hostileGraph() *Graph {
	g := &Graph{Nodes: []GraphNode{{}}, Edges: []GraphEdge{}}
	for i, name := range hostileNames {
		g.Nodes = append(g.Nodes, GraphNode{Name: name, Version: "1.0.0"})
		g.Edges = append(g.Edges, GraphEdge{To: len(g.Nodes) - 1, Kind: EdgeNeeds, Requirement: hostileNames[(i+1)%len(hostileNames)]})
		if i%8 == 0 {
			g.Nodes = append(g.Nodes, GraphNode{Name: name, Absent: true})
			g.Edges = append(g.Edges, GraphEdge{
				From: len(g.Nodes) - 2, To: len(g.Nodes) - 1, Kind: EdgeWants, Requirement: name, Dropped: "nothing provides " + name,
			})
		}
	}
	return g
}

// TestGraph_readsBack writes graphs of random names, and reads the same nodes and
// edges from each picture.
func TestGraph_readsBack(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 1))
	for range 300 {
		g := randomGraph(rng)
		want := pictureOf(g)
		for form, read := range map[string]func(string) (picture, error){".dot": readDOT, ".mmd": readMermaid} {
			text := string(written(t, g)[form])
			got, err := read(text)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: got %+v\nwant %+v\n%s", form, got, want, text)
			}
		}
		var back Graph
		if err := json.Unmarshal(written(t, g)[".json"], &back); err != nil || len(back.Edges) != len(g.Edges) || len(back.Nodes) != len(g.Nodes) {
			t.Fatalf("JSON: %v", err)
		}
	}
}

// randomGraph has names made of pieces of the hostile ones.
func randomGraph(rng *rand.Rand) *Graph {
	name := func() string {
		var b strings.Builder
		for range rng.IntN(4) {
			piece := hostileNames[rng.IntN(len(hostileNames))]
			at := rng.IntN(len(piece) + 1)
			b.WriteString(piece[at:])
			b.WriteString(piece[:at])
		}
		return b.String()
	}
	g := &Graph{Nodes: []GraphNode{{}}}
	for range rng.IntN(8) {
		g.Nodes = append(g.Nodes, GraphNode{Name: name(), Version: "1.0.0", Cycle: rng.IntN(2), Absent: rng.IntN(5) == 0})
	}
	kinds := []EdgeKind{EdgeNeeds, EdgeWants, EdgeMany, EdgeWantsMany, EdgePinned}
	for range rng.IntN(12) {
		e := GraphEdge{
			From: rng.IntN(len(g.Nodes)), To: rng.IntN(len(g.Nodes)), Kind: kinds[rng.IntN(len(kinds))],
			Requirement: name(), Cycle: rng.IntN(2) == 0,
		}
		if g.Nodes[e.To].Absent {
			e.Dropped = name()
		}
		g.Edges = append(g.Edges, e)
	}
	return g
}

func TestGraph_isDeterministic(t *testing.T) {
	t.Parallel()
	for name, text := range graphWorlds {
		want := written(t, graphOf(t, text))
		w := parseWorld(t, text)
		w.problem.Acyclic = false
		rng := rand.New(rand.NewPCG(3, 3))
		for range 20 {
			w.problem.Universe = shuffled(NewIndex(w.candidates...), rng)
			sol, err := solve(t, w.problem)
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, sol.Graph(w.problem)); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: other graph:\n%s", name, got[".dot"])
			}
		}
	}
}

// TestGraph_holdsTheSolution counts what a graph has of solutions of random
// problems: every module, and every binding.
func TestGraph_holdsTheSolution(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 8))
	for range 2000 {
		_, p := randomProblem(rng)
		p.Acyclic = false
		sol, err := Resolve(t.Context(), p)
		if err != nil {
			continue
		}
		g := sol.Graph(p)
		want := map[int]int{} // by index: edges that go out
		for i, bindings := range allBindings(sol) {
			for _, b := range bindings {
				want[i] += len(b.Providers)
				if b.Dropped != nil {
					want[i]++
				}
			}
		}
		got := map[int]int{}
		for _, e := range g.Edges {
			if e.Kind != EdgePinned {
				got[e.From]++
			}
			if (e.Dropped != "") != g.Nodes[e.To].Absent {
				t.Errorf("%+v leads to %+v", e, g.Nodes[e.To])
			}
		}
		for i := range len(sol.Modules) + 1 {
			if got[i] != want[i] {
				t.Fatalf("node %d has %d edges, want %d:\n%s", i, got[i], want[i], describe(p, sol))
			}
		}
		for i, m := range sol.Modules {
			if g.Nodes[i+1].Name != m.Name || g.Nodes[i+1].Version != m.Version.String() {
				t.Fatalf("node %d is %+v, not %s", i+1, g.Nodes[i+1], m)
			}
		}
		checkCycles(t, sol, g)
	}
}

func allBindings(s *Solution) [][]Binding {
	var all [][]Binding
	for _, b := range s.bindings() {
		all = append(all, b)
	}
	return all
}

// checkCycles follows the marked edges of each cycle from each of its modules to
// all others.
func checkCycles(t *testing.T, sol *Solution, g *Graph) {
	t.Helper()
	next := make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		if e.Cycle {
			next[e.From] = append(next[e.From], e.To)
		}
	}
	for i, n := range g.Nodes {
		count := 0
		for _, reached := range walk(i, -1, next) {
			if reached {
				count++
			}
		}
		want := 1
		if n.Cycle > 0 {
			want = len(sol.Cycles[n.Cycle-1])
		}
		if count != want {
			t.Fatalf("%s %s comes to %d modules of a cycle of %d", n.Name, n.Version, count, want)
		}
	}
}

func TestGraph_parts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		world, names   string
		only, shortest string // without the root
	}{
		{"plain", "", "", ""},
		{"plain", "nobody", "", ""},
		{"plain", "base", "base, core, monitor, app", "base, monitor"},
		{"plain", "theme", "theme, app", "theme, app"},
		{"plain", "file", "file, app", "file, app"},
		{"plain", "metrics", "file, app, metrics", "metrics"},
		{"plain", "theme file", "file, theme, app", "file, theme, app"},
		{"plain", "base core", "base, core, monitor, app", "base, core, monitor, app"},
		{"cycle", "a", "a", "a"},
		{"cycle", "c", "a, b, c, d", "a, b, c"}, // d wants a, which leads to c
		{"cycle", "d", "a, b, c, e, d", "a, d"},
		{"cycle", "e", "a, b, c, e, d", "a, b, c, e"},
	} {
		g := graphOf(t, graphWorlds[tt.world])
		names := strings.Fields(tt.names)
		for _, part := range []struct {
			of   func(g *Graph, names ...string) *Graph
			want string
		}{{(*Graph).Only, tt.only}, {(*Graph).Shortest, tt.shortest}} {
			got := part.of(g, names...)
			var in []string
			for _, n := range got.Nodes[1:] {
				in = append(in, n.Name)
			}
			if s := strings.Join(in, ", "); s != part.want {
				t.Errorf("%s of %s: got %s, want %s", tt.names, tt.world, s, part.want)
			}
			if again := part.of(got, names...); !reflect.DeepEqual(again, got) {
				t.Errorf("%s of %s: the part of the part is another", tt.names, tt.world)
			}
		}
	}
}

// TestGraph_partsAgainstAllWays compares with all simple ways to a node, found one
// by one: Only has them all, and nothing if there is none; Shortest is the
// shortest of them.
func TestGraph_partsAgainstAllWays(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 9))
	for range 500 {
		g := randomGraph(rng)
		for i := range g.Nodes[1:] {
			g.Nodes[i+1].Name = string(rune('a' + i))
		}
		target := rng.IntN(len(g.Nodes))
		name := g.Nodes[target].Name
		all, shortest := map[string]bool{"": true}, map[string]bool{"": true}
		least := len(g.Nodes) + 1
		g.simpleWays(0, target, nil, func(way []int) {
			if len(way) < least {
				least, shortest = len(way), map[string]bool{"": true}
			}
			for _, i := range way {
				all[g.Nodes[i].Name] = true
				if len(way) == least {
					shortest[g.Nodes[i].Name] = true
				}
			}
		})
		only := nodeNames(g.Only(name))
		for n := range all {
			if !only[n] {
				t.Fatalf("%q on a way to %q is left out of\n%+v", n, name, g)
			}
		}
		if len(all) == 1 && len(only) != 1 {
			t.Fatalf("no way to %q, but %v", name, only)
		}
		if got := nodeNames(g.Shortest(name)); !maps.Equal(got, shortest) {
			t.Fatalf("shortest ways to %q: got %v, want %v of\n%+v", name, got, shortest, g)
		}
	}
}

func nodeNames(g *Graph) map[string]bool {
	all := map[string]bool{}
	for _, n := range g.Nodes {
		all[n.Name] = true
	}
	return all
}

func (g *Graph) simpleWays(at, target int, way []int, found func([]int)) {
	if slices.Contains(way, at) {
		return
	}
	way = append(slices.Clone(way), at)
	if at == target {
		found(way)
		return
	}
	for _, e := range g.Edges {
		if e.From == at {
			g.simpleWays(e.To, target, way, found)
		}
	}
}

func TestGraph_refusesEdgesToNowhere(t *testing.T) {
	t.Parallel()
	for _, g := range []*Graph{
		{Edges: []GraphEdge{{}}},
		{Nodes: make([]GraphNode, 2), Edges: []GraphEdge{{To: 2}}},
		{Nodes: make([]GraphNode, 2), Edges: []GraphEdge{{From: -1}}},
	} {
		var b bytes.Buffer
		if g.WriteDOT(&b) == nil || g.WriteMermaid(&b) == nil || b.Len() > 0 {
			t.Errorf("%+v is written: %s", g, b.Bytes())
		}
		if len(g.Only("x").Edges) > 0 || len(g.Shortest("x").Edges) > 0 {
			t.Errorf("%+v has a part", g)
		}
	}
	if err := errors.Join(new(Graph).WriteDOT(failing{}), new(Graph).WriteMermaid(failing{})); !errors.Is(err, errFailing) {
		t.Errorf("a writer's error is lost: %v", err)
	}
}

var errFailing = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFailing }
