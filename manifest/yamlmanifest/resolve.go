package yamlmanifest

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarKind is what a scalar means.
type scalarKind int

const (
	isText scalarKind = iota
	isNull
	isBool
	isNumber
	isUnclear // a number that JSON does not have, or does not write like this
)

// The forms of YAML 1.2.2, section 10.3.2 (the core schema), and those that
// only YAML 1.1 takes for numbers are told apart here and not by the YAML
// package, which has a mixture of both.
var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	coreNumber = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|^0o[0-7]+$|^0x[0-9a-fA-F]+$`)
	notFinite  = regexp.MustCompile(`^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

func isPlain(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// resolve tells what a scalar with no tag or a core tag means and, if that is
// unclear, what to write instead.
func resolve(n *yaml.Node) (kind scalarKind, fix string) {
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.ShortTag()
	} else if !isPlain(n) {
		return isText, ""
	}
	if tag == "!!str" {
		return isText, ""
	}
	kind, fix = resolvePlain(n.Value)
	fits := map[string]scalarKind{"": kind, "!!int": isNumber, "!!float": isNumber, "!!bool": isBool, "!!null": isNull}
	if fits[tag] != kind || tag == "!!int" && strings.ContainsAny(n.Value, ".eE") {
		return isUnclear, "remove the tag"
	}
	return kind, fix
}

func resolvePlain(s string) (kind scalarKind, fix string) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return isNull, ""
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return isBool, ""
	}
	switch {
	case jsonNumber.MatchString(s):
		return isNumber, ""
	case notFinite.MatchString(s):
		return isUnclear, "numbers are finite; if it is a text, put it in quotes"
	case coreNumber.MatchString(s):
		return isUnclear, "write a number in decimal like 10 or 0.5, without leading zeros and plus; if it is a text, put it in quotes"
	}
	return isText, ""
}
