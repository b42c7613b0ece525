package jsonschema

import js "github.com/santhosh-tekuri/jsonschema/v6"

// bytesPerStep is how much text is looked at in about the time of a step.
const bytesPerStep = 64

// price is what a schema costs on a value, without what the schemas in it
// charge themselves. It includes their type, enum and const, because these are
// tried before they can charge anything.
type price struct {
	same       int            // for the value
	branches   int            // schemas tried on the value
	properties map[string]int // for the value of a property
	member     int            // for any other member of an object
	prefix     []int          // for the first items of an array
	item       int            // for any item
	unique     bool           // items are compared
}

func priceOf(s *js.Schema) price {
	p := price{
		same: 1 + len(s.Required) + len(s.Dependencies) + len(s.DependentRequired), unique: s.UniqueItems,
		properties: make(map[string]int, len(s.Properties)), member: 1, item: 1,
	}
	for _, next := range sameValue(s) {
		p.same += entry(next)
		p.branches++
	}
	for _, names := range s.DependentRequired {
		p.same += len(names)
	}
	for _, dependency := range s.Dependencies {
		if names, ok := dependency.([]string); ok {
			p.same += len(names)
		}
	}
	for name, next := range s.Properties {
		p.properties[name] = entry(next)
	}
	for _, next := range s.PatternProperties {
		p.member += 1 + entry(next)
	}
	p.member += entryOf(s.AdditionalProperties) + entryOf(s.UnevaluatedProperties) + entryOf(s.PropertyNames)
	for _, next := range s.PrefixItems {
		p.prefix = append(p.prefix, entry(next))
	}
	if list, ok := s.Items.([]*js.Schema); ok {
		for _, next := range list {
			p.prefix = append(p.prefix, entry(next))
		}
	}
	p.item += entryOf(s.Items) + entryOf(s.AdditionalItems) + entryOf(s.Items2020) + entryOf(s.Contains) + entryOf(s.UnevaluatedItems)
	return p
}

// entry is what the first look of a schema at a value costs.
func entry(s *js.Schema) int {
	cost := 1
	if s.Enum != nil {
		cost += weigh(s.Enum.Values)
	}
	if s.Const != nil {
		cost += weigh(*s.Const)
	}
	return cost
}

func entryOf(some any) int {
	if s, ok := some.(*js.Schema); ok && s != nil {
		return entry(s)
	}
	return 0
}

// weigh counts what has to be compared in a value.
func weigh(v any) int {
	sum := 1
	switch v := v.(type) {
	case string:
		sum += len(v) / bytesPerStep
	case []any:
		for _, item := range v {
			sum += weigh(item)
		}
	case map[string]any:
		for name, member := range v {
			sum += len(name)/bytesPerStep + weigh(member)
		}
	}
	return sum
}

// on is the price on a value; with books, every branch begins with a list of
// all that is in the value.
func (p *price) on(v any, books bool) int {
	sum := p.same
	size := 0
	switch v := v.(type) {
	case string:
		sum += len(v) / bytesPerStep
	case map[string]any:
		size = len(v)
		sum += size * p.member
		for name := range v {
			sum += p.properties[name]
		}
	case []any:
		size = len(v)
		sum += size * p.item
		for i := range min(size, len(p.prefix)) {
			sum += p.prefix[i]
		}
		if p.unique {
			sum += weigh(v)
		}
	}
	if books {
		sum += size * (1 + p.branches)
	}
	return sum
}
