package resolve

import (
	"fmt"
	"slices"
	"strings"
)

// maxLines limits the prose of one explanation.
const maxLines = 60

// String returns the explanation in numbered sentences and ends with what would
// help. A number in parentheses refers to the sentence that says so.
func (e *Explanation) String() string {
	var b strings.Builder
	lines := make(map[int]int, len(e.Nodes)) // by node ID: the line that says so
	byID := make(map[int]Node, len(e.Nodes))
	for _, n := range e.Nodes {
		byID[n.ID] = n
	}
	count := 0
	for _, n := range e.Nodes {
		if n.Kind == NodeDerived {
			count++
		}
	}
	if count == 0 {
		return e.listed()
	}
	line := 0
	for _, n := range e.Nodes {
		if n.Kind != NodeDerived {
			continue
		}
		line++
		lines[n.ID] = line
		if count > maxLines && line > maxLines/2 && line <= count-maxLines/2 {
			if line == maxLines/2+1 {
				fmt.Fprintf(&b, "   … %d more …\n", count-maxLines)
			}
			continue
		}
		fmt.Fprintf(&b, "%2d. %s\n", line, sentence(n, byID, lines, line))
	}
	e.writeRelaxations(&b)
	return strings.TrimSuffix(b.String(), "\n")
}

// sentence writes why a conclusion holds. What the line before says is not said
// again.
func sentence(n Node, byID map[int]Node, lines map[int]int, line int) string {
	var reasons []string
	follows := false
	for _, id := range n.Because {
		premise := byID[id]
		switch {
		case premise.Kind == NodeSlot:
		case premise.Kind == NodeDerived && lines[id] == line-1:
			follows = true
		case premise.Kind == NodeDerived:
			reasons = append(reasons, fmt.Sprintf("%s (%d)", premise.Text, lines[id]))
		default:
			reasons = append(reasons, premise.Text)
		}
	}
	switch {
	case len(reasons) == 0:
		return "So " + n.Text + "."
	case follows:
		return "And because " + joinClauses(reasons) + ", " + n.Text + "."
	}
	return "Because " + joinClauses(reasons) + ", " + n.Text + "."
}

// joinClauses joins clauses, with a comma before each "and" if there are commas
// in them.
func joinClauses(list []string) string {
	if slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, ",") }) {
		return strings.Join(list, ", and ")
	}
	return join(list, "and")
}

// listed writes the facts where there is no derivation.
func (e *Explanation) listed() string {
	var b strings.Builder
	b.WriteString("These cannot all hold:\n")
	for i, n := range e.Nodes {
		if i == maxLines {
			fmt.Fprintf(&b, "  … and %d more\n", len(e.Nodes)-maxLines)
			break
		}
		fmt.Fprintf(&b, "  - %s\n", n.Text)
	}
	e.writeRelaxations(&b)
	return strings.TrimSuffix(b.String(), "\n")
}

func (e *Explanation) writeRelaxations(b *strings.Builder) {
	if len(e.Relaxations) == 0 {
		return
	}
	b.WriteString("What would help:\n")
	for _, r := range e.Relaxations {
		fmt.Fprintf(b, "  - %s\n", r)
	}
}

// UnsatisfiableError is the proof that no solution exists.
type UnsatisfiableError struct{ r *refutation }

// Explain returns the explanation. It is worked out once, which takes searches
// of parts of the problem, and safe for concurrent use. The universe must not
// have changed since, and it may be asked again.
func (e *UnsatisfiableError) Explain() *Explanation {
	e.r.once.Do(func() { e.r.told = e.r.explain() })
	return e.r.told
}

// Error returns the explanation as prose, which has several lines.
func (e *UnsatisfiableError) Error() string { return e.Explain().String() }

// Missing returns the requirements of the proof that no candidate matches, if
// there are any, without explaining it.
func (e *UnsatisfiableError) Missing() []Need {
	var all []Need
	for _, f := range e.r.core {
		if f.kind != factArc {
			continue
		}
		r := e.r.requirementOf(f)
		list := e.r.graph.plainList(r)
		if r.Forbid || len(list) > 1 || len(list) == 1 && !slices.Contains(list, f.mod) {
			continue
		}
		n := Need{Requirement: *r}
		if f.mod != rootModule {
			n.By = e.r.graph.mods[f.mod].cand
		}
		all = append(all, n)
	}
	return all
}
