package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Explanation is why a problem has no solution: a derivation that starts from
// facts, and what would help. It marshals to JSON, and [Explanation.String]
// writes it as prose.
type Explanation struct {
	// Nodes are facts and what follows from them; each comes after those in its
	// Because. The last one is that there is no solution. If the derivation is
	// too long to be told, or rests on modules that would need each other in a
	// circle, the facts that cannot hold together are the only nodes.
	Nodes []Node `json:"nodes"`

	// Minimal tells that there would be a solution if any one of the facts did
	// not hold. It is false if that was not proven within the budget.
	Minimal bool `json:"minimal"`

	// Relaxations are the smallest changes to the problem that give it a
	// solution, each of which was tried.
	Relaxations []Relaxation `json:"relaxations,omitempty"`
}

// Node is a fact or a conclusion. Versions of a module of which it holds alike
// are one range.
type Node struct {
	ID   int      `json:"id"` // from 1
	Kind NodeKind `json:"kind"`

	// Module is what a fact is about; it is empty for the root and a conclusion.
	Module   string `json:"module,omitempty"`
	Versions string `json:"versions,omitempty"`

	Requirement string   `json:"requirement,omitempty"` // of a requirement
	Providers   []string `json:"providers,omitempty"`   // what there is that matches it
	Reason      string   `json:"reason,omitempty"`      // of an exclusion

	Text    string `json:"text"`              // the fact or conclusion in words
	Because []int  `json:"because,omitempty"` // of a conclusion: the IDs of what it follows from
}

// NodeKind tells what a [Node] says.
type NodeKind string

// The kinds of nodes.
const (
	NodeRoot       NodeKind = "root"       // the root needs something
	NodeDependency NodeKind = "dependency" // a module needs something
	NodeMissing    NodeKind = "missing"    // something is needed that nothing provides
	NodeConflict   NodeKind = "conflict"   // a module or the root forbids something
	NodeExcluded   NodeKind = "excluded"   // a module cannot be used: yanked, or conditions not met
	NodePinned     NodeKind = "pinned"     // a module has to be there
	NodeSlot       NodeKind = "slot"       // one version excludes another
	NodeDerived    NodeKind = "derived"    // follows from others
)

// remoteness is less for what an explanation is told from.
func (k NodeKind) remoteness() int {
	switch k {
	case NodeRoot:
		return 0
	case NodeDependency:
		return 2
	}
	return 1
}

// explain makes the explanation.
func (r *refutation) explain() *Explanation {
	core, minimal := r.minimise()
	st := r.collapse(core)
	e := &Explanation{Minimal: minimal}
	nodes := st.derive()
	if nodes == nil {
		// What lacks and what conflicts comes first, before what leads there.
		slices.SortStableFunc(st.premises, func(a, b premise) int {
			return cmp.Compare(a.kind.remoteness(), b.kind.remoteness())
		})
		for _, p := range st.premises {
			e.Nodes = append(e.Nodes, st.premiseNode(p))
		}
		for i := range e.Nodes {
			e.Nodes[i].ID = i + 1
		}
	} else {
		e.Nodes = st.tell(nodes)
	}
	e.Relaxations = r.relax(core)
	return e
}

// tell writes the nodes that the last one rests on, facts where they are first
// used. What one fact forbids is put together where it is used together.
func (st *story) tell(nodes []derived) []Node {
	var all []Node
	ids := map[string]int{}
	add := func(key string, n Node) int {
		if ids[key] == 0 {
			n.ID = len(all) + 1
			ids[key] = n.ID
			all = append(all, n)
		}
		return ids[key]
	}
	for _, i := range st.uses(nodes) {
		d := nodes[i]
		n := Node{Kind: NodeDerived, Text: st.conclusion(d.lits)}
		barred := map[int][]int{} // by premise
		for _, b := range d.because {
			if p := nodes[b].premise; p >= 0 && st.premises[p].kind == NodeConflict {
				barred[p] = append(barred[p], -nodes[b].lits[len(nodes[b].lits)-1]-1)
			}
		}
		for _, b := range d.because {
			id := 0
			switch x := nodes[b]; {
			case x.because != nil:
				id = ids[fmt.Sprint(b)]
			case x.pair != nil:
				id = add(fmt.Sprint(b), Node{Kind: NodeSlot, Text: st.text(x.pair[0]) + " and " + st.text(x.pair[1]) + " are versions of one module"})
			case barred[x.premise] != nil:
				p := st.premises[x.premise]
				p.among = barred[x.premise]
				id = add(fmt.Sprint("p", x.premise, p.among), st.premiseNode(p))
			default:
				id = add(fmt.Sprint("p", x.premise), st.premiseNode(st.premises[x.premise]))
			}
			if !slices.Contains(n.Because, id) {
				n.Because = append(n.Because, id)
			}
		}
		add(fmt.Sprint(i), n)
	}
	return all
}

// uses returns the conclusions that the last one rests on, itself included, each
// after those that it rests on.
func (st *story) uses(nodes []derived) []int {
	var order []int
	done := make([]bool, len(nodes))
	type visit struct {
		node int
		back bool
	}
	todo := []visit{{len(nodes) - 1, false}}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch {
		case done[v.node] || nodes[v.node].because == nil:
		case v.back:
			done[v.node] = true
			order = append(order, v.node)
		default:
			todo = append(todo, visit{v.node, true})
			for _, b := range slices.Backward(nodes[v.node].because) {
				todo = append(todo, visit{b, false})
			}
		}
	}
	return order
}

func (st *story) premiseNode(p premise) Node {
	n := Node{Kind: p.kind}
	who := "the root"
	if p.of != rootBundle {
		n.Module, n.Versions = st.name(p.of), st.versions(p.of)
		who = st.text(p.of + 1)
	}
	switch p.kind {
	case NodePinned:
		n.Text = who + " is pinned"
		if st.forced != nil {
			n.Text = who + " is chosen already"
		}
		return n
	case NodeExcluded:
		n.Reason = st.banOf(p.fact.mod)
		n.Text = who + " cannot be used (" + n.Reason + ")"
		return n
	}
	req := st.requirementOf(p.fact)
	n.Requirement = req.String()
	want := shown(req)
	for _, b := range p.among {
		n.Providers = append(n.Providers, st.text(b+1))
	}
	switch p.kind {
	case NodeMissing:
		n.Text = who + " needs " + want + ", " + st.absence(p)
	case NodeConflict:
		n.Text = who + " forbids " + want
		if !st.obvious(req, p.among) {
			n.Text += ", which " + join(n.Providers, "and") + are(n.Providers, " provides", " provide")
		}
	default:
		n.Text = who + " needs " + want
		if !st.obvious(req, p.among) {
			n.Text += ", provided only by " + join(n.Providers, "and")
		}
	}
	return n
}

// absence says that nothing matches a requirement, and what comes near.
func (st *story) absence(p premise) string {
	req := st.requirementOf(p.fact)
	var others []string
	inRange := false
	for _, o := range st.graph.byID[req.ID] {
		m := st.graph.mods[o.mod].cand
		if p.fact.mod == o.mod {
			continue
		}
		inRange = inRange || req.Range.Contains(o.have.Version)
		text := o.have.Version.String()
		if req.ID != m.self() {
			text += " from " + m.String()
		}
		if len(others) > joined {
			break
		}
		if !slices.Contains(others, text) {
			others = append(others, text)
		}
	}
	switch {
	case len(others) == 0:
		return "which nothing provides"
	case inRange:
		return "but what provides it has other attributes"
	}
	if len(others) > joined {
		return "but there is only " + strings.Join(others[:joined], ", ") + " and others"
	}
	return "but there is only " + join(others, "and")
}

// conclusion says what a clause does: the negative literals cannot be together
// unless one of the positive ones is there.
func (st *story) conclusion(lits []int) string {
	var with, need []string
	for _, l := range lits {
		if l < 0 {
			with = append(with, st.text(-l))
		}
	}
	for _, group := range st.byModule(lits) {
		need = append(need, st.text(group...))
	}
	switch {
	case len(with) == 0 && len(need) == 0:
		return "there is no solution"
	case len(with) == 0:
		return join(need, "or") + " must be chosen"
	case len(need) > 0:
		return join(with, "and") + are(with, " needs ", " together need ") + join(need, "or")
	case len(with) == 1:
		if rest, ok := strings.CutPrefix(with[0], every); ok {
			return "no version of " + rest + " can be chosen"
		}
		return with[0] + " cannot be chosen"
	case len(with) == 2:
		return with[0] + " and " + with[1] + " exclude each other"
	}
	return join(with, "and") + " cannot all be chosen"
}

// byModule puts the positive literals of one slot together.
func (st *story) byModule(lits []int) [][]int {
	var all [][]int
	at := map[int32]int{}
	for _, l := range lits {
		if l < 0 {
			continue
		}
		slot := st.bundles[l-1].slot
		i, ok := at[slot]
		if !ok {
			i = len(all)
			at[slot] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], l)
	}
	return all
}

func are(list []string, one, several string) string {
	if len(list) == 1 {
		return one
	}
	return several
}

// joined is how many things are named one after the other.
const joined = 8

// join writes "a", "a and b" or "a, b and c".
func join(list []string, word string) string {
	if n := len(list); n > joined {
		list = append(slices.Clone(list[:joined-1]), fmt.Sprintf("%d more", n-joined+1))
	}
	switch n := len(list); n {
	case 0:
		return ""
	case 1:
		return list[0]
	default:
		return strings.Join(list[:n-1], ", ") + " " + word + " " + list[n-1]
	}
}
