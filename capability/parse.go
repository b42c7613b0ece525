package capability

import "slices"

// parser reads a filter by recursive descent over one token of lookahead.
type parser struct {
	lexer
	tok   token
	depth int
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

// take advances over the reserved word or mark and reports whether it was
// there.
func (p *parser) take(text string) (bool, error) {
	if p.tok.kind != tokWord && p.tok.kind != tokMark || p.tok.text != text {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) expect(text, where string) error {
	ok, err := p.take(text)
	if err == nil && !ok {
		err = p.fail(p.tok.off, "want %s %s, not %s", text, where, p.tok)
	}
	return err
}

// filter reads the whole text. There is no node if it is blank.
func (p *parser) filter() (*node, error) {
	if err := p.advance(); err != nil || p.tok.kind == tokEnd {
		return nil, err
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	switch {
	case p.tok.kind == tokEnd:
		return &root, nil
	case p.tok.text == ")":
		return nil, p.fail(p.tok.off, ") without (")
	}
	return nil, p.fail(p.tok.off, "want and, or, or the end, not %s", p.tok)
}

func (p *parser) or() (node, error) { return p.chain(opOr, p.and) }

func (p *parser) and() (node, error) { return p.chain(opAnd, p.unary) }

// chain reads operands separated by the word of o.
func (p *parser) chain(o op, operand func() (node, error)) (node, error) {
	first, err := operand()
	if err != nil {
		return node{}, err
	}
	kids := []node{first}
	for {
		more, err := p.take(o.String())
		if err != nil {
			return node{}, err
		}
		if !more {
			break
		}
		next, err := operand()
		if err != nil {
			return node{}, err
		}
		kids = append(kids, next)
	}
	if len(kids) == 1 {
		return first, nil
	}
	return join(o, kids), nil
}

func (p *parser) unary() (node, error) {
	off := p.tok.off
	not, err := p.take("not")
	if err != nil {
		return node{}, err
	}
	open := false
	if !not {
		if open, err = p.take("("); err != nil {
			return node{}, err
		}
	}
	if !not && !open {
		return p.predicate()
	}
	if p.depth++; p.depth > maxDepth {
		return node{}, p.fail(off, "more than %d levels of not and parentheses", maxDepth)
	}
	defer func() { p.depth-- }()
	if not {
		kid, err := p.unary()
		return node{op: opNot, kids: []node{kid}}, err
	}
	inner, err := p.or()
	if err != nil {
		return node{}, err
	}
	return inner, p.expect(")", "or and, or")
}

func (p *parser) predicate() (node, error) {
	exists, err := p.take("exists")
	if err != nil {
		return node{}, err
	}
	if exists {
		return p.exists()
	}
	name, err := p.name("a condition")
	if err != nil {
		return node{}, err
	}
	in, err := p.take("in")
	switch {
	case err != nil:
		return node{}, err
	case in:
		list, err := p.inList()
		return node{op: opIn, name: name, list: list}, err
	case p.tok.kind == tokOp:
		return p.comparison(name)
	}
	return node{}, p.fail(p.tok.off, "want an operator or in after %q, not %s", name, p.tok)
}

func (p *parser) exists() (node, error) {
	open, err := p.take("(")
	if err != nil {
		return node{}, err
	}
	name, err := p.name("an attribute name after exists")
	if err != nil {
		return node{}, err
	}
	if open {
		err = p.expect(")", "after exists("+name)
	}
	return node{op: opExists, name: name}, err
}

func (p *parser) name(want string) (string, error) {
	t := p.tok
	switch {
	case t.kind == tokName:
		return t.text, p.advance()
	case t.kind == tokLiteral && t.lit.kind != KindBool:
		return "", p.fail(t.off, "want %s, not %s: the attribute stands before the literal", want, t)
	case t.kind == tokLiteral || t.kind == tokWord:
		return "", p.fail(t.off, "want %s, not the reserved word %s", want, t)
	}
	return "", p.fail(t.off, "want %s, not %s", want, t)
}

func (p *parser) comparison(name string) (node, error) {
	n := node{op: p.tok.op, name: name}
	if err := p.advance(); err != nil {
		return node{}, err
	}
	off := p.tok.off
	var err error
	if n.lit, err = p.literal(); err != nil {
		return node{}, err
	}
	if k := n.lit.kind; n.op >= opLt && (k == KindBool || k == KindSet) {
		return node{}, p.fail(off, "a %s has no order, %s needs a string, an integer or a version", k, n.op)
	}
	return n, nil
}

func (p *parser) literal() (Value, error) {
	if p.tok.kind != tokMark || p.tok.text != "[" {
		return p.scalar()
	}
	off := p.tok.off
	list, err := p.list()
	if err != nil {
		return Value{}, err
	}
	items := make([]string, len(list))
	for i, v := range list {
		if v.kind != KindString {
			return Value{}, p.fail(off, "a set holds strings, not %s %s", v.kind, v)
		}
		items[i] = v.str
	}
	return joinSet(items), nil
}

func (p *parser) scalar() (Value, error) {
	t := p.tok
	if t.kind != tokLiteral {
		return Value{}, p.fail(t.off, "want a literal, not %s", t)
	}
	return t.lit, p.advance()
}

// list reads a bracketed list of scalars.
func (p *parser) list() ([]Value, error) {
	if err := p.expect("[", "after in"); err != nil {
		return nil, err
	}
	var list []Value
	if empty, err := p.take("]"); empty || err != nil {
		return nil, err
	}
	for {
		off := p.tok.off
		v, err := p.scalar()
		if err != nil {
			return nil, err
		}
		if len(list) == maxSetItems {
			return nil, p.fail(off, "more than %d literals in a list", maxSetItems)
		}
		list = append(list, v)
		more, err := p.take(",")
		if err != nil {
			return nil, err
		}
		if !more {
			return list, p.expect("]", "or , in a list")
		}
	}
}

// inList reads the list of an in, sorted and without duplicates.
func (p *parser) inList() ([]Value, error) {
	off := p.tok.off
	list, err := p.list()
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, p.fail(off, "in needs at least one literal")
	}
	for _, v := range list {
		if v.kind != list[0].kind {
			return nil, p.fail(off, "the literals of in are of one kind, not %s and %s", list[0].kind, v.kind)
		}
	}
	slices.SortFunc(list, func(a, b Value) int { return order(&a, &b) })
	return slices.Compact(list), nil
}
