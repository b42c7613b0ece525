package capability_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

func attr(name string, v capability.Value) capability.Attr {
	return capability.Attr{Name: name, Value: v}
}

func mustAttrs(tb testing.TB, attrs ...capability.Attr) capability.Attrs {
	tb.Helper()
	a, err := capability.NewAttrs(attrs...)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestNewAttrs(t *testing.T) {
	t.Parallel()
	given := []capability.Attr{attr("b", capability.Int(2)), attr("a", capability.Int(1)), attr("a.b", capability.Int(3))}
	a := mustAttrs(t, given...)
	given[0] = attr("x", capability.Int(9)) // the slice stays the caller's
	var names []string
	for name, v := range a.All() {
		names = append(names, name)
		if got, ok := a.Get(name); !ok || !got.Equal(v) {
			t.Errorf("Get(%q) = %v, %t", name, got, ok)
		}
	}
	if !slices.Equal(names, []string{"a", "a.b", "b"}) || a.Len() != 3 || a.IsZero() {
		t.Errorf("names %q, %d of them", names, a.Len())
	}
	for range a.All() {
		break
	}
	if v, ok := a.Get("x"); ok || !v.IsZero() {
		t.Errorf("Get of an absent name: %v", v)
	}
	if !a.Equal(mustAttrs(t, attr("a", capability.Int(1)), attr("b", capability.Int(2)), attr("a.b", capability.Int(3)))) ||
		a.Equal(mustAttrs(t, attr("a", capability.Int(1)))) || !mustAttrs(t).Equal(capability.Attrs{}) || !mustAttrs(t).IsZero() {
		t.Error("Equal is wrong")
	}
}

func TestNewAttrs_refuses(t *testing.T) {
	t.Parallel()
	one := capability.Int(1)
	many := make([]capability.Attr, 65)
	for i := range many {
		many[i] = attr("a"+strings.Repeat("x", i%60)+numbers(65)[i], one)
	}
	mustAttrs(t, many[:64]...)
	mustAttrs(t, attr("a1.b-c_d2", one), attr(strings.Repeat("a", 64), one))
	for _, tt := range []struct {
		attrs  []capability.Attr
		want   string
		offset int
	}{
		{many, "has 65 attributes, at most 64", -1},
		{[]capability.Attr{attr("a", one), attr("b", one), attr("a", one)}, `attribute "a": is given twice`, -1},
		{[]capability.Attr{attr("a", capability.Value{})}, `attribute "a": is not set`, -1},
		{[]capability.Attr{attr("a", capability.Int(maxInt+1))}, `attribute "a": integer`, -1},
		{[]capability.Attr{attr("", one)}, "attribute name, byte 0: is empty", 0},
		{[]capability.Attr{attr("Lang", one)}, `'L' is upper case, write "lang"`, 0},
		{[]capability.Attr{attr("2a", one)}, `'2' starts a word, which needs a letter first`, 0},
		{[]capability.Attr{attr("a.2", one)}, `'2' starts a word`, 2},
		{[]capability.Attr{attr("a..b", one)}, `'.' must follow`, 2},
		{[]capability.Attr{attr("a/b", one)}, `'/' is not allowed`, 1},
		{[]capability.Attr{attr("a_", one)}, `ends with '_'`, 1},
		{[]capability.Attr{attr(strings.Repeat("a", 65), one)}, "is 65 bytes long, at most 64", 64},
	} {
		_, err := capability.NewAttrs(tt.attrs...)
		wantFault(t, err, tt.offset, tt.want)
	}
}
