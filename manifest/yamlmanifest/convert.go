package yamlmanifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/modreg/modreg/manifest"
)

// converter writes a YAML tree as JSON. Every name and every value starts a
// line of its own, so that the line of an error in the JSON tells the node that
// it is about.
type converter struct {
	json  []byte
	nodes []*yaml.Node // by line
}

func convert(data []byte) (*converter, error) {
	root, err := read(data)
	if err != nil {
		return nil, err
	}
	c := &converter{nodes: []*yaml.Node{root}}
	if err := c.value(root, 0); err != nil {
		return nil, err
	}
	if size := len(c.json); size > manifest.MaxSize {
		return nil, &manifest.Error{
			Reason: fmt.Sprintf("stands for %d bytes of JSON, which are too many", size), Fix: fmt.Sprintf("at most %d", manifest.MaxSize),
		}
	}
	return c, nil
}

// place gives the position in the YAML of what stands on a line of the JSON.
func (c *converter) place(line int) (int, int) {
	if line < 1 || line > len(c.nodes) {
		return 0, 0
	}
	n := c.nodes[line-1]
	return n.Line, n.Column
}

// start begins a line for a node.
func (c *converter) start(n *yaml.Node) {
	c.json = append(c.json, '\n')
	c.nodes = append(c.nodes, n)
}

func (c *converter) value(n *yaml.Node, depth int) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return refuse(n, "an alias is not allowed", "write the value itself")
	case n.Anchor != "":
		return refuse(n, "an anchor is not allowed", "remove &"+n.Anchor)
	case depth > manifest.MaxDepth || depth == manifest.MaxDepth && n.Kind != yaml.ScalarNode:
		return refuse(n, "is nested too deeply", fmt.Sprintf("at most %d levels of mappings and sequences", manifest.MaxDepth))
	}
	if !hasCoreTag(n) {
		return refuse(n, fmt.Sprintf("the tag %.40q is not allowed", n.ShortTag()), "remove it")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.SequenceNode:
		return c.sequence(n, depth)
	case yaml.ScalarNode:
		return c.scalar(n)
	}
	return refuse(n, "is not a value", "")
}

// hasCoreTag tells whether a node has no tag or one of the core schema that
// fits its kind.
func hasCoreTag(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle == 0 {
		return true
	}
	switch n.ShortTag() {
	case "!!map":
		return n.Kind == yaml.MappingNode
	case "!!seq":
		return n.Kind == yaml.SequenceNode
	case "!!str", "!!int", "!!float", "!!bool", "!!null":
		return n.Kind == yaml.ScalarNode
	}
	return false
}

func (c *converter) sequence(n *yaml.Node, depth int) error {
	c.json = append(c.json, '[')
	for i, item := range n.Content {
		if i > 0 {
			c.json = append(c.json, ',')
		}
		c.start(item)
		if err := c.value(item, depth+1); err != nil {
			return err
		}
	}
	c.json = append(c.json, ']')
	return nil
}

func (c *converter) mapping(n *yaml.Node, depth int) error {
	c.json = append(c.json, '{')
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := checkKey(key); err != nil {
			return err
		}
		if line, twice := lines[key.Value]; twice {
			return refuse(key, fmt.Sprintf("%.80q stands twice in one mapping", key.Value), fmt.Sprintf("the other is on line %d", line))
		}
		lines[key.Value] = key.Line
		if i > 0 {
			c.json = append(c.json, ',')
		}
		c.start(key)
		c.text(key.Value)
		c.json = append(c.json, ':')
		c.start(value)
		if err := c.value(value, depth+1); err != nil {
			return err
		}
	}
	c.json = append(c.json, '}')
	return nil
}

// checkKey refuses names of members that are not plain text.
func checkKey(key *yaml.Node) error {
	switch {
	case key.Kind == yaml.AliasNode:
		return refuse(key, "an alias is not allowed", "write the name itself")
	case key.Kind != yaml.ScalarNode:
		return refuse(key, "a name is one word, not a collection", "")
	case key.Anchor != "":
		return refuse(key, "an anchor is not allowed", "remove &"+key.Anchor)
	case !hasCoreTag(key):
		return refuse(key, fmt.Sprintf("the tag %.40q is not allowed", key.ShortTag()), "remove it")
	case isPlain(key) && key.Value == "<<":
		return refuse(key, "a merge key is not allowed", "write the members themselves")
	}
	if kind, _ := resolve(key); kind != isText {
		return refuse(key, fmt.Sprintf("%.80q is not a text, as names must be", key.Value), "put it in quotes")
	}
	return nil
}

func (c *converter) scalar(n *yaml.Node) error {
	kind, fix := resolve(n)
	switch kind {
	case isText:
		c.text(n.Value)
	case isNull:
		c.json = append(c.json, "null"...)
	case isBool:
		c.json = append(c.json, strings.ToLower(n.Value)...)
	case isNumber:
		c.json = append(c.json, n.Value...)
	default:
		return refuse(n, fmt.Sprintf("%.80q is not a number in JSON", n.Value), fix)
	}
	return nil
}

func (c *converter) text(s string) {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	c.json = append(c.json, quoted...)
}

func refuse(n *yaml.Node, reason, fix string) error {
	return &manifest.Error{Line: n.Line, Column: n.Column, Reason: reason, Fix: fix}
}

// explain gives an error about the JSON the place that it has in the YAML, and
// says what YAML made of a value that is of the wrong kind.
func (c *converter) explain(err error) error {
	e, ok := errors.AsType[*manifest.Error](err)
	if !ok || e.Line < 1 || e.Line > len(c.nodes) {
		return err
	}
	n := c.nodes[e.Line-1]
	located := *e
	located.Line, located.Column = n.Line, n.Column
	if n.Kind != yaml.ScalarNode || !isPlain(n) || e.Fix != "" {
		return &located
	}
	switch kind, _ := resolve(n); {
	case kind == isNumber || kind == isBool:
		located.Fix = fmt.Sprintf("if it is a text, put it in quotes: \"%.40s\"", n.Value)
	case strings.HasSuffix(e.Reason, "where true or false is expected"):
		located.Fix = "YAML 1.2 knows only true and false"
	case strings.HasSuffix(e.Reason, "where a number is expected"):
		located.Fix = "write only digits"
	}
	return &located
}
