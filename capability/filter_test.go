package capability_test

import (
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

func mustFilter(tb testing.TB, s string) capability.Filter {
	tb.Helper()
	f, err := capability.ParseFilter(s)
	if err != nil {
		tb.Fatalf("%s: %v", s, err)
	}
	return f
}

func TestParseFilter_canonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, out string }{
		{"", ""},
		{" \t\r\n", ""},
		{`lang="en"`, `lang = "en"`},
		{"a\n>=\n-5", `a >= -5`},
		{`a=-0`, `a = 0`},
		{`a.b-c_d2<v"1.2.3-rc+build"`, `a.b-c_d2 < v"1.2.3-rc"`},
		{`a!=true`, `a != true`},
		{`a = ["b","a","b"]`, `a = ["a", "b"]`},
		{`a != []`, `a != []`},
		{`a in["x","b","x"]`, `a in ["b", "x"]`},
		{`a in [10,9,-1,9]`, `a in [-1, 9, 10]`},
		{`a in [true,false]`, `a in [false, true]`},
		{`a in [v"1.10.0",v"1.9.0",v"1.9.0+x"]`, `a in [v"1.9.0", v"1.10.0"]`},
		{`exists(a)`, `exists a`},
		{`exists ( a ) and exists a`, `exists a and exists a`},
		{`((a=1))`, `a = 1`},
		{`a=1 and(b=2 and c=3)and d=4`, `a = 1 and b = 2 and c = 3 and d = 4`},
		{`a=1 or(b=2 or c=3)`, `a = 1 or b = 2 or c = 3`},
		{`a=1 and(b=2 or c=3)`, `a = 1 and (b = 2 or c = 3)`},
		{`(a=1 and b=2)or c=3`, `a = 1 and b = 2 or c = 3`},
		{`not(a=1)`, `not a = 1`},
		{`not(not(a=1))and(not b=2)`, `not not a = 1 and not b = 2`},
		{`not(a=1 or b=2)`, `not (a = 1 or b = 2)`},
		{`not(a=1 and b=2)`, `not (a = 1 and b = 2)`},
		{`a="\"\\\n\t\u0001\u00e9\u007f é"`, `a = "\"\\\n\t\u0001é\u007f é"`},
		{`v=v"1.0.0"`, `v = v"1.0.0"`},
		{`where = "and"`, `where = "and"`},
		{`a="x"and b="y"`, `a = "x" and b = "y"`},
	} {
		f := mustFilter(t, tt.in)
		if f.String() != tt.out {
			t.Errorf("%s reads as %s, want %s", tt.in, f, tt.out)
		}
		again := mustFilter(t, f.String())
		if !again.Equal(f) || f.Check() != nil || f.IsZero() != (tt.out == "") {
			t.Errorf("%s: not a fixed point: %s, check %v", tt.in, again, f.Check())
		}
	}
}

func TestParseFilter_refuses(t *testing.T) {
	t.Parallel()
	long := `a="` + strings.Repeat("x", 1025) + `"`
	for _, tt := range []struct {
		in, want string
		offset   int
	}{
		{"a", `want an operator or in after "a", not the end`, 1},
		{"a b", `want an operator or in after "a", not b`, 2},
		{"a =", "want a literal, not the end", 3},
		{"a = b", "want a literal, not b", 4},
		{"a = (1)", "want a literal, not (", 4},
		{"a = not", "want a literal, not not", 4},
		{"= 1", "want a condition, not =", 0},
		{`"en" = lang`, `want a condition, not "en": the attribute stands before the literal`, 0},
		{"true = a", "not the reserved word true", 0},
		{"and = 1", "not the reserved word and", 0},
		{"a = 1 and", "want a condition, not the end", 9},
		{"a = 1 and or b = 2", "not the reserved word or", 10},
		{"a = 1 b = 2", "want and, or, or the end, not b", 6},
		{"#", "'#' is not allowed", 0},
		{"a #", "'#' is not allowed", 2},
		{"a = #", "'#' is not allowed", 4},
		{"a = 1 and #", "'#' is not allowed", 10},
		{"a = 1 #", "'#' is not allowed", 6},
		{"not #", "'#' is not allowed", 4},
		{"(#", "'#' is not allowed", 1},
		{"(a = 1 #", "'#' is not allowed", 7},
		{"exists #", "'#' is not allowed", 7},
		{"exists (#", "'#' is not allowed", 8},
		{"a in #", "'#' is not allowed", 5},
		{"a in [#", "'#' is not allowed", 6},
		{"a in [1 #", "'#' is not allowed", 8},
		{"a = [#", "'#' is not allowed", 5},
		{"a = 1)", ") without (", 5},
		{"(a = 1", "want ) or and, or, not the end", 6},
		{"()", "want a condition, not )", 1},
		{"not", "want a condition, not the end", 3},
		{"exists", "want an attribute name after exists, not the end", 6},
		{"exists in", "not the reserved word in", 7},
		{"exists(a", "want ) after exists(a, not the end", 8},
		{"exists((a))", "want an attribute name after exists, not (", 7},
		{"a in 1", "want [ after in, not 1", 5},
		{"a in []", "in needs at least one literal", 5},
		{"a in [1", "want ] or , in a list, not the end", 7},
		{"a in [1,]", "want a literal, not ]", 8},
		{"a in [1 2]", "want ] or , in a list, not 2", 8},
		{`a in [1, "x"]`, "the literals of in are of one kind, not int and string", 5},
		{`a in [["x"]]`, "want a literal, not [", 6},
		{"a = [1]", "a set holds strings, not int 1", 4},
		{`a < ["x"]`, "a set has no order", 4},
		{"a >= true", "a bool has no order, >= needs a string", 5},
		{"a == 1", "== is not of this language, write =", 2},
		{"a <> 1", "write !=", 2},
		{"a => 1", "write >=", 2},
		{"a =< 1", "write <=", 2},
		{"a = 1 && b = 2", "write and", 6},
		{"a = 1 || b = 2", "write or", 6},
		{"!exists a", "write not", 0},
		{"a = 'x'", `write "`, 4},
		{"a = 1 AND b = 2", "reserved words are lower case, write and", 6},
		{"a = True", "write true", 4},
		{"Lang = 1", `'L' is upper case, write "lang"`, 0},
		{"a..b = 1", `attribute name "a..b": '.' must follow`, 2},
		{"a.2 = 1", "'2' starts a word", 2},
		{"a # b", "'#' is not allowed", 2},
		{"é = 1", "'é' is not ASCII", 0},
		{"a = \xff", "byte 0xff", 4},
		{"a = 1.5", "'.' in a number", 5},
		{"a = 1and b = 2", "'a' in a number", 5},
		{"a = 01", "'1' in a number", 5},
		{"a = -", "want digits after '-'", 4},
		{"a = 9007199254740992", "outside ±(2^53-1)", 4},
		{"a = -99999999999999999999999", "outside ±(2^53-1)", 4},
		{`a = "x`, "no closing quote", 4},
		{`a = "x\`, "no closing quote", 6},
		{`a = "\x41"`, `the escapes of a string are`, 5},
		{`a = "\u12"`, "four hex digits", 5},
		{`a = "\ud83d\ude00"`, "four hex digits of a character", 5},
		{"a = \"x\ny\"", `control character U+000A in a string, write \u000a`, 6},
		{"a = \"x\x80\"", "not valid UTF-8", 6},
		{`a = v"1.2"`, `version "1.2"`, 4},
		{`a = v"1.2.3`, "no closing quote", 5},
		{`a = v "1.2.3"`, "want a literal, not v", 4},
		{`a = "x" "y"`, `want and, or, or the end, not "y"`, 8},
		{long, "string is 1025 bytes long, at most 1024", 2},
	} {
		_, err := capability.ParseFilter(tt.in)
		wantFault(t, err, tt.offset, tt.want)
	}
}

func TestParseFilter_limits(t *testing.T) {
	t.Parallel()
	chain := func(n int, cond, sep string) string { return strings.Repeat(cond+sep, n-1) + cond }
	list := func(n int) string { return "a in [" + strings.Join(numbers(n), ",") + "]" }
	parens := func(n int) string { return strings.Repeat("(", n) + "a=1" + strings.Repeat(")", n) }
	for _, tt := range []struct {
		name, in, want string
		offset         int
	}{
		{name: "255 conditions", in: chain(255, "a=1", " and ")},
		{name: "256 conditions", in: chain(256, "a=1", " and "), want: "has 257 nodes, at most 256", offset: -1},
		{name: "32 parentheses", in: parens(32)},
		{name: "33 parentheses", in: parens(33), want: "more than 32 levels", offset: 32},
		{name: "32 not", in: strings.Repeat("not ", 32) + "a=1"},
		{name: "33 not", in: strings.Repeat("not ", 33) + "a=1", want: "more than 32 levels", offset: 128},
		{name: "siblings are not levels", in: chain(60, "(not a=1)", "or")},
		{name: "256 literals", in: list(256)},
		{name: "257 literals", in: list(257), want: "more than 256 literals", offset: 6 + 10*2 + 90*3 + 156*4},
		{name: "4096 bytes", in: "a=1" + strings.Repeat(" ", 4093)},
		{name: "4097 bytes", in: "a=1" + strings.Repeat(" ", 4094), want: "is 4097 bytes long", offset: 4096},
		{name: "long in canonical form only", in: chain(4, list(256), " and "), want: "in canonical form is", offset: -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := capability.ParseFilter(tt.in)
			wantFault(t, err, tt.offset, tt.want)
		})
	}
}

func TestFilterAnd(t *testing.T) {
	t.Parallel()
	var zero capability.Filter
	a, ab, orr := mustFilter(t, "a = 1"), mustFilter(t, "a = 1 and b = 2"), mustFilter(t, "c = 3 or d = 4")
	for _, tt := range []struct {
		got  capability.Filter
		want string
	}{
		{capability.And(), ""},
		{capability.And(zero, zero), ""},
		{capability.And(zero, a), "a = 1"},
		{capability.And(a, ab, zero), "a = 1 and a = 1 and b = 2"},
		{capability.And(orr, a), "(c = 3 or d = 4) and a = 1"},
		{capability.And(a, mustFilter(t, "not a = 2")), "a = 1 and not a = 2"},
	} {
		if tt.got.String() != tt.want || !tt.got.Equal(mustFilter(t, tt.want)) || tt.got.Check() != nil {
			t.Errorf("And gives %q, want %q; check %v", tt.got, tt.want, tt.got.Check())
		}
	}
	deep := mustFilter(t, strings.Repeat("(a = 1 or not ", 16)+"b = 2"+strings.Repeat(")", 16))
	if err := deep.Check(); err != nil {
		t.Fatal(err)
	}
	many := mustFilter(t, strings.Repeat("a=1 and ", 199)+"a=1")
	wantFault(t, capability.And(many, many).Check(), -1, "has 401 nodes")
}

func TestFilterEquals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		value capability.Value
		text  string
	}{
		{"lang", capability.String(`a"b`), `lang = "a\"b"`},
		{"n", capability.Int(-1), `n = -1`},
		{"n", capability.Bool(true), `n = true`},
		{"n", version("1.0.0+b"), `n = v"1.0.0"`},
		{"n", capability.Set("b", "a"), `n = ["a", "b"]`},
	} {
		f := capability.Equals(tt.name, tt.value)
		if f.String() != tt.text || f.Check() != nil || !f.Equal(mustFilter(t, tt.text)) {
			t.Errorf("Equals(%q, %s) is %s, check %v", tt.name, tt.value, f, f.Check())
		}
		if !f.Match(mustAttrs(t, attr(tt.name, tt.value))) {
			t.Errorf("%s does not match its value", f)
		}
	}
}

func TestFilterEquals_badInputMatchesNothing(t *testing.T) {
	t.Parallel()
	attrs := mustAttrs(t, attr("a", capability.Int(1)), attr("in", capability.Int(1)))
	for _, f := range []capability.Filter{
		capability.Equals("a = 1 or a", capability.Int(1)),
		capability.Equals("", capability.Int(1)),
		capability.Equals("A", capability.Int(1)),
		capability.Equals("in", capability.Int(1)),
		capability.Equals("a", capability.Value{}),
		capability.Equals("a", capability.String("\x00")),
	} {
		if f.Match(attrs) || f.Check() == nil {
			t.Errorf("%s matches %t, check %v", f, f.Match(attrs), f.Check())
		}
		r := capability.Requirement{ID: capability.ID{Name: "x"}, Filter: f}
		if r.Check() == nil {
			t.Errorf("requirement %s is fine", r)
		}
	}
}
