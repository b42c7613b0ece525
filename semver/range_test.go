package semver

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseRange_canonicalText(t *testing.T) {
	t.Parallel()
	const highest = "9007199254740991"
	tests := []struct{ in, want string }{
		{"", "*"},
		{"*", "*"},
		{"x", "*"},
		{" || 1.2.3", "*"},
		{">=0.0.0", "*"},
		{"1.2.3", "1.2.3"},
		{"=v1.2.3+build", "1.2.3"},
		{">=1.2.3 <=1.2.3", "1.2.3"},
		{">1.2.3", ">=1.2.4"},
		{"<=1.2.3", "<1.2.4"},
		{"<0.0.1", "0.0.0"},
		{"<0.0.0", "<0.0.0-0"},
		{">2 <1", "<0.0.0-0"},
		{"<*", "<0.0.0-0"},
		{"1", ">=1.0.0 <2.0.0"},
		{"1.2.x", ">=1.2.0 <1.3.0"},
		{"~1.2.3", ">=1.2.3 <1.3.0"},
		{"~>1.2", ">=1.2.0 <1.3.0"},
		{"~ 1", ">=1.0.0 <2.0.0"},
		{"^1.2.3", ">=1.2.3 <2.0.0"},
		{"^0.2.3", ">=0.2.3 <0.3.0"},
		{"^0.0.3", "0.0.3"},
		{"^0.0", "<0.1.0"},
		{"^0", "<1.0.0"},
		{"1.2.3 - 2.3.4", ">=1.2.3 <2.3.5"},
		{"1.2 - 2.3", ">=1.2.0 <2.4.0"},
		{"* - 2", "<3.0.0"},
		{">1.2", ">=1.3.0"},
		{"<=1.2", "<1.3.0"},
		{"1.x || >=2.5.0 || 5.0.0 - 7.2.3", ">=1.0.0 <2.0.0 || >=2.5.0"},
		{"1.x || 2.x", ">=1.0.0 <3.0.0"},
		{"<1.0.0 || >1.0.0", "<1.0.0 || >=1.0.1"},
		{"3.0.0 || 1.0.0 || 2.0.0", "1.0.0 || 2.0.0 || 3.0.0"},

		{"1.2.3-rc.1", "1.2.3-rc.1"},
		{"1.2.3-a.0", "1.2.3-a.0"},
		{">=1.2.3-a.0 <1.2.3-a.0.0", "1.2.3-a.0"},
		{"^1.2.3-beta.2", ">=1.2.3-beta.2 <2.0.0"},
		{">1.2.3-beta", ">=1.2.3-beta.0"},
		{"<1.2.3-beta.0", "<=1.2.3-beta"},
		{"<1.2.3-beta", "<1.2.3-beta"},
		{">=1.0.0-a <2.0.0-b", ">=1.0.0-a <2.0.0-b"},
		{">=1.2.3-a <1.2.3-b", ">=1.2.3-a <1.2.3-b"},
		{">=1.2.3-a <1.2.3", ">=1.2.3-a <1.2.3"},
		{">=1.2.3-a <=1.2.3", ">=1.2.3-a <1.2.4"},
		{">=1.2.3-a <1.2.4-b", ">=1.2.3-a <1.2.4-b"},
		{"^1.2.3-a || ^1.2.4-b", ">=1.2.3-a <2.0.0 || >=1.2.4-b <1.2.4"},
		{"* || 1.0.0-rc", "* || 1.0.0-rc"},
		{"1.0.0 || 1.0.0-rc", "1.0.0-rc || 1.0.0"},
		{"<1.0.0 || >=1.0.0-0 <1.0.0", "<1.0.0 || >=1.0.0-0 <1.0.0"},
		{">=0.0.0-0", ">=0.0.0-0"},
		{"^1.2.x-alpha", ">=1.2.0 <2.0.0"},

		{"^" + highest, ">=" + highest + ".0.0"},
		{"~1." + highest, ">=1." + highest + ".0 <2.0.0"},
		{">1.2." + highest, ">=1.3.0"},
		{"1.2." + highest, "1.2." + highest},
		{">" + highest + "." + highest + "." + highest, "<0.0.0-0"},

		{"pre:*", "pre:*"},
		{"pre: >=1.0.0-0  <2", "pre:>=1.0.0-0 <2.0.0-0"},
		{"pre:<1.0.0", "pre:<1.0.1-0"},
		{"pre:>=1.0.0", "pre:>=1.0.1-0"},
		{"pre:1.2.3-a", "1.2.3-a"},
		{"pre:1.2.3", "<0.0.0-0"},
		{"pre:>=1.0.0-0 <1.0.2-0", ">=1.0.0-0 <1.0.0 || >=1.0.1-0 <1.0.1"},
		{"pre:>=1.0.0-0 <1.0.3-0", "pre:>=1.0.0-0 <1.0.3-0"},
	}
	for _, tt := range tests {
		r, err := ParseRange(tt.in)
		if err != nil || r.String() != tt.want {
			t.Errorf("ParseRange(%q) = %q, %v, want %q", tt.in, r, err, tt.want)
			continue
		}
		checkRoundTrip(t, r)
	}
}

func TestParseRangePrerelease_canonicalText(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"*", "* || pre:*"},
		{"1.2.3", "1.2.3"},
		{">=1.0.0", ">=1.0.0 || pre:>=1.0.1-0"},
		{">=0.0.0", "* || pre:>=0.0.1-0"},
		{"^1", ">=1.0.0 <2.0.0 || pre:>=1.0.0-0 <2.0.0-0"},
		{"^1.2.3", ">=1.2.3 <2.0.0 || pre:>=1.2.4-0 <2.0.0-0"},
		{"^0.0.3", "0.0.3"},
		{"~1.2.3-rc", ">=1.2.3 <1.3.0 || pre:>=1.2.3-rc <1.3.0-0"},
		{"1.2.3 - 2.3.4", ">=1.2.3 <2.3.5 || pre:>=1.2.3-0 <2.3.5-0"},
		{"<1.0.0", "<1.0.0 || pre:<1.0.1-0"},
		{"<1", "<1.0.0 || pre:<1.0.0-0"},
		{">1.2", ">=1.3.0 || pre:>=1.3.0-0"},
		{"<*", "<0.0.0-0"},
	}
	for _, tt := range tests {
		r, err := ParseRangePrerelease(tt.in)
		if err != nil || r.String() != tt.want {
			t.Errorf("ParseRangePrerelease(%q) = %q, %v, want %q", tt.in, r, err, tt.want)
			continue
		}
		checkRoundTrip(t, r)
	}
}

func TestParseRange_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		reasonNoNumber:  {"a", "1.2.", "1..2", "-", "> >1", "==1.2", "^=1", "vv1", "||a", "1 .2 .3", "x.y", "!1.0.0", "pre:pre:*", "1 && 2", ">=,1"},
		reasonParts:     {"1-rc", "1.2-rc", "1.2+build", "1.2>3", "1|2", "1.2\u0085"},
		reasonTrailing:  {"1.2.3.4", "1.2.3*", "1.2.3rc", ">1.2.3<2", "1.2.3,", "1.x.x.x"},
		reasonZero:      {"01", "^1.02", "1.2.03"},
		reasonBigNumber: {"9007199254740992", "<1.9007199254740992", "^*.9007199254740992"},
		reasonIdentZero: {"1.2.3-01"},
		reasonIdentChar: {"1.2.3-rc~"},
		reasonGap:       {"1.x.3", ">=x.1", "*.*.1"},
		reasonOperator:  {">", "~", "^ ", "1.0.0 <", ">= || 1"},
		reasonHyphen:    {"1.2.3 -", "1 - 2 3", "1 - 2 - 3", "1 - || 2"},
		reasonEmptyPre:  {"pre:", "1 || pre: "},
		reasonLong:      {"^1.2.3-" + strings.Repeat("a", 256)},
	}
	for reason, inputs := range tests {
		for _, in := range inputs {
			r, err := ParseRange(in)
			se, ok := errors.AsType[*SyntaxError](err)
			if !ok || se.Reason != reason || !r.IsAny() {
				t.Errorf("ParseRange(%q) = %q, %v, want the reason %q", in, r, err, reason)
			}
		}
	}
}

func TestParseRange_limits(t *testing.T) {
	t.Parallel()
	repeat := func(n int, sep, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(parts, sep)
	}
	far := "90071992547409.90071992547409.%[1]d-a"
	tests := []struct{ name, in, want string }{
		{"bytes", strings.Repeat(" ", 4095) + "1", ""},
		{"too many bytes", strings.Repeat(" ", 4096) + "1", reasonRangeLong},
		{"alternatives", repeat(64, "||", "2.%d.0"), ""},
		{"too many alternatives", repeat(65, "||", "2.%d.0"), reasonAlternatives},
		{"comparators", repeat(64, " ", ">2.%d"), ""},
		{"too many comparators", repeat(65, " ", ">2.%d"), reasonComparators},
		{"canonical text", repeat(43, "||", far), ""},
		{"too many canonical alternatives", repeat(60, "||", ">=1.%[1]d.0-a <100.%[1]d.0-b"), reasonComplex},
		{"too long a canonical text", repeat(64, "||", "^"+far+"."+strings.Repeat("b", 8)), reasonComplex},
	}
	for _, tt := range tests {
		r, err := ParseRange(tt.in)
		reason := ""
		if se, ok := errors.AsType[*SyntaxError](err); ok {
			reason = se.Reason
		}
		if reason != tt.want {
			t.Errorf("%s: error %v, want the reason %q", tt.name, err, tt.want)
			continue
		}
		checkRoundTrip(t, r)
	}
}

func TestRange_longPrerelease(t *testing.T) {
	t.Parallel()
	longest := "1.0.0-" + strings.Repeat("a", 250)
	for _, in := range []string{">" + longest, "<=" + longest, longest, ">" + longest[:255], ">" + longest[:254]} {
		checkRoundTrip(t, MustParseRange(in))
		checkRoundTrip(t, MustParseRange(in).Complement())
	}
	if got := MustParseRange(">" + longest).String(); got != ">"+longest {
		t.Errorf("text names a version of more than 256 bytes: %q", got)
	}
}

func TestRange_contains(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, holds, misses string }{
		{"*", "0.0.0 1.2.3+b 9007199254740991.0.0", "0.0.0-0 1.2.3-rc"},
		{"<0.0.0-0", "", "0.0.0 0.0.0-0 1.0.0"},
		{"^1.2.3-beta", "1.2.3-beta 1.2.3-rc.1+b 1.2.3 1.9.9", "1.2.3-alpha 1.3.0-rc 2.0.0-0 2.0.0"},
		{"* || pre:*", "0.0.0-0 0.0.0 1.0.0-rc 9007199254740991.9007199254740991.9007199254740991-z", ""},
		{"pre:>=1.0.0-0 <2.0.0-0", "1.0.0-0 1.5.0-rc", "1.0.0 1.5.0 2.0.0-0 0.9.9-z"},
		{"1.0.0 || 2.0.0 || 3.0.0", "1.0.0 2.0.0 3.0.0", "0.0.0 1.0.1 2.0.0-a 4.0.0"},
		{">=0.0.0 <0.0.0-beta", "0.0.0-alpha", "0.0.0-beta 0.0.0"},
	}
	for _, tt := range tests {
		r := MustParseRange(tt.in)
		for s := range strings.FieldsSeq(tt.holds) {
			if !r.Contains(MustParse(s)) {
				t.Errorf("%q does not hold %s", tt.in, s)
			}
		}
		for s := range strings.FieldsSeq(tt.misses) {
			if r.Contains(MustParse(s)) {
				t.Errorf("%q holds %s", tt.in, s)
			}
		}
	}
}

func TestRange_zeroValueIsAny(t *testing.T) {
	t.Parallel()
	var zero Range
	all := MustParseRange("<1 || >=1")
	if !zero.IsAny() || zero.IsEmpty() || zero.String() != "*" || !all.IsAny() || !zero.Equal(all) || all != zero {
		t.Errorf("zero value is %q, IsAny %v", zero, zero.IsAny())
	}
	if !None().IsEmpty() || None().IsAny() || None().String() != "<0.0.0-0" || None().Equal(zero) {
		t.Errorf("None is %q", None())
	}
	if MustParseRange("* || pre:*").IsAny() {
		t.Error("a range with pre-releases is called any")
	}
}

func TestExactly_holdsOneVersion(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0.0.0", "1.2.3", "1.2.9007199254740991", "1.0.0-0", "1.0.0-a.0", "1.0.0-a.0.0", "1.2.3-rc.1"} {
		r := Exactly(MustParse(s + "+build"))
		if r.String() != s || !r.Equal(MustParseRange("="+s)) || !r.Contains(MustParse(s)) {
			t.Errorf("Exactly(%s) = %q", s, r)
		}
	}
}

func TestRange_text(t *testing.T) {
	t.Parallel()
	type doc struct {
		Range Range `json:",omitzero"`
	}
	var d doc
	if err := json.Unmarshal([]byte(`{"Range":"^1.2"}`), &d); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(d); err != nil || string(b) != `{"Range":"\u003e=1.2.0 \u003c2.0.0"}` {
		t.Errorf("Marshal = %s, %v", b, err)
	}
	if b, err := d.Range.MarshalText(); err != nil || string(b) != ">=1.2.0 <2.0.0" {
		t.Errorf("MarshalText = %s, %v", b, err)
	}
	if err := d.Range.UnmarshalText([]byte("nope")); err == nil || d.Range.String() != ">=1.2.0 <2.0.0" {
		t.Errorf("UnmarshalText of a bad text: %v, range now %q", err, d.Range)
	}
	if b, err := json.Marshal(doc{MustParseRange("x")}); err != nil || string(b) != `{}` {
		t.Errorf("Marshal of any = %s, %v", b, err)
	}
}

// checkRoundTrip reports a canonical text that does not read back.
func checkRoundTrip(t *testing.T, r Range) {
	t.Helper()
	text := r.String()
	back, err := ParseRange(text)
	if err != nil || !back.Equal(r) || back.String() != text {
		t.Errorf("%q reads back as %q, %v", text, back, err)
	}
}
