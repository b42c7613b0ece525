package corpus

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/semver"
)

func gemOf(t *testing.T, text string) gemVersion {
	t.Helper()
	v, reason := parseGemVersion(text)
	if reason != "" {
		t.Fatalf("version %q %s", text, reason)
	}
	return v
}

func TestGemVersion_order(t *testing.T) {
	t.Parallel()
	// Groups of equal versions, the lowest first.
	groups := [][]string{
		{"0", "0.0", "00"},
		{"0.a"},
		{"0.0.1.a"},
		{"0.0.1"},
		{"0.9"},
		{"1.a"},
		{"1.0.a10.0", "1.a.10"},
		{"1.b"},
		{"1.0-rc.1", "1.0.pre.rc1"},
		{"1", "1.0", "1.0.0"},
		{"1.0.1.beta"},
		{"1.0.1"},
		{"1.2"},
		{"1.10"},
		{"2.0.0-1"},
		{"2"},
		{"104"},
		{"20161105123456"},
	}
	// A pre-release such as 0.a comes before the release of the same numbers.
	groups[0], groups[1] = groups[1], groups[0]
	for i, as := range groups {
		for j, bs := range groups {
			for _, a := range as {
				for _, b := range bs {
					got, want := gemOf(t, a).compare(gemOf(t, b)), 0
					if i != j {
						want = 1 - 2*btoi(i < j)
					}
					if got != want {
						t.Errorf("compare(%q, %q) = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestGemRequirement(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ constraint, yes, no string }{
		{"", "0 1 20.1", "1.a 1-1"},
		{">= 0", "0 1.0", "1.0.beta"},
		{"1.0", "1 1.0 1.0.0", "1.0.1 0.9 1.0.a"},
		{"= 2.0.0-beta1", "2.0.0-beta1 2.0.0.pre.beta1", "2.0.0 2.0.0-beta2"},
		{"!= 1.2", "1.1 1.2.1 0", "1.2 1.2.0 1.3.a"},
		{"~> 1", "1 1.9.9", "2 0.9 2.a"},
		{"~>1.2", "1.2 1.9", "1.1 2.0 1.9.a"},
		{"~> 1.2.3", "1.2.3 1.2.10", "1.2.2 1.3"},
		{"~> 1.2.0.4", "1.2.0.4 1.2.0.99", "1.2.1 1.2.0.3"},
		{"~> 2.2.0.a", "2.2.0.a 2.2.0 2.2.9 2.2.1.beta", "2.3.0 2.3.0.a 2.1"},
		{"~> 1.0.0-beta.1", "1.0.0-beta.2 1.0.5", "1.1.0 1.0.0-alpha 1.1.0-beta.1"},
		{"< 3.0, >= 2.2.0-pre.2", "2.2.0-pre.3 2.2.0 2.9", "2.2.0-pre.1 3.0"},
		{"< 5.2.0-x0, >= 4.0.0", "4.0.0 5.1.9 5.2.0-a", "5.2.0 5.2.0-x1"},
		{">1,<=2,!=1.5", "1.1 2.0", "1 1.5 2.0.1"},
	} {
		r, reason := parseGemRequirement(tt.constraint)
		if reason != "" {
			t.Errorf("%q %s", tt.constraint, reason)
		}
		for text := range strings.FieldsSeq(tt.yes) {
			if !r.admits(gemOf(t, text)) {
				t.Errorf("%q refuses %q", tt.constraint, text)
			}
		}
		for text := range strings.FieldsSeq(tt.no) {
			if r.admits(gemOf(t, text)) {
				t.Errorf("%q admits %q", tt.constraint, text)
			}
		}
	}
}

func TestGemRequirement_errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"~>":                             "has an operator without a version",
		"=> 1":                           "has an unknown operator",
		"> a":                            "does not start with a number",
		"1,":                             "has an operator without a version",
		"1..2":                           "has an empty segment",
		"1.2_3":                          "has a character that is no letter, digit, dot or hyphen",
		"1.é":                            "has a character that is no letter, digit, dot or hyphen",
		"9999999999999999999":            "has a number of more than 18 digits",
		"1." + strings.Repeat("1", 2000): "is longer than 1024 bytes",
	} {
		if _, reason := parseGemRequirement(text); reason != want {
			t.Errorf("%.40q: %q, want %q", text, reason, want)
		}
	}
	if _, reason := parseGemVersion(strings.Repeat("1", 2000)); reason == "" {
		t.Error("a version of 2000 bytes is accepted")
	}
}

// rangesOf are the ranges that constraints become among the versions.
func universeOf(t *testing.T, versions ...string) *gemUniverse {
	t.Helper()
	var gems []GemVersion
	for _, v := range versions {
		gems = append(gems, GemVersion{Name: "g", Version: v})
	}
	u, err := newGemUniverse(gems)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGemUniverse_ranges(t *testing.T) {
	t.Parallel()
	u := universeOf(t, "2.0", "1.0", "1.5.b", "3.0", "1.5.a", "1.5", "4.0.rc1", "0.9.pre")
	all, err := u.candidates()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(all), "g@1.0.0-1+0.9.pre\ng@1.0.0+1.0\ng@2.0.0-1+1.5.a\ng@2.0.0-2+1.5.b\n"+
		"g@2.0.0+1.5\ng@3.0.0+2.0\ng@4.0.0+3.0\ng@5.0.0-1+4.0.rc1\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for constraint, want := range map[string]string{
		"":               "*",
		">= 0":           "*",
		">= 1.5":         ">=2.0.0",
		"<= 1.5":         "<=2.0.0",
		"~> 1.2":         ">=2.0.0 <=2.0.0",
		"!= 1.5":         "<=1.0.0 || >=3.0.0",
		"> 9":            semver.None().String(),
		"~> 1.5.a, <2":   ">=2.0.0-1 <=2.0.0",
		">= 1.5.b, != 2": ">=2.0.0-2 <2.0.1-0 || >=4.0.0",
	} {
		r, err := u.require(GemDependency{Name: "g", Constraint: constraint})
		if err != nil {
			t.Fatal(err)
		}
		expected := semver.MustParseRange(want)
		wanted, _ := parseGemRequirement(constraint)
		if wanted.pre {
			expected, err = semver.ParseRangePrerelease(want)
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range u.places["g"] {
			if r.Range.Contains(p.version) != expected.Contains(p.version) || r.Range.Contains(p.version) != wanted.admits(p.parsed) {
				t.Errorf("%q is %q and says %v of %s (%s)", constraint, r.Range, r.Range.Contains(p.version), p.gem.Version, p.version)
			}
		}
	}
	if r, err := u.require(GemDependency{Name: "gone", Constraint: "~> 1"}); err != nil || r.String() != "module/gone" {
		t.Errorf("a gem that is not there: %s, %v", r, err)
	}
}

func TestGemUniverse_errors(t *testing.T) {
	t.Parallel()
	for _, gems := range [][]GemVersion{
		{{Name: "g", Version: "x"}},
		{{Name: "g", Version: "1"}, {Name: "g", Version: "1"}},
		{{Name: "g", Version: "1", Dependencies: []GemDependency{{Name: "h", Constraint: "?"}}}},
	} {
		u, err := newGemUniverse(gems)
		if err == nil {
			_, err = u.candidates()
		}
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%v: %v", gems, err)
		}
	}
}

// FuzzGemRequirement checks that a range among versions says what the constraint
// says of each.
func FuzzGemRequirement(f *testing.F) {
	f.Add("~> 1.2, != 1.5", "1.2 1.5 1.5.a 2.0 1.9-b")
	f.Add("< 5.2.0-x0, >= 4.0.0", "4 4.0 5.2.0 5.2.0-a 5.3.0.a")
	f.Add("", "0.a 1")
	f.Fuzz(func(t *testing.T, constraint, versions string) {
		wanted, reason := parseGemRequirement(constraint)
		if reason != "" {
			return
		}
		var gems []GemVersion
		texts := strings.Fields(versions)
		slices.Sort(texts)
		for _, text := range slices.Compact(texts) {
			gems = append(gems, GemVersion{Name: "g", Version: text})
		}
		u, err := newGemUniverse(gems)
		if err != nil {
			return
		}
		r, err := u.require(GemDependency{Name: "g", Constraint: constraint})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range u.places["g"] {
			if r.Range.Contains(p.version) != wanted.admits(p.parsed) {
				t.Errorf("%q as %q is wrong about %s (%s)", constraint, r.Range, p.gem.Version, p.version)
			}
			if i > 0 && u.places["g"][i-1].version.Compare(p.version) >= 0 {
				t.Errorf("%s is not after %s", p.version, u.places["g"][i-1].version)
			}
		}
	})
}
