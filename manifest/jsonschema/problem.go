package jsonschema

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	js "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/modreg/modreg/manifest"
)

// schemaError explains why the library did not compile a schema.
func schemaError(err error, doc any) error {
	if invalid, ok := errors.AsType[*js.SchemaValidationError](err); ok {
		return valueError(invalid.Err, doc, SubjectSchema)
	}
	if load, ok := errors.AsType[*js.LoadURLError](err); ok {
		return fail(SubjectSchema, "", "the reference to "+strconv.Quote(shorten(strings.TrimPrefix(load.URL, baseFolder)))+" leads elsewhere: "+load.Err.Error())
	}
	if regex, ok := errors.AsType[*js.InvalidRegexError](err); ok {
		return fail(SubjectSchema, pointerPath(regex.URL), notRegex(regex.Regex, regex.Err))
	}
	return fail(SubjectSchema, "", shorten(strings.ReplaceAll(err.Error(), baseURL, "")))
}

// fragment gives the part of a location that a reader knows: without the place
// where the schema seems to be.
func fragment(location string) string { return strings.TrimPrefix(location, baseURL) }

// pointerPath turns a location in the schema into a path.
func pointerPath(location string) string {
	_, pointer, _ := strings.Cut(location, "#")
	var parts []any
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if token != "" {
			parts = append(parts, token)
		}
	}
	return manifest.Path(parts...)
}

func shorten(s string) string {
	const enough = 200
	if len(s) <= enough {
		return s
	}
	return strings.ToValidUTF8(s[:enough], "") + "…"
}

// valueError explains what the library found wrong with a value.
func valueError(err error, value any, subject string) error {
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*js.ValidationError](err)
	if !ok {
		return fail(subject, "", err.Error())
	}
	c := collector{value: value, subject: subject}
	c.collect(invalid)
	slices.SortFunc(c.found, compareFindings)
	c.found = slices.CompactFunc(c.found, func(a, b finding) bool { return compareFindings(a, b) == 0 })
	e := &Error{Subject: subject, More: max(0, len(c.found)-MaxProblems)}
	for _, f := range c.found[:len(c.found)-e.More] {
		e.Problems = append(e.Problems, Problem{Path: c.path(f.location), Reason: f.reason})
	}
	return e
}

// finding is a problem before its path is written.
type finding struct {
	location []string
	reason   string
}

// compareFindings orders findings by the place of the value, indexes by size.
func compareFindings(a, b finding) int {
	for i := range min(len(a.location), len(b.location)) {
		x, y := a.location[i], b.location[i]
		if x == y {
			continue
		}
		n, errN := strconv.Atoi(x)
		m, errM := strconv.Atoi(y)
		if errN == nil && errM == nil {
			return cmp.Compare(n, m)
		}
		return cmp.Compare(x, y)
	}
	return cmp.Or(cmp.Compare(len(a.location), len(b.location)), cmp.Compare(a.reason, b.reason))
}

// collector turns the library's tree of errors into a list.
type collector struct {
	value   any
	subject string
	found   []finding
}

// reason says what one error says. What is no secret is repeated: the regular
// expressions of a schema.
func (c *collector) reason(k js.ErrorKind) string {
	if f, ok := k.(*kind.Format); ok && c.subject == SubjectSchema && f.Want == "regex" {
		if expr, ok := f.Got.(string); ok {
			return notRegex(expr, f.Err)
		}
	}
	return reasonOf(k)
}

func notRegex(expr string, err error) string {
	return strconv.Quote(shorten(expr)) + " is not a regular expression here: " + err.Error()
}

// collect goes down to the errors that say something. Those of alternatives
// are one problem, because none of them has to be solved.
func (c *collector) collect(e *js.ValidationError) {
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			c.collect(cause)
		}
		return
	case *kind.AnyOf, *kind.OneOf:
		c.add(e, c.alternatives(e))
		return
	case *kind.PropertyNames, *kind.ContentSchema:
		if len(e.Causes) > 0 {
			c.add(e, c.reason(e.ErrorKind)+": "+c.first(e).reason)
			return
		}
	}
	c.add(e, c.reason(e.ErrorKind))
}

func (c *collector) add(e *js.ValidationError, reason string) {
	c.found = append(c.found, finding{e.InstanceLocation, reason})
}

// path gives the text of a location: only the value tells indexes from names.
func (c *collector) path(location []string) string {
	parts := make([]any, 0, len(location))
	value := c.value
	for _, token := range location {
		switch inner := value.(type) {
		case []any:
			i, _ := strconv.Atoi(token)
			parts = append(parts, i)
			value = nil
			if i < len(inner) {
				value = inner[i]
			}
		case map[string]any:
			parts = append(parts, token)
			value = inner[token]
		default:
			parts = append(parts, token)
		}
	}
	return manifest.Path(parts...)
}

// alternatives says why a value is none of several, or more than one.
func (c *collector) alternatives(e *js.ValidationError) string {
	if one, ok := e.ErrorKind.(*kind.OneOf); ok && len(one.Subschemas) > 1 {
		return "fits more than one of the alternatives, and must fit one"
	}
	const enough = 4
	var reasons []string
	for _, cause := range e.Causes {
		first := c.first(cause)
		reason := Problem{Reason: first.reason}
		if len(first.location) > len(e.InstanceLocation) {
			reason.Path = c.path(first.location)
		}
		if text := reason.String(); !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	if len(reasons) > enough {
		reasons = append(reasons[:enough], "…")
	}
	return "fits none of the alternatives: " + strings.Join(reasons, "; or ")
}

// first gives the first finding in a tree of errors: the library goes through
// objects in random order.
func (c *collector) first(e *js.ValidationError) finding {
	if len(e.Causes) == 0 {
		return finding{e.InstanceLocation, c.reason(e.ErrorKind)}
	}
	first := c.first(e.Causes[0])
	for _, cause := range e.Causes[1:] {
		if f := c.first(cause); compareFindings(f, first) < 0 {
			first = f
		}
	}
	return first
}
