package semver

import (
	"errors"
	"slices"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"1.2.3", "0.0.0-0", "1.0.0-alpha.1+build.5", "9007199254740991.0.0", "1.0.0-a.0.0",
		"", "v1.2.3", "1.2", "01.2.3", "1.0.0-01", "1.0.0-", "1.0.0+", "9007199254740992.0.0", "1.2.3-é",
	} {
		f.Add(s, "1.0.0-rc.1")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		v, err := Parse(s)
		if err != nil {
			se, ok := errors.AsType[*SyntaxError](err)
			if !ok || se.Reason == "" || v != (Version{}) {
				t.Fatalf("Parse(%q) = %v, %v", s, v, err)
			}
			return
		}
		if v.String() != s {
			t.Errorf("Parse(%q) has the text %q", s, v)
		}
		if r := Exactly(v); !r.Contains(v) || r.IsEmpty() {
			t.Errorf("Exactly(%q) = %q", s, r)
		}
		w, err := Parse(other)
		if err != nil {
			return
		}
		if v.Compare(w) != -w.Compare(v) || v.Compare(v) != 0 {
			t.Errorf("%q and %q compare as %d and %d", s, other, v.Compare(w), w.Compare(v))
		}
		if Exactly(v).Equal(Exactly(w)) != (v.Compare(w) == 0) {
			t.Errorf("Exactly of %q and %q disagrees with Compare", s, other)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{
		"", "*", "1.2.3", "^1.2.3-beta.2", "~>1.2", "1.2.3 - 2.3", ">=1.0.0 <2.0.0 || pre:>=1.0.0-0 <2.0.0-0",
		"<0.0.0-0", "* || pre:*", ">1.0.0-a.0 <=1.0.1-b", "1.x || >=2.5.0 || 5.0.0 - 7.2.3", "<9007199254740991",
		"1.x.3", "> 1.2.3\t<2", "^v0.0.1-a+b", "pre:", "||", "1 -", ">",
	} {
		f.Add(s, "^1.2.3-a.0 || 0.1.x")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		a, err := ParseRange(s)
		if err != nil {
			se, ok := errors.AsType[*SyntaxError](err)
			if !ok || se.Reason == "" || !a.IsAny() {
				t.Fatalf("ParseRange(%q) = %q, %v", s, a, err)
			}
			return
		}
		checkRoundTrip(t, a)
		wide, err := ParseRangePrerelease(s)
		if err == nil {
			checkRoundTrip(t, wide)
		}
		b, err := ParseRange(other)
		if err != nil {
			return
		}
		checkAlgebra(t, a, b, wide)
		for _, r := range []Range{a.Union(b), a.Intersect(b), a.Complement(), b.Complement()} {
			if r.readable() {
				checkRoundTrip(t, r)
			}
			rel, pre := r.parts()
			for _, s := range slices.Concat(rel, pre) {
				if v := s.lo.version(); !r.Contains(v) {
					t.Errorf("%q does not hold its first version %v", r, v)
				}
			}
		}
	})
}
