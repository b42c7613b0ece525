package jsonschema

import (
	"fmt"

	js "github.com/santhosh-tekuri/jsonschema/v6"
)

// meter counts the steps of a validation. The library has no budget and no way
// to stop it, but it calls the format of a schema before it tries anything else
// but type, enum and const on a value. So every schema gets a format that
// charges for all that may follow, and panics when the budget is spent.
type meter struct {
	left        int
	unevaluated bool // some schema keeps books about what others evaluated
}

// exhausted is the panic of a spent budget.
type exhausted struct{}

func (m *meter) charge(steps int) {
	if m.left -= steps; m.left < 0 {
		panic(exhausted{}) //nolint:forbidigo // caught where the validation was called; the library has no other way out
	}
}

// install puts the meter into a schema and all that can be reached from it.
// It refuses schemas that follow from one another on a single value endlessly,
// or for too long: the library recurses through them.
func (m *meter) install(root *js.Schema) error {
	all := reachable(root)
	c := chains{length: make(map[*js.Schema]int, len(all))}
	for _, s := range all {
		if err := c.follow(s, 0); err != nil {
			return err
		}
		m.unevaluated = m.unevaluated || s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil
	}
	for _, s := range all {
		m.meter(s)
	}
	return nil
}

func (m *meter) meter(s *js.Schema) {
	p, original := priceOf(s), s.Format
	s.Format = &js.Format{Validate: func(v any) error {
		m.charge(p.on(v, m.unevaluated))
		if original == nil {
			return nil
		}
		return original.Validate(v)
	}}
	if original != nil {
		s.Format.Name = original.Name
	}
}

// reachable lists a schema and all that can be reached from it.
func reachable(root *js.Schema) []*js.Schema {
	list := []*js.Schema{root}
	seen := map[*js.Schema]bool{root: true}
	for i := 0; i < len(list); i++ {
		for _, next := range append(sameValue(list[i]), innerValues(list[i])...) {
			if !seen[next] {
				seen[next] = true
				list = append(list, next)
			}
		}
	}
	return list
}

// chains finds how many schemas follow from each on a single value.
type chains struct {
	length map[*js.Schema]int // inProgress while it is being found out
}

const inProgress = -1

func (c *chains) follow(s *js.Schema, depth int) error {
	switch length := c.length[s]; {
	case length == inProgress:
		return fail(SubjectSchema, "", fmt.Sprintf("never comes to an end: %s leads back to itself on the same value", fragment(s.Location)))
	case depth+length >= maxChain:
		return fail(SubjectSchema, "", fmt.Sprintf("has more than %d schemas in a row for one value, at %s", maxChain, fragment(s.Location)))
	case length > 0:
		return nil
	}
	c.length[s] = inProgress
	longest := 0
	for _, next := range sameValue(s) {
		if err := c.follow(next, depth+1); err != nil {
			return err
		}
		longest = max(longest, c.length[next])
	}
	c.length[s] = longest + 1
	return nil
}

// sameValue lists the schemas that a schema tries on the value it is given.
func sameValue(s *js.Schema) []*js.Schema {
	list := []*js.Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}
	if s.DynamicRef != nil {
		list = append(list, s.DynamicRef.Ref)
	}
	list = append(list, s.AllOf...)
	list = append(list, s.AnyOf...)
	list = append(list, s.OneOf...)
	for _, next := range s.DependentSchemas {
		list = append(list, next)
	}
	for _, dependency := range s.Dependencies {
		if next, ok := dependency.(*js.Schema); ok {
			list = append(list, next)
		}
	}
	return without(list)
}

// innerValues lists the schemas that a schema tries on what is in the value.
func innerValues(s *js.Schema) []*js.Schema {
	list := []*js.Schema{s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema}
	for _, next := range s.Properties {
		list = append(list, next)
	}
	for _, next := range s.PatternProperties {
		list = append(list, next)
	}
	for _, some := range []any{s.AdditionalProperties, s.AdditionalItems, s.Items} {
		switch some := some.(type) {
		case *js.Schema:
			list = append(list, some)
		case []*js.Schema:
			list = append(list, some...)
		}
	}
	return without(append(list, s.PrefixItems...))
}

func without(list []*js.Schema) []*js.Schema {
	some := list[:0]
	for _, s := range list {
		if s != nil {
			some = append(some, s)
		}
	}
	return some
}
