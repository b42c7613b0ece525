package resolve

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the graph in the DOT language, for "dot -Tsvg" and its like.
// Needs are solid lines, wants dashed, dropped ones dotted and without a head;
// what makes a cycle is bold. The same graph has the same text.
//
// The language is that of https://graphviz.org/doc/info/lang.html, and labels are
// strings as in https://graphviz.org/docs/attr-types/escString/. Nodes are called
// by number, so that names stand in labels alone.
//
// The error is that of w, or about an edge between nodes that are not there.
func (g *Graph) WriteDOT(w io.Writer) error {
	if err := g.check(); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "digraph modules {\n\trankdir=LR\n\tnode [shape=box]\n")
	for i, n := range g.Nodes {
		fmt.Fprintf(b, "\tn%d [label=%s%s]\n", i, quoteDOT(g.nodeLabel(i)), nodeDOT(i, n))
	}
	for _, e := range g.Edges {
		attributes := edgeDOT(e)
		if label := g.label(e); label != "" {
			attributes = append(attributes, "label="+quoteDOT(label))
		}
		if e.Dropped != "" {
			attributes = append(attributes, "tooltip="+quoteDOT(seen(e.Dropped)))
		}
		fmt.Fprintf(b, "\tn%d -> n%d", e.From, e.To)
		if len(attributes) > 0 {
			fmt.Fprintf(b, " [%s]", strings.Join(attributes, ", "))
		}
		fmt.Fprint(b, "\n")
	}
	fmt.Fprint(b, "}\n")
	return b.Flush()
}

// nodeDOT returns the attributes of a node behind its label.
func nodeDOT(i int, n GraphNode) string {
	switch {
	case i == 0:
		return ", shape=ellipse"
	case n.Absent:
		return ", style=dotted"
	case n.Cycle > 0:
		return ", style=bold"
	}
	return ""
}

func edgeDOT(e GraphEdge) []string {
	switch {
	case e.Dropped != "":
		return []string{"style=dotted", "arrowhead=none"}
	case e.Kind.optional():
		return []string{"style=dashed"}
	case e.Cycle:
		return []string{"style=bold"}
	}
	return nil
}

// quoteDOT makes a string of a label. A backslash is doubled because labels know
// "\N" and others, and an ampersand is written as an entity because labels know
// those of HTML too.
func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, `&`, `&amp;`).Replace(s) + `"`
}
