package resolve

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteMermaid writes the graph as a flowchart of Mermaid, which pages of many
// forges draw. Needs are arrows, wants dotted arrows, dropped ones dotted lines
// with a cross; what makes a cycle is thick. The same graph has the same text.
//
// The language is that of https://mermaid.js.org/syntax/flowchart.html. Nodes are
// called by number, so that names stand in quoted labels alone, with the entity
// codes of that page for whatever Mermaid, Markdown or HTML could take for their
// own. Mermaid refuses more than 500 edges unless configured: see [Graph.Only].
//
// The error is that of w, or about an edge between nodes that are not there.
func (g *Graph) WriteMermaid(w io.Writer) error {
	if err := g.check(); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "flowchart LR\n")
	for i, n := range g.Nodes {
		open, closed := shapeMermaid(i, n)
		fmt.Fprintf(b, "  n%d%s%s%s\n", i, open, quoteMermaid(g.nodeLabel(i)), closed)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(b, "  n%d %s", e.From, arrowMermaid(e))
		if label := g.label(e); label != "" {
			fmt.Fprintf(b, "|%s|", quoteMermaid(label))
		}
		fmt.Fprintf(b, " n%d\n", e.To)
	}
	return b.Flush()
}

func shapeMermaid(i int, n GraphNode) (open, closed string) {
	switch {
	case i == 0:
		return "([", "])"
	case n.Absent:
		return "{{", "}}"
	case n.Cycle > 0:
		return "[[", "]]"
	}
	return "[", "]"
}

func arrowMermaid(e GraphEdge) string {
	switch {
	case e.Dropped != "":
		return "-.-x"
	case e.Kind.optional():
		return "-.->"
	case e.Cycle:
		return "==>"
	}
	return "-->"
}

// quoteMermaid makes a string of a label.
func quoteMermaid(s string) string {
	b := []byte{'"'}
	prev := rune(0)
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case r == '\n':
			b = append(b, "<br/>"...)
		case plainMermaid(prev, r, next) && !strings.HasSuffix(strings.ToLower(s[max(0, i-3):i]), "www"):
			b = utf8.AppendRune(b, r)
		default:
			b = append(strconv.AppendInt(append(b, '#'), int64(r), 10), ';')
		}
		prev = r
	}
	return string(append(b, '"'))
}

// plainMermaid reports whether a character means nothing but itself between two
// others. Labels pass through Markdown, where a full stop, a plus or a hyphen may
// begin a list, an "@" makes an address and many blanks a block of code.
func plainMermaid(prev, r, next rune) bool {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	switch r {
	case '(', ')', ',', '/':
		return true
	case '=':
		return prev > ' '
	case ' ':
		return prev > ' ' && next > ' '
	case '.', '-', '+':
		return word(prev) && word(next)
	}
	return word(r)
}
