package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/modreg/modreg/internal/nearest"
)

// An assignment is what one place says about one setting.
type assignment struct {
	field  *field
	from   Origin
	values []raw
}

// fileReader reads the file, side by side with the table. Of YAML it takes what the manifest takes: no anchors, aliases,
// merge keys or tags, one document, no name twice.
type fileReader struct {
	name   string
	fields map[string]*field
	groups map[string]bool
	found  []assignment
	bad    func(*Problem)
}

// readFile reads the text of a file. An empty one, and one of comments alone, says nothing.
func readFile(data []byte, name string, fields []field, bad func(*Problem)) []assignment {
	r := &fileReader{name: name, fields: map[string]*field{}, groups: map[string]bool{}, bad: bad}
	for i := range fields {
		f := &fields[i]
		r.fields[f.Name] = f
		for g := f.group(); g != ""; g = (Key{Name: g}).group() {
			r.groups[g] = true
		}
	}
	root, err := parseYAML(data)
	if err != nil {
		err.From.Kind, err.From.Name = File, name
		bad(err)
		return nil
	}
	if root != nil {
		r.mapping(root, "")
	}
	return r.found
}

// parseYAML returns the only document of a text; nil if there is none.
func parseYAML(data []byte) (root *yaml.Node, problem *Problem) {
	if p := checkBytes(data); p != nil {
		return nil, p
	}
	defer func() {
		// The YAML package panics on broken invariants of its own. Input must not reach one, but must not end the
		// program if it does.
		if r := recover(); r != nil {
			root, problem = nil, &Problem{Reason: "it is not YAML"}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, notYAML(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &Problem{From: Origin{Line: second.Line, Column: second.Column}, Reason: "a second document follows", Fix: "remove the line ---"}
	case !errors.Is(err, io.EOF):
		return nil, notYAML(err)
	}
	if root := first.Content[0]; !isNull(root) {
		return root, nil
	}
	return nil, nil
}

// checkBytes refuses what is not text, and characters that end a line in YAML 1.1 and in the YAML package but are text in 1.2.
func checkBytes(data []byte) *Problem {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		p := Problem{}
		switch {
		case r == utf8.RuneError && size == 1:
			p.Reason, p.Fix = "there is a byte that is not UTF-8", "save the file as UTF-8"
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			p.Reason, p.Fix = fmt.Sprintf("YAML versions disagree about the character %U", r), "remove it"
		default:
			i += size
			continue
		}
		start := bytes.LastIndexByte(data[:i], '\n') + 1
		p.From.Line, p.From.Column = bytes.Count(data[:i], []byte{'\n'})+1, utf8.RuneCount(data[start:i])+1
		return &p
	}
	return nil
}

var errorLine = regexp.MustCompile(`^line ([0-9]+): `)

func notYAML(err error) *Problem {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	p := &Problem{}
	if found := errorLine.FindStringSubmatch(reason); found != nil {
		p.From.Line, _ = strconv.Atoi(found[1])
		p.From.Column = 1
		reason = reason[len(found[0]):]
	}
	p.Reason = "it is not YAML: " + reason
	return p
}

func (r *fileReader) at(n *yaml.Node) Origin {
	return Origin{Kind: File, Name: r.name, Line: n.Line, Column: n.Column}
}

func (r *fileReader) refuse(n *yaml.Node, key, reason, fix string) {
	r.bad(&Problem{Key: key, From: r.at(n), Reason: reason, Fix: fix})
}

// mapping reads the settings of a group; "" is the whole.
func (r *fileReader) mapping(n *yaml.Node, group string) {
	if !r.plain(n, group) {
		return
	}
	if n.Kind != yaml.MappingNode {
		fix := ""
		if isNull(n) {
			fix = "leave it out, or write settings below it"
		}
		r.refuse(n, group, "there is "+kindOf(n)+" where settings are expected", fix)
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !r.plain(key, group) {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			r.refuse(key, group, "the name of a setting is one word", "")
			continue
		}
		if line, twice := lines[key.Value]; twice {
			r.refuse(key, join(group, key.Value), "it is there twice", fmt.Sprintf("the other is on line %d", line))
			continue
		}
		lines[key.Value] = key.Line
		r.member(key, value, group)
	}
}

func join(group, name string) string {
	if group == "" {
		return showName(name)
	}
	return group + "." + showName(name)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// showName makes a name fit for a message.
func showName(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return quoted(name)
}

func (r *fileReader) member(key, value *yaml.Node, group string) {
	name := key.Value
	if group != "" {
		name = group + "." + name
	}
	switch f := r.fields[name]; {
	case strings.Contains(key.Value, "."):
		r.refuse(key, join(group, key.Value), "nobody knows this key", r.meant(name, key.Value))
	case r.groups[name]:
		r.mapping(value, name)
	case f == nil:
		r.refuse(key, join(group, key.Value), "nobody knows this key", r.meant(name, key.Value))
	case f.form == formSecret:
		r.refuse(key, name, "a secret does not stand in this file", "write it into a file of its own and set "+name+fileSuffix+", or set the variable "+f.Variable())
	default:
		r.setting(f, key, value)
	}
}

// meant suggests which key was meant by an unknown one.
func (r *fileReader) meant(name, last string) string {
	known := make([]string, 0, len(r.fields)+len(r.groups))
	for k := range r.fields {
		known = append(known, k)
	}
	for g := range r.groups {
		known = append(known, g)
	}
	slices.Sort(known)
	if r.fields[name] != nil {
		return "write each part on a line of its own, indented"
	}
	near := nearest.Of(name, slices.Values(known))
	if near == "" { // the right name in a wrong group
		i := slices.IndexFunc(known, func(k string) bool { return strings.HasSuffix(k, "."+last) })
		if i < 0 {
			return ""
		}
		near = known[i]
	}
	return "did you mean " + quoted(near) + "?"
}

// setting reads the value of a setting.
func (r *fileReader) setting(f *field, key, value *yaml.Node) {
	if !r.plain(value, f.Name) {
		return
	}
	a := assignment{field: f, from: r.at(key)}
	nodes := []*yaml.Node{value}
	if f.List {
		if value.Kind != yaml.SequenceNode {
			r.refuse(value, f.Name, "there is "+kindOf(value)+" where a list is expected", "write ["+strings.TrimSpace(limit(value.Value))+"]")
			return
		}
		nodes = value.Content
	}
	well := true
	for _, n := range nodes {
		well = r.plain(n, f.Name) && r.scalar(f, n) && well
		a.values = append(a.values, raw{n.Value, r.at(n)})
	}
	if well {
		r.found = append(r.found, a)
	}
}

func limit(s string) string {
	if len(s) > 64 || checkText(s) != nil {
		return "…"
	}
	return s
}

// scalar checks that a node is what the form of a setting wants.
func (r *fileReader) scalar(f *field, n *yaml.Node) bool {
	want := map[form]string{formText: "a text", formBool: "true or false", formNumber: "a number"}[f.form]
	got := kindOf(n)
	switch {
	case got == want || f.form == formText && n.Kind == yaml.ScalarNode && f.bare && numeric.MatchString(n.Value):
		return true
	case f.form == formText && (got == "a number" || got == "true or false"):
		if err := f.try(n.Value); err != nil { // it would not do in quotes either
			r.bad(problemOf(f, r.at(n), err))
			return false
		}
		r.refuse(n, f.Name, "there is "+got+" where a text is expected", "put it in quotes")
		return false
	}
	fix := ""
	switch {
	case isNull(n):
		fix = "leave it out"
	case f.form == formBool && n.Kind == yaml.ScalarNode:
		fix = "true or false, without quotes"
	case n.Kind == yaml.ScalarNode:
		fix = f.Says
	}
	r.refuse(n, f.Name, "there is "+got+" where "+want+" is expected", fix)
	return false
}

// try tells what is wrong with a text, without setting anything.
func (f *field) try(text string) (err error) {
	for _, spare := range new(Config).fields() {
		if spare.Name == f.Name {
			spare.set([]raw{{text: text}}, "", func(_ raw, e error) { err = e })
		}
	}
	return err
}
