package capability

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// maxAttrs is how many attributes a capability may have.
const maxAttrs = 64

// Attr is one attribute: a name and its value.
type Attr struct {
	Name  string
	Value Value
}

// Attrs is an immutable collection of attributes with unique names, in the
// byte order of the names. The zero value is empty.
type Attrs struct{ list []Attr }

// NewAttrs returns the attributes, at most 64, in any order. A name is 1 to 64
// bytes, words of a-z and 0-9 that start with a letter, joined by a single
// '.', '-' or '_'. The error is a [*SyntaxError]: a bad name, a name given
// twice, a value of [KindInvalid], or too many.
func NewAttrs(attrs ...Attr) (Attrs, error) {
	if len(attrs) == 0 {
		return Attrs{}, nil
	}
	if len(attrs) > maxAttrs {
		return Attrs{}, fault("attributes", "", -1, tooMany(len(attrs), "attributes", maxAttrs))
	}
	for _, a := range attrs {
		if err := checkAttrName(a.Name); err != nil {
			return Attrs{}, err
		}
		if a.Value.kind == KindInvalid {
			return Attrs{}, fault("attribute", a.Name, -1, a.Value.reason())
		}
	}
	list := slices.Clone(attrs)
	slices.SortFunc(list, func(a, b Attr) int { return strings.Compare(a.Name, b.Name) })
	for i := range list[1:] {
		if list[i].Name == list[i+1].Name {
			return Attrs{}, fault("attribute", list[i].Name, -1, "is given twice")
		}
	}
	return Attrs{list}, nil
}

// Get returns the value of the named attribute, and whether there is one. It
// allocates nothing.
func (a Attrs) Get(name string) (Value, bool) {
	if v := a.find(name); v != nil {
		return *v, true
	}
	return Value{}, false
}

// find returns the value of the named attribute, which the caller must not
// change, or nil.
func (a Attrs) find(name string) *Value {
	// Comparing lengths first makes a scan quicker than a binary search here:
	// most capabilities have a handful of attributes.
	for i := range a.list {
		if a.list[i].Name == name {
			return &a.list[i].Value
		}
	}
	return nil
}

// Len returns the number of attributes.
func (a Attrs) Len() int { return len(a.list) }

// IsZero reports whether there are no attributes.
func (a Attrs) IsZero() bool { return len(a.list) == 0 }

// All yields the attributes in the byte order of their names.
func (a Attrs) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range a.list {
			if !yield(a.list[i].Name, a.list[i].Value) {
				return
			}
		}
	}
}

// Equal reports whether both have the same names with equal values.
func (a Attrs) Equal(b Attrs) bool { return slices.Equal(a.list, b.list) }

func tooMany(n int, things string, limit int) string {
	return fmt.Sprintf("has %d %s, at most %d are allowed", n, things, limit)
}
