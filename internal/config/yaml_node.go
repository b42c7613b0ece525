package config

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// The forms of YAML 1.2.2, section 10.3.2 (the core schema). Values are taken as they are written and never as the YAML package
// understands them, which knows more kinds; these only tell what an editor would take a text for.
var (
	number  = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)$`)
	numeric = regexp.MustCompile(`^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^0o[0-7]+$|^0x[0-9a-fA-F]+$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$`)
)

func isPlain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

func isNull(n *yaml.Node) bool {
	if !isPlain(n) || n.Style&yaml.TaggedStyle != 0 {
		return false
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// kindOf names what a node is.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a group of settings"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case !isPlain(n):
		return "a text"
	case isNull(n):
		return "nothing"
	case n.Value == "true" || n.Value == "false":
		return "true or false"
	case number.MatchString(n.Value):
		return "a number"
	case numeric.MatchString(n.Value):
		return "a number in a form that is not taken here"
	}
	switch n.Value {
	case "True", "TRUE", "False", "FALSE":
		return "true or false in a form that is not taken here"
	}
	return "a text"
}

// plain refuses what would make a file mean more than it shows.
func (r *fileReader) plain(n *yaml.Node, key string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.refuse(n, key, "an alias is not allowed", "write the value itself")
	case n.Anchor != "":
		r.refuse(n, key, "an anchor is not allowed", "remove &"+showName(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		r.refuse(n, key, "a tag is not allowed", "remove it")
	case isPlain(n) && n.Value == "<<":
		r.refuse(n, key, "a merge key is not allowed", "write the settings themselves")
	default:
		return true
	}
	return false
}
