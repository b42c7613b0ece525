package manifest

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

// The vectors are those of RFC 8785, appendix B.
func TestAppendNumber_followsRFC8785(t *testing.T) {
	t.Parallel()
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		if got := string(appendNumber(nil, math.Float64frombits(bits))); got != want {
			t.Errorf("%016x is written %s, want %s", bits, got, want)
		}
	}
}

func TestCanonicalise(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"space", " { \"a\" : [ 1 ,\t2 ] }\r\n", `{"a":[1,2]}`},
		{"scalars", `[null, true, false, "", -0, 0.0, 1E2]`, `[null,true,false,"",0,0,100]`},
		{"empty", `{"a":{},"b":[]}`, `{"a":{},"b":[]}`},
		{"sorted inside", `{"b":{"d":1,"c":2},"a":0}`, `{"a":0,"b":{"c":2,"d":1}}`},
		{"prefix first", `{"aa":1,"a":2,"":3}`, `{"":3,"a":2,"aa":1}`},
		// RFC 8785, section 3.2.2.
		{
			"RFC values", `{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
				`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		// RFC 8785, section 3.2.3.
		{
			"RFC order", `{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		},
		{"no needless escapes", `"<>&\u2028\u007f\/"`, "\"<>&\u2028\u007f/\""},
		{"control characters", `"\u0000\b\t\n\f\r\u001f"`, `"\u0000\b\t\n\f\r\u001f"`},
		{"largest integers", `[9007199254740991,-9007199254740991]`, `[9007199254740991,-9007199254740991]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonicalise([]byte(tt.in))
			if err != nil || string(got) != tt.want {
				t.Fatalf("got  %s, %v\nwant %s", got, err, tt.want)
			}
			again, err := Canonicalise(got)
			if err != nil || !bytes.Equal(again, got) {
				t.Errorf("its canonical form is %s, %v", again, err)
			}
		})
	}
}

func TestCanonicalise_refuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, "line 1, column 1: the text ends where a value is expected"},
		{"integer too large", `{"a":[1,9007199254740992]}`, `line 1, column 9: a[1]: "9007199254740992" is too large for an exact integer`},
		{"integer with exponent", `1e20`, "too large for an exact integer"},
		{"long integer", `1000000000000000000000000`, "too large for an exact integer"},
		{"infinite", `1e309`, "too large for a number"},
		{"NaN", `NaN`, "'N' stands where a value is expected"},
		{"half pair", `"\ud800"`, "half a surrogate pair"},
		{"low half first", `"\udc00\ud800"`, "half a surrogate pair"},
		{"half pair and letter", `"\ud800a"`, "half a surrogate pair"},
		{"not UTF-8", "\"\xff\"", "line 1, column 2: byte 0xff is not UTF-8"},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", "is not UTF-8"},
		{"byte order mark", "\ufeff1", "byte order mark"},
		{"twice", `{"a":1,"\u0061":2}`, "line 1, column 8: a: stands twice in one object"},
		{"twice deep", `[{"a b":{"b":1,"c":0,"b":2}}]`, `[0]["a b"].b: stands twice`},
		{"two documents", "{}\n{}", "line 2, column 1: '{' follows the document"},
		{"deep", deep, "nested too deeply"},
		{"large", `"` + strings.Repeat("x", MaxSize) + `"`, "262146 bytes are too many"},
		{"grows", "[" + strings.Repeat("1e-6,", MaxSize/6) + "1]", "bytes of canonical form are too many"},
		{"comma at end", `[1,]`, "a comma stands before the closing bracket"},
		{"comma alone", `[,1]`, "',' stands where a value is expected"},
		{"no comma", `[1 2]`, "'2' stands where a comma or ']' is expected"},
		{"bare name", `{a:1}`, "'a' stands where a name in double quotes is expected"},
		{"no colon", `{"a" 1}`, "'1' stands where a colon is expected"},
		{"open", `{"a":[1`, "a: the text ends where a comma or ']' is expected"},
		{"line break in string", "\"a\nb\"", "a control character stands in a string"},
		{"escaped then control", "\"\\n\x01\"", "a control character stands in a string"},
		{"open string", `"abc`, "the string does not end"},
		{"open escaped string", `"a\n`, "the string does not end"},
		{"bad escape", `"\x41"`, "an escape is not one of JSON's"},
		{"bad hex", `"\u00g0"`, "four hexadecimal digits"},
		{"leading zero", `01`, "is not a JSON number"},
		{"plus", `+1`, "'+' stands where a value is expected"},
		{"point", `1.`, "digits must follow the point"},
		{"exponent", `1e+`, "digits must follow the e"},
		{"minus", `-`, "is not a JSON number"},
		{"word", `nul`, "'n' stands where a value"},
		{"comment", "{} // x", "'/' follows the document"},
		{"NUL", "{}\x00", "byte 0x00 follows the document"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonicalise([]byte(tt.in))
			if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.40q, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestCompareUTF16_isTheOrderOfCodeUnits(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	runes := []rune("a\x00zéß\ud7ff\ue000\ufb33\uffff😀\U00010000\U0010ffff")
	random := func() string {
		s := make([]rune, rng.IntN(5))
		for i := range s {
			s[i] = runes[rng.IntN(len(runes))]
		}
		return string(s)
	}
	for range 20_000 {
		a, b := random(), random()
		want := compareUnits(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		if got := compareUTF16(a, b); got < 0 != (want < 0) || got > 0 != (want > 0) {
			t.Fatalf("compare %q with %q: got %d, want %d", a, b, got, want)
		}
	}
}

func compareUnits(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func TestCanonicalise_keepsTheValue(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		value := randomValue(rng, 4)
		indented, err := json.MarshalIndent(value, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		a, errA := Canonicalise(indented)
		b, errB := Canonicalise(plain)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("two spellings: %s, %v and %s, %v", a, errA, b, errB)
		}
		var back any
		if err := json.Unmarshal(a, &back); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(again, plain) {
			t.Fatalf("%s became %s, %v", plain, again, err)
		}
	}
}

// randomValue makes a JSON value out of parts that are awkward to write.
func randomValue(rng *rand.Rand, depth int) any {
	names := []string{"", "a", "A", "é", "\u2028", "<", "\x01", "\"", "\\", "😀", "\ue000"}
	kind := rng.IntN(6)
	if depth == 0 {
		kind = rng.IntN(4)
	}
	switch kind {
	case 0:
		return names[rng.IntN(len(names))] + names[rng.IntN(len(names))]
	case 1:
		return float64(rng.Int64N(2*MaxInteger) - MaxInteger)
	case 2:
		return rng.NormFloat64() * math.Pow(10, float64(rng.IntN(30)-15)) / 3
	case 3:
		return []any{nil, true, false}[rng.IntN(3)]
	case 4:
		list := make([]any, rng.IntN(4))
		for i := range list {
			list[i] = randomValue(rng, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for range rng.IntN(5) {
		object[names[rng.IntN(len(names))]] = randomValue(rng, depth-1)
	}
	return object
}
