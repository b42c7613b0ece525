package capability

import (
	"fmt"
	"slices"
	"strconv"
	"unicode"
)

// The limits of the text of a filter.
const (
	maxFilter = 4096 // bytes, as written and in canonical form
	maxDepth  = 32   // levels of not and parentheses
	maxNodes  = 256  // predicates, not, and each chain of and or or
)

// Filter is an immutable condition on attributes; the package comment defines
// the language. It is the size of a pointer. The zero value matches
// everything. Compare filters with [Filter.Equal], not with ==.
type Filter struct{ tree *tree }

// tree is a parsed filter with its canonical text.
type tree struct {
	root node
	text string
}

type op uint8

const (
	opAnd op = iota // kids: two or more, none of them opAnd
	opOr            // kids: two or more, none of them opOr
	opNot           // kids: one
	opExists
	opIn // list
	opEq // lit, as below
	opNe
	opLt
	opLe
	opGt
	opGe
)

func (o op) String() string {
	return [...]string{"and", "or", "not", "exists", "in", "=", "!=", "<", "<=", ">", ">="}[o]
}

// node is one operation. What it uses beside op depends on that.
type node struct {
	op   op
	name string  // of the attribute
	lit  Value   // what it is compared with; a version without build metadata
	list []Value // sorted, unique, of one kind
	kids []node
}

// join makes the node of a chain, flattening kids of the same operation: they
// are associative, so that the parentheses say nothing.
func join(o op, kids []node) node {
	flat := make([]node, 0, len(kids))
	for _, k := range kids {
		if k.op == o {
			flat = append(flat, k.kids...)
		} else {
			flat = append(flat, k)
		}
	}
	return node{op: o, kids: flat}
}

// count is the number of nodes of the tree below and with n.
func (n *node) count() int {
	sum := 1
	for i := range n.kids {
		sum += n.kids[i].count()
	}
	return sum
}

func newFilter(root node) Filter {
	return Filter{&tree{root, string(root.appendText(nil))}}
}

// ParseFilter reads the text of a filter; the package comment defines its
// grammar and limits. Empty text, or white space, is the zero Filter. The error
// is a [*SyntaxError].
func ParseFilter(s string) (Filter, error) {
	if len(s) > maxFilter {
		return Filter{}, fault("filter", s, maxFilter, tooLong(len(s), maxFilter))
	}
	p := parser{lexer: lexer{text: s}}
	root, err := p.filter()
	if err != nil || root == nil {
		return Filter{}, err
	}
	if n := root.count(); n > maxNodes {
		return Filter{}, fault("filter", s, -1, tooMany(n, "nodes", maxNodes))
	}
	f := newFilter(*root)
	if len(f.tree.text) > maxFilter {
		return Filter{}, fault("filter", s, -1, "in canonical form "+tooLong(len(f.tree.text), maxFilter))
	}
	return f, nil
}

// Equals returns the filter `name = v`. An invalid name or value makes a
// filter that matches nothing, which [Filter.Check] reports.
func Equals(name string, v Value) Filter {
	if v.kind == KindVersion {
		v = withoutBuild(v)
	}
	if isReserved(name) || checkAttrName(name) != nil {
		name = strconv.Quote(name) // no attribute has this name, and no filter parses with it
	}
	return newFilter(node{op: opEq, name: name, lit: v})
}

// And returns a filter that matches what all of fs match: everything, if they
// are none or all zero. The result may exceed the limits of [ParseFilter];
// [Filter.Check] reports it.
func And(fs ...Filter) Filter {
	kept := slices.DeleteFunc(slices.Clone(fs), Filter.IsZero)
	switch len(kept) {
	case 0:
		return Filter{}
	case 1:
		return kept[0]
	}
	kids := make([]node, len(kept))
	for i, f := range kept {
		kids[i] = f.tree.root
	}
	return newFilter(join(opAnd, kids))
}

// IsZero reports whether f is the zero Filter, which matches everything.
func (f Filter) IsZero() bool { return f.tree == nil }

// Check returns nil if the canonical text of f is one that [ParseFilter]
// takes, and its error otherwise. Only [Equals] and [And] make filters for
// which it is not.
func (f Filter) Check() error {
	_, err := ParseFilter(f.String())
	return err
}

// Equal reports whether both have the same canonical text, and so match the
// same attributes. Filters that match the same may still differ in text.
func (f Filter) Equal(g Filter) bool { return f.String() == g.String() }

// String returns the canonical text: single spaces, no parentheses that mean
// nothing, set literals and in lists sorted without duplicates. The text of
// the zero Filter is empty. [ParseFilter] of it returns an equal filter.
func (f Filter) String() string {
	if f.tree == nil {
		return ""
	}
	return f.tree.text
}

func (n *node) appendText(b []byte) []byte {
	switch n.op {
	case opAnd, opOr:
		for i := range n.kids {
			if i > 0 {
				b = append(append(append(b, ' '), n.op.String()...), ' ')
			}
			// and binds closer than or, so that only an or inside an and needs them.
			b = n.kids[i].appendOperand(b, n.op == opAnd && n.kids[i].op == opOr)
		}
		return b
	case opNot:
		k := &n.kids[0]
		return k.appendOperand(append(b, "not "...), k.op == opAnd || k.op == opOr)
	case opExists:
		return append(append(b, "exists "...), n.name...)
	}
	b = append(append(b, n.name...), ' ')
	b = append(append(b, n.op.String()...), ' ')
	if n.op != opIn {
		return n.lit.appendLiteral(b)
	}
	b = append(b, '[')
	for i, v := range n.list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.appendLiteral(b)
	}
	return append(b, ']')
}

func (n *node) appendOperand(b []byte, parens bool) []byte {
	if !parens {
		return n.appendText(b)
	}
	return append(n.appendText(append(b, '(')), ')')
}

// appendLiteral appends the value as [Value.String] shows it.
func (v Value) appendLiteral(b []byte) []byte {
	switch v.kind {
	case KindString:
		return appendQuoted(b, v.str)
	case KindVersion:
		return append(append(append(b, `v"`...), v.ver.Value().String()...), '"')
	case KindSet:
		return v.appendList(b, ", ", appendQuoted)
	case KindInvalid:
		return append(b, "<invalid>"...)
	default:
		return v.AppendJSON(b)
	}
}

// appendQuoted quotes s as the filter language does. Only what may not stand
// in a literal unescaped is escaped, so that the canonical text of a literal is
// never longer than the literal.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case unicode.IsControl(r):
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
