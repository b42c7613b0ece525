package capability_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

const maxInt = 1<<53 - 1

func version(s string) capability.Value { return capability.Version(semver.MustParse(s)) }

func numbers(n int) []string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprint(i)
	}
	return items
}

func TestValue_literal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value capability.Value
		kind  capability.Kind
		name  string
		text  string
	}{
		{capability.String("a \"b\" \\ é"), capability.KindString, "string", `"a \"b\" \\ é"`},
		{capability.Int(-maxInt), capability.KindInt, "int", "-9007199254740991"},
		{capability.Bool(true), capability.KindBool, "bool", "true"},
		{capability.Bool(false), capability.KindBool, "bool", "false"},
		{version("1.2.3-rc.1+b"), capability.KindVersion, "version", `v"1.2.3-rc.1+b"`},
		{capability.Set("b", "a", "b"), capability.KindSet, "set", `["a", "b"]`},
		{capability.Set(), capability.KindSet, "set", "[]"},
		{capability.Set(""), capability.KindSet, "set", `[""]`},
		{capability.Value{}, capability.KindInvalid, "invalid", "<invalid>"},
	} {
		if tt.value.Kind() != tt.kind || tt.value.Kind().String() != tt.name || tt.value.String() != tt.text {
			t.Errorf("kind %v, text %s; want %v and %s", tt.value.Kind(), tt.value, tt.kind, tt.text)
		}
		if (tt.value.Check() == nil) != (tt.kind != capability.KindInvalid) || tt.value.IsZero() != (tt.kind == capability.KindInvalid) {
			t.Errorf("%s: check %v, zero %v", tt.value, tt.value.Check(), tt.value.IsZero())
		}
	}
}

func TestValue_limits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value capability.Value
		want  string
	}{
		{capability.String(strings.Repeat("a", 1024)), ""},
		{capability.String(strings.Repeat("a", 1025)), "string is 1025 bytes long, at most 1024"},
		{capability.String("a\xffb"), "string is not valid UTF-8"},
		{capability.String("a\nb"), "string holds the control character U+000A"},
		{capability.String("\u0085"), "string holds the control character U+0085"},
		{capability.Int(maxInt), ""},
		{capability.Int(maxInt + 1), "integer 9007199254740992 is outside ±(2^53-1)"},
		{capability.Int(-maxInt - 1), "outside"},
		{capability.Set(numbers(256)...), ""},
		{capability.Set(slices.Repeat(numbers(256), 2)...), ""},
		{capability.Set(numbers(257)...), "set has 257 items, at most 256"},
		{capability.Set("a", strings.Repeat("a", 1025)), "set item is 1025 bytes long"},
		{capability.Set("a\x00"), "set item holds the control character U+0000"},
		{capability.Set("a\xffb"), "set item is not valid UTF-8"},
		{capability.Value{}, "is not set"},
	} {
		wantFault(t, tt.value.Check(), -1, tt.want)
		if tt.want != "" && tt.value.Kind() != capability.KindInvalid {
			t.Errorf("kind %v with %q", tt.value.Kind(), tt.want)
		}
	}
}

func TestValue_accessorsAnswerForTheirKindOnly(t *testing.T) {
	t.Parallel()
	values := []capability.Value{
		{}, capability.String("s"), capability.Int(7), capability.Bool(true), version("1.2.3"), capability.Set("b", "a"),
	}
	for _, v := range values {
		s, isString := v.AsString()
		i, isInt := v.AsInt()
		b, isBool := v.AsBool()
		ver, isVersion := v.AsVersion()
		set, isSet := v.AsSet()
		k := v.Kind()
		if isString != (k == capability.KindString) || isInt != (k == capability.KindInt) || isBool != (k == capability.KindBool) ||
			isVersion != (k == capability.KindVersion) || isSet != (k == capability.KindSet) {
			t.Errorf("%s: wrong accessors answer", v)
		}
		if isString != (s == "s") || isInt != (i == 7) || isBool != b ||
			isVersion != (ver == semver.MustParse("1.2.3")) || isSet != slices.Equal(set, []string{"a", "b"}) {
			t.Errorf("%s: accessors give %q %d %t %v %q", v, s, i, b, ver, set)
		}
	}
}

func TestValueCompare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v, w capability.Value
		c    int
		ok   bool
	}{
		{capability.String("a"), capability.String("b"), -1, true},
		{capability.String("Z"), capability.String("a"), -1, true},
		{capability.Int(2), capability.Int(-10), 1, true},
		{version("1.10.0"), version("1.9.0"), 1, true},
		{version("1.0.0-rc"), version("1.0.0"), -1, true},
		{version("1.0.0+a"), version("1.0.0+b"), 0, true},
		{capability.Bool(false), capability.Bool(true), 0, false},
		{capability.Set("a"), capability.Set("b"), 0, false},
		{capability.Int(1), capability.String("1"), 0, false},
		{capability.Value{}, capability.Value{}, 0, false},
	} {
		c, ok := tt.v.Compare(tt.w)
		back, _ := tt.w.Compare(tt.v)
		if c != tt.c || ok != tt.ok || back != -tt.c {
			t.Errorf("%s and %s: %d, %t, back %d", tt.v, tt.w, c, ok, back)
		}
	}
}

func TestValueEqual_isMapKeyIdentity(t *testing.T) {
	t.Parallel()
	values := []capability.Value{
		{},
		capability.String(""), capability.String("1"), capability.String("a"), capability.Int(0), capability.Int(1),
		capability.Bool(false), capability.Bool(true), version("1.0.0"), version("1.0.0+b"), version("1.0.0+c"),
		capability.Set(), capability.Set(""), capability.Set("a"), capability.Set("", "a"), capability.Set("a", "b"), capability.Set("1"),
	}
	seen := make(map[capability.Value]int)
	for i, v := range values {
		if j, dup := seen[v]; dup {
			t.Errorf("%s and %s are one key", v, values[j])
		}
		seen[v] = i
		for j, w := range values {
			if v.Equal(w) != (i == j) {
				t.Errorf("%s equal to %s is %t", v, w, v.Equal(w))
			}
		}
	}
	if v, w := version("1.2.3"), version("1.2.3"); !v.Equal(w) {
		t.Error("the same version twice is not equal")
	}
}

func TestValueContains_agreesWithItems(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		return strings.Repeat(string(rune('a'+rnd.IntN(4))), rnd.IntN(4)) + []string{"", "é", "x"}[rnd.IntN(3)]
	}
	for range 2000 {
		var items []string
		for range rnd.IntN(12) {
			items = append(items, word())
		}
		set := capability.Set(items...)
		got, _ := set.AsSet()
		want := slices.Compact(slices.Sorted(slices.Values(items)))
		if !slices.Equal(got, want) || !slices.Equal(slices.Collect(set.Items()), want) {
			t.Fatalf("set of %q holds %q", items, got)
		}
		for _, item := range append(want, word(), word(), "") {
			if set.Contains(item) != slices.Contains(items, item) {
				t.Fatalf("%s contains %q: %t", set, item, set.Contains(item))
			}
		}
	}
	if capability.String("a").Contains("a") || len(slices.Collect(capability.Int(1).Items())) != 0 {
		t.Error("a scalar has items")
	}
}
