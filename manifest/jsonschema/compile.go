package jsonschema

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	js "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modreg/modreg/manifest"
)

// Limits of a schema, beside those of any document.
const (
	// MaxNodes limits the objects, arrays and booleans in a schema.
	MaxNodes = 4096
	// MaxReferences limits the references in a schema.
	MaxReferences = 1024
	// MaxPattern limits the bytes of one regular expression.
	MaxPattern = 1024
	// MaxPatternSize limits how large the regular expressions of a schema may
	// become together once their repetitions are written out.
	MaxPatternSize = 100_000
	// MaxSteps is the budget of one validation. A step is a schema that is
	// tried on a value, or something that takes about as long.
	MaxSteps = 500_000
	// maxChain limits how many schemas may follow from one another on a single
	// value, by references and combinations.
	maxChain = 128
)

// baseURL is where the schema seems to be, so that every reference out of it
// is absolute. Nothing is there.
const (
	baseFolder = "modreg:///"
	baseURL    = baseFolder + "schema"
)

// schema is a compiled schema. The library keeps no state in it, but the meter
// that counts steps is shared by everything in it.
type schema struct {
	size int    // in nodes
	used uint64 // guarded by Validator.mu

	mu    sync.Mutex
	root  *js.Schema // guarded by mu, because validating charges meter
	meter *meter     // guarded by mu
}

// decode reads a document strictly into the form that the library validates.
// Through the canonical form, no number is larger or smaller than a float64:
// the library would write the exponent out.
func decode(doc []byte, subject string) (any, error) {
	canonical, err := manifest.Canonicalise(doc)
	if err != nil {
		e := &Error{Subject: subject, cause: err}
		if m, ok := errors.AsType[*manifest.Error](err); ok {
			reason := m.Reason
			if m.Fix != "" {
				reason += " (" + m.Fix + ")"
			}
			e.Problems = []Problem{{Path: m.Path, Reason: reason, Line: m.Line, Column: m.Column}}
		}
		return nil, e
	}
	value, err := js.UnmarshalJSON(bytes.NewReader(canonical))
	if err != nil {
		return nil, fail(subject, "", err.Error())
	}
	return value, nil
}

// compile reads a schema. The library has no limits, so they are checked
// before it sees the schema, and afterwards on what it made of it.
func compile(text []byte) (s *schema, err error) {
	doc, err := decode(text, SubjectSchema)
	if err != nil {
		return nil, err
	}
	var c census
	if err := c.count(doc, nil); err != nil {
		return nil, err
	}
	defer func() {
		// A schema that makes the library panic is one that cannot be used.
		if r := recover(); r != nil {
			s, err = nil, fail(SubjectSchema, "", fmt.Sprintf("cannot be compiled: %v", r))
		}
	}()
	meter := &meter{}
	patterns := &patterns{meter: meter, compiled: map[string]*pattern{}}
	compiler := js.NewCompiler()
	compiler.DefaultDraft(js.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(nowhere{})
	compiler.UseRegexpEngine(patterns.compile)
	if err := compiler.AddResource(baseURL, doc); err != nil {
		return nil, schemaError(err, doc)
	}
	root, err := compiler.Compile(baseURL)
	if err != nil {
		return nil, schemaError(err, doc)
	}
	patterns.sealed = true
	if err := meter.install(root); err != nil {
		return nil, err
	}
	return &schema{size: c.nodes, root: root, meter: meter}, nil
}

// nowhere is where schemas are loaded from.
type nowhere struct{}

func (nowhere) Load(string) (any, error) {
	return nil, errors.New("a reference may only lead into the schema itself")
}

// validate validates a value in no more than a number of steps.
func (s *schema) validate(value any, subject string, steps int) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exhausted:
			err = fail(subject, "", fmt.Sprintf("takes more than %d steps to validate", steps))
		default:
			err = fail(SubjectSchema, "", fmt.Sprintf("cannot be used: %v", r))
		}
	}()
	s.meter.left = steps
	return valueError(s.root.Validate(value), value, subject)
}

// census counts what is in a schema, and looks for what it must not have.
type census struct{ nodes, references int }

func (c *census) count(value any, path []any) error {
	switch value := value.(type) {
	case bool:
		c.nodes++
	case []any:
		c.nodes++
		for i, item := range value {
			if err := c.count(item, append(path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		c.nodes++
		for name, member := range value {
			path := append(path, name)
			if reason := c.keyword(name, member); reason != "" {
				return fail(SubjectSchema, manifest.Path(path...), reason)
			}
			if err := c.count(member, path); err != nil {
				return err
			}
		}
	}
	if c.nodes > MaxNodes {
		return fail(SubjectSchema, "", fmt.Sprintf("has more than %d objects, arrays and booleans", MaxNodes))
	}
	return nil
}

// keyword says why a member of a schema is refused. Where a property has the
// name of a keyword its schema follows, which is no text.
func (c *census) keyword(name string, value any) string {
	text, isText := value.(string)
	switch name {
	case "$ref":
		if c.references++; c.references > MaxReferences {
			return fmt.Sprintf("is one of more than %d references", MaxReferences)
		}
	case "$schema":
		if isText && !isKnownDraft(text) {
			return fmt.Sprintf("%.80q is not a draft of JSON Schema that is known here: 2020-12, 2019-09 or draft-07", text)
		}
	case "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary":
		if _, isBool := value.(bool); isText || isBool || name == "$vocabulary" {
			return "is not supported in the schema of a configuration"
		}
	}
	return ""
}

func isKnownDraft(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	switch strings.TrimSuffix(rest, "#") {
	case "json-schema.org/draft/2020-12/schema", "json-schema.org/draft/2019-09/schema", "json-schema.org/draft-07/schema":
		return true
	}
	return false
}
