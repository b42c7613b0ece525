package capability_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

func TestValueJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in        string
		value     capability.Value
		canonical string
	}{
		{`"s"`, capability.String("s"), `"s"`},
		{` "" `, capability.String(""), `""`},
		{`"\u00e9\/\ud83d\ude00\"\\"`, capability.String(`é/😀"\`), `"é/😀\"\\"`},
		{`"<&>\u2028"`, capability.String("<&>\u2028"), "\"<&>\u2028\""},
		{`0`, capability.Int(0), `0`},
		{`-0`, capability.Int(0), `0`},
		{`-12`, capability.Int(-12), `-12`},
		{`9007199254740991`, capability.Int(maxInt), `9007199254740991`},
		{`true`, capability.Bool(true), `true`},
		{"\t\r\n false", capability.Bool(false), `false`},
		{`[]`, capability.Set(), `[]`},
		{`[ "b" , "a", "b" ]`, capability.Set("a", "b"), `["a","b"]`},
		{`["😀", "\uffff"]`, capability.Set("\uffff", "😀"), "[\"\uffff\",\"😀\"]"},
		{`{"version":"1.2.3"}`, version("1.2.3"), `{"version":"1.2.3"}`},
		{`{ "ver\u0073ion" : "1.2.3-rc+b" }`, version("1.2.3-rc+b"), `{"version":"1.2.3-rc+b"}`},
	} {
		var v capability.Value
		if err := v.UnmarshalJSON([]byte(tt.in)); err != nil || !v.Equal(tt.value) {
			t.Errorf("%s reads as %s, %v; want %s", tt.in, v, err, tt.value)
		}
		out, err := v.MarshalJSON()
		if err != nil || string(out) != tt.canonical {
			t.Errorf("%s writes as %s, %v; want %s", v, out, err, tt.canonical)
		}
	}
}

func TestValueJSON_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, want string
		offset   int
	}{
		{``, "want a string, an integer", 0},
		{`null`, "want a string, an integer", 0},
		{`True`, "want a string, an integer", 0},
		{`truex`, "text after the end", 4},
		{`1 2`, "text after the end", 2},
		{`1.0`, "numbers are integers without fraction or exponent", 0},
		{`1e3`, "numbers are integers", 0},
		{`01`, "no leading zero", 0},
		{`-`, "want digits after '-'", 0},
		{`+1`, "want a string", 0},
		{`9007199254740992`, "integer 9007199254740992 is outside", 0},
		{`-99999999999999999999999999999999999999999`, "outside", 0},
		{`"`, "no closing quote", 1},
		{`"a`, "no closing quote", 2},
		{`"\`, "unknown escape", 1},
		{`"\x"`, "unknown escape", 1},
		{`"\b"`, "control character U+0008", 0},
		{`"\f"`, "control character U+000C", 0},
		{`"\r"`, "control character U+000D", 0},
		{`"\t"`, "control character U+0009", 0},
		{`"\u12"`, "four hex digits", 1},
		{`"\u12g4"`, "four hex digits", 1},
		{`"\ud83d"`, "surrogates in pairs", 1},
		{`"\ud83d\n"`, "surrogates in pairs", 1},
		{`"\ud83d\ud83d"`, "surrogates in pairs", 1},
		{`"\ude00\ud83d"`, "surrogates in pairs", 1},
		{"\"a\xff\"", "not valid UTF-8", 2},
		{"\"a\n\"", "unescaped control character U+000A", 2},
		{`"a\n"`, "string holds the control character U+000A", 0},
		{`"` + strings.Repeat("a", 1025) + `"`, "longer than 1024 bytes", 0},
		{`"` + strings.Repeat("a", 1<<16), "longer than 1024 bytes", 0},
		{`[1]`, "a set holds strings", 1},
		{`["a"`, "want ',' or ']'", 4},
		{`["a" "b"]`, "want ',' or ']'", 5},
		{`["a",]`, "a set holds strings", 5},
		{`[["a"]]`, "a set holds strings", 1},
		{`["a\u0000"]`, "set item holds the control character", 0},
		{"[" + strings.Repeat(`"a",`, 256) + `"a"]`, "more than 256 items", 1025},
		{`{}`, `the one member "version"`, 0},
		{`{"version":"1.2"}`, `version "1.2"`, 11},
		{`{"version":1}`, "want a string", 11},
		{`{"version" "1.2.3"}`, "want ':'", 11},
		{`{"Version":"1.2.3"}`, `the one member "version"`, 1},
		{`{"version":"1.2.3","version":"1.2.3"}`, `the one member "version"`, 19},
		{`{"version":"1.2.3","x":1}`, `the one member "version"`, 19},
		{`{1:2}`, "want a string", 1},
		{`{"version":"1.2.3"`, "want ',' or '}'", 18},
	} {
		v := capability.Int(5)
		wantFault(t, v.UnmarshalJSON([]byte(tt.in)), tt.offset, tt.want)
		if !v.Equal(capability.Int(5)) {
			t.Errorf("%s: the error left %s behind", tt.in, v)
		}
	}
}

func TestValueJSON_invalidIsNotWritten(t *testing.T) {
	t.Parallel()
	if _, err := json.Marshal(capability.String("\x00")); err == nil || !strings.Contains(err.Error(), "control character") {
		t.Errorf("error %v", err)
	}
	if got := string(capability.Value{}.AppendJSON([]byte("x"))); got != "xnull" {
		t.Errorf("AppendJSON of the zero value: %s", got)
	}
}

func TestAttrsJSON(t *testing.T) {
	t.Parallel()
	const in = ` { "zone" : "eu", "a" : 1, "tags":["b","a"], "min":{"version":"1.0.0"}, "a.b":true } `
	const canonical = `{"a":1,"a.b":true,"min":{"version":"1.0.0"},"tags":["a","b"],"zone":"eu"}`
	var a, b capability.Attrs
	if err := json.Unmarshal([]byte(in), &a); err != nil {
		t.Fatal(err)
	}
	if got := string(a.AppendJSON(nil)); got != canonical {
		t.Errorf("wrote %s", got)
	}
	out, err := json.Marshal(a)
	if err != nil || string(out) != canonical {
		t.Errorf("marshalled %s, %v", out, err)
	}
	if err := json.Unmarshal(out, &b); err != nil || !a.Equal(b) {
		t.Errorf("read back %v, %v", b, err)
	}
	if got, _ := json.Marshal(capability.Attrs{}); string(got) != "{}" {
		t.Errorf("empty is %s", got)
	}
	if err := json.Unmarshal([]byte("{}"), &b); err != nil || !b.IsZero() {
		t.Errorf("{} is %v, %v", b, err)
	}
}

func TestAttrsJSON_refuses(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i, n := range numbers(65) {
		many.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + `"a` + n + `":1`)
	}
	for _, tt := range []struct {
		in, want string
		offset   int
	}{
		{`null`, "want '{'", 0},
		{`[]`, "want '{'", 0},
		{`{`, "want a string", 1},
		{`{"a":1,}`, "want a string", 7},
		{`{"a" 1}`, "want ':'", 5},
		{`{"a":1 "b":2}`, "want ',' or '}'", 7},
		{`{"a":null}`, "want a string, an integer", 5},
		{`{"a":1.5}`, "numbers are integers", 5},
		{`{"A":1}`, `attribute name "A", byte 0: 'A' is upper case, write "a"`, 1},
		{`{"a":1, "a":1}`, `attribute "a" is given twice`, 8},
		{`{"a":1, "\u0061":2}`, `attribute "a" is given twice`, 8},
		{`{"a":1}x`, "text after the end", 7},
		{many.String() + "}", "more than 64 attributes", strings.Index(many.String(), `"a64"`)},
	} {
		var a capability.Attrs
		err := a.UnmarshalJSON([]byte(tt.in))
		wantFault(t, err, tt.offset, tt.want)
	}
}
