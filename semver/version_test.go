package semver

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unsafe"
)

func TestParse_readsEveryPart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in                  string
		major, minor, patch uint64
		pre, build          string
	}{
		{"0.0.0", 0, 0, 0, "", ""},
		{"1.2.3", 1, 2, 3, "", ""},
		{"10.20.30", 10, 20, 30, "", ""},
		{"9007199254740991.9007199254740991.9007199254740991", maxNumber, maxNumber, maxNumber, "", ""},
		{"1.0.0-0", 1, 0, 0, "0", ""},
		{"1.0.0-rc.1", 1, 0, 0, "rc.1", ""},
		{"1.0.0-alpha-a.b-c", 1, 0, 0, "alpha-a.b-c", ""},
		{"1.0.0---", 1, 0, 0, "--", ""},
		{"1.0.0-0A.is.legal", 1, 0, 0, "0A.is.legal", ""},
		{"1.0.0-99999999999999999999999", 1, 0, 0, "99999999999999999999999", ""},
		{"1.0.0+001", 1, 0, 0, "", "001"},
		{"1.0.0+a-b.c", 1, 0, 0, "", "a-b.c"},
		{"1.0.0-rc.1+build.123", 1, 0, 0, "rc.1", "build.123"},
		{"1.0.0+a-rc.1", 1, 0, 0, "", "a-rc.1"},
	}
	for _, tt := range tests {
		v, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if v.Major() != tt.major || v.Minor() != tt.minor || v.Patch() != tt.patch ||
			v.Prerelease() != tt.pre || v.Build() != tt.build || v.IsPrerelease() != (tt.pre != "") {
			t.Errorf("Parse(%q) = %d %d %d %q %q", tt.in, v.Major(), v.Minor(), v.Patch(), v.Prerelease(), v.Build())
		}
		if v.String() != tt.in {
			t.Errorf("Parse(%q).String() = %q", tt.in, v)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		reasonNoNumber:   {"", "v1.2.3", "=1.2.3", " 1.2.3", "-1.0.0", "1..0", "1.2.", ".1.2", "alpha", "x", "*", "1.x.0", "+1.2.3"},
		reasonParts:      {"1", "1.2", "1-rc", "1.2-rc", "1.2+b", "1 .2.3", "1,2,3"},
		reasonTrailing:   {"1.2.3.4", "1.2.3 ", "1.2.3rc", "1.2.3\n", "1.2.3 - 2.0.0", "1.2.3 +b"},
		reasonZero:       {"01.1.1", "1.01.1", "1.1.01", "00.0.0"},
		reasonBigNumber:  {"9007199254740992.0.0", "0.9007199254740992.0", "0.0.99999999999999999999999", "0.0.18446744073709551617"},
		reasonIdentEmpty: {"1.0.0-", "1.0.0+", "1.0.0-+b", "1.0.0-a..b", "1.0.0-a.", "1.0.0-.a", "1.0.0+b.", "1.0.0-rc+"},
		reasonIdentChar:  {"1.0.0-ä", "1.0.0-a_b", "1.0.0+a+b", "1.0.0-a b", "1.0.0-\x00", "1.0.0+ü"},
		reasonIdentZero:  {"1.0.0-01", "1.0.0-a.00", "1.0.0-0.01+1"},
		reasonLong:       {"1.0.0-" + strings.Repeat("a", 251)},
	}
	for reason, inputs := range tests {
		for _, in := range inputs {
			v, err := Parse(in)
			se, ok := errors.AsType[*SyntaxError](err)
			if !ok || se.Reason != reason || v != (Version{}) {
				t.Errorf("Parse(%q) = %v, %v, want the reason %q", in, v, err, reason)
			}
		}
	}
	longest := "1.0.0-" + strings.Repeat("a", 250)
	if _, err := Parse(longest); err != nil {
		t.Errorf("Parse of 256 bytes: %v", err)
	}
}

func TestNew_checksNumbers(t *testing.T) {
	t.Parallel()
	if v, err := New(1, 2, maxNumber); err != nil || v != MustParse("1.2.9007199254740991") {
		t.Errorf("New = %v, %v", v, err)
	}
	for _, n := range [][3]uint64{{maxNumber + 1, 0, 0}, {0, maxNumber + 1, 0}, {0, 0, 1<<64 - 1}} {
		v, err := New(n[0], n[1], n[2])
		if _, ok := errors.AsType[*SyntaxError](err); !ok || v != (Version{}) {
			t.Errorf("New(%v) = %v, %v, want a SyntaxError", n, v, err)
		}
	}
}

func TestMust_panicsOnError(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"MustParse":      func() { MustParse("1") },
		"MustParseRange": func() { MustParseRange("a") },
	} {
		func() {
			defer func() {
				if _, ok := recover().(*SyntaxError); !ok {
					t.Errorf("%s did not panic with a *SyntaxError", name)
				}
			}()
			f()
		}()
	}
}

func TestVersion_text(t *testing.T) {
	t.Parallel()
	type doc struct{ Version Version }
	var d doc
	const text = `{"Version":"1.2.3-rc.1+b"}`
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Version != MustParse("1.2.3-rc.1+b") {
		t.Fatalf("Unmarshal = %v, %v", d.Version, err)
	}
	if b, err := json.Marshal(d); err != nil || string(b) != text {
		t.Errorf("Marshal = %s, %v", b, err)
	}
	if b, err := d.Version.AppendText([]byte("@")); err != nil || string(b) != "@1.2.3-rc.1+b" {
		t.Errorf("AppendText = %s, %v", b, err)
	}
	if err := d.Version.UnmarshalText([]byte("1.2")); err == nil || d.Version != MustParse("1.2.3-rc.1+b") {
		t.Errorf("UnmarshalText of a bad text: %v, version now %v", err, d.Version)
	}
	var zero Version
	if zero.String() != "0.0.0" || zero != MustParse("0.0.0") {
		t.Errorf("zero value is %v", zero)
	}
}

func TestSyntaxError_isShort(t *testing.T) {
	t.Parallel()
	_, err := Parse(strings.Repeat("ä", 100))
	if se, ok := errors.AsType[*SyntaxError](err); !ok || se.Input != strings.Repeat("ä", 32)+"…" {
		t.Errorf("Input = %q", se.Input)
	}
	_, err = Parse("x" + strings.Repeat("ä", 100))
	if se, ok := errors.AsType[*SyntaxError](err); !ok || se.Input != "x"+strings.Repeat("ä", 31)+"…" {
		t.Errorf("Input = %q, want a cut between characters", se.Input)
	}
	_, err = Parse("1.2\n")
	if want := `parse "1.2\n": ` + reasonParts; err.Error() != want {
		t.Errorf("Error() = %q, want %q", err, want)
	}
}

func TestValues_areSmall(t *testing.T) {
	t.Parallel()
	if n := unsafe.Sizeof(Version{}); n > 56 {
		t.Errorf("Version has %d bytes", n)
	}
	if n := unsafe.Sizeof(Range{}); n != unsafe.Sizeof(uintptr(0)) {
		t.Errorf("Range has %d bytes", n)
	}
}
