package resolve

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// picture is what a reader of a drawn graph sees.
type picture struct {
	nodes []string // labels
	edges []pictureEdge
}

type pictureEdge struct {
	from, to int
	line     string // "solid", "bold", "dashed" or "dotted"
	label    string
}

// pictureOf is what the picture of a graph has to say.
func pictureOf(g *Graph) picture {
	var p picture
	for i := range g.Nodes {
		p.nodes = append(p.nodes, g.nodeLabel(i))
	}
	for _, e := range g.Edges {
		line := "solid"
		switch {
		case e.Dropped != "":
			line = "dotted"
		case e.Kind.optional():
			line = "dashed"
		case e.Cycle:
			line = "bold"
		}
		p.edges = append(p.edges, pictureEdge{e.From, e.To, line, g.label(e)})
	}
	return p
}

func (p *picture) add(id, label string) error {
	if id != strconv.Itoa(len(p.nodes)) {
		return fmt.Errorf("node %s is number %d", id, len(p.nodes))
	}
	p.nodes = append(p.nodes, label)
	return nil
}

var (
	dotNode = regexp.MustCompile(`^\tn([0-9]+) \[(.+)\]$`)
	dotEdge = regexp.MustCompile(`^\tn([0-9]+) -> n([0-9]+)(?: \[(.+)\])?$`)
)

// readDOT reads what WriteDOT writes, which is a line for each statement.
func readDOT(text string) (picture, error) {
	body, opened := strings.CutPrefix(text, "digraph modules {\n\trankdir=LR\n\tnode [shape=box]\n")
	body, closed := strings.CutSuffix(body, "}\n")
	if !opened || !closed {
		return picture{}, errors.New("not a digraph")
	}
	var p picture
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if m := dotEdge.FindStringSubmatch(line); m != nil {
			a, err := readAttributes(m[3])
			if err != nil {
				return p, err
			}
			style := a["style"]
			if style == "" {
				style = "solid"
			}
			from, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[2])
			p.edges = append(p.edges, pictureEdge{from, to, style, a["label"]})
			continue
		}
		m := dotNode.FindStringSubmatch(line)
		if m == nil {
			return p, fmt.Errorf("no statement: %q", line)
		}
		a, err := readAttributes(m[2])
		if err == nil {
			err = p.add(m[1], a["label"])
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

var (
	dotAttribute = regexp.MustCompile(`^([a-z]+)=([a-z]+|"(?:[^"\\]|\\.)*")(?:, |$)`)
	dotEntity    = regexp.MustCompile(`&[#A-Za-z0-9]*;?`)
)

// readAttributes reads what stands between the brackets of a statement.
func readAttributes(text string) (map[string]string, error) {
	all := map[string]string{}
	for text != "" {
		m := dotAttribute.FindStringSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("no attribute: %q", text)
		}
		text = text[len(m[0]):]
		value := m[2]
		if value[0] == '"' {
			var err error
			if value, err = strconv.Unquote(value); err != nil { // all escapes that are written are Go's too
				return nil, fmt.Errorf("attribute %s: %w", m[2], err)
			}
			for _, entity := range dotEntity.FindAllString(value, -1) {
				if entity != "&amp;" {
					return nil, fmt.Errorf("entity %q in %s", entity, m[2])
				}
			}
			value = strings.ReplaceAll(value, "&amp;", "&")
		}
		if _, twice := all[m[1]]; twice {
			return nil, fmt.Errorf("%s is there twice", m[1])
		}
		all[m[1]] = value
	}
	return all, nil
}

var (
	mermaidNode = regexp.MustCompile(`^  n([0-9]+)(\[|\[\[|\(\[|\{\{)"([^"]*)"(\]|\]\]|\]\)|\}\})$`)
	mermaidEdge = regexp.MustCompile(`^  n([0-9]+) (-->|==>|-\.->|-\.-x)(?:\|"([^"]*)"\|)? n([0-9]+)$`)
	mermaidCode = regexp.MustCompile(`#([0-9]+);`)
)

// readMermaid reads what WriteMermaid writes.
func readMermaid(text string) (picture, error) {
	body, ok := strings.CutPrefix(text, "flowchart LR\n")
	if !ok {
		return picture{}, errors.New("not a flowchart")
	}
	lines := map[string]string{"-->": "solid", "==>": "bold", "-.->": "dashed", "-.-x": "dotted"}
	shapes := []string{"[]", "[[]]", "([])", "{{}}"}
	var p picture
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if m := mermaidEdge.FindStringSubmatch(line); m != nil {
			label, err := readMermaidLabel(m[3])
			if err != nil {
				return p, err
			}
			from, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[4])
			p.edges = append(p.edges, pictureEdge{from, to, lines[m[2]], label})
			continue
		}
		m := mermaidNode.FindStringSubmatch(line)
		if m == nil || !slices.Contains(shapes, m[2]+m[4]) {
			return p, fmt.Errorf("no statement: %q", line)
		}
		label, err := readMermaidLabel(m[3])
		if err == nil {
			err = p.add(m[1], label)
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// readMermaidLabel refuses what is special to Mermaid, Markdown or HTML.
func readMermaidLabel(text string) (string, error) {
	text = strings.ReplaceAll(text, "<br/>", "#10;")
	if rest := mermaidCode.ReplaceAllString(text, ""); strings.ContainsAny(rest, "\"#;:&<>[]{}|%*_~`@$!\\\n\x00") {
		return "", fmt.Errorf("label %q", text)
	}
	return mermaidCode.ReplaceAllStringFunc(text, func(code string) string {
		n, _ := strconv.Atoi(code[1 : len(code)-1])
		return string(rune(n))
	}), nil
}
