package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/capability"
)

// A spec is one stage as a pipeline names it: a name, and what the plugin has to match.
type spec struct {
	text    string
	name    string
	options []modreg.LookupOption
}

// Limits of the text of a pipeline.
const (
	maxPipeBytes = 4096
	maxStages    = 64
)

// parsePipe reads stages that are separated by "|":
//
//	stage = name [ "@" range ] [ "[" attribute "=" value { "," attribute "=" value } "]" ] .
//	value = word | integer | "true" | "false" | JSON string .
//
// A range is one of package semver and may hold "||", which separates nothing.
func parsePipe(text string) ([]spec, error) {
	if len(text) > maxPipeBytes {
		return nil, fmt.Errorf("pipe: it has %d bytes and at most %d are allowed", len(text), maxPipeBytes)
	}
	parts := splitOutside(text, '|')
	if len(parts) > maxStages {
		return nil, fmt.Errorf("pipe: it has %d stages and at most %d are allowed", len(parts), maxStages)
	}
	specs := make([]spec, len(parts))
	for i, part := range parts {
		var err error
		if specs[i], err = parseStage(strings.TrimSpace(part)); err != nil {
			return nil, fmt.Errorf("pipe: stage %d: %w", i+1, err)
		}
	}
	return specs, nil
}

// splitOutside splits text at each sep that stands neither in quotes nor in brackets nor doubled.
func splitOutside(text string, sep byte) (parts []string) {
	quoted, depth, start := false, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == sep && i+1 < len(text) && text[i+1] == sep:
			i++
		case c == sep && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func parseStage(text string) (spec, error) {
	if text == "" {
		return spec{}, fmt.Errorf("there is none")
	}
	s := spec{text: text}
	rest, attrs, hasAttrs := strings.Cut(text, "[")
	name, rng, hasRange := strings.Cut(rest, "@")
	s.name = strings.TrimSpace(name)
	if err := capability.CheckName(s.name); err != nil {
		return spec{}, err
	}
	s.options = append(s.options, modreg.Where("name", s.name))
	if hasRange {
		if rng = strings.TrimSpace(rng); rng == "" {
			return spec{}, fmt.Errorf("%q: nothing stands after the \"@\"", text)
		}
		s.options = append(s.options, modreg.Range(rng))
	}
	if !hasAttrs {
		return s, nil
	}
	attrs, closed := strings.CutSuffix(attrs, "]")
	if !closed {
		return spec{}, fmt.Errorf("%q: it does not end with \"]\"", text)
	}
	for _, attr := range splitOutside(attrs, ',') {
		where, err := parseAttr(attr)
		if err != nil {
			return spec{}, fmt.Errorf("%q: %w", text, err)
		}
		s.options = append(s.options, where)
	}
	return s, nil
}

var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)

func parseAttr(text string) (modreg.LookupOption, error) {
	name, value, ok := strings.Cut(text, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if err := capability.CheckName(name); !ok || err != nil {
		return nil, fmt.Errorf("attribute %q: write name=value", strings.TrimSpace(text))
	}
	if n, err := strconv.Atoi(value); err == nil {
		return modreg.Where(name, n), nil
	}
	switch {
	case value == "true" || value == "false":
		return modreg.Where(name, value == "true"), nil
	case word.MatchString(value):
		return modreg.Where(name, value), nil
	}
	var s string
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		return nil, fmt.Errorf("attribute %q: %q is neither a word nor a number nor a quoted string", name, value)
	}
	return modreg.Where(name, s), nil
}
