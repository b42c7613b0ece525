package semver

import (
	"cmp"
	"strings"
	"testing"
)

func TestVersionCompare_orders(t *testing.T) {
	t.Parallel()
	ordered := []string{
		"0.0.0-0", "0.0.0-a", "0.0.0", "0.0.1-0", "0.0.1", "0.1.0",
		"1.0.0--", "1.0.0-A", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.1.0", "1.0.0-alpha.beta",
		"1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-beta.99999999999999999998",
		"1.0.0-beta.99999999999999999999", "1.0.0-beta.100000000000000000000",
		"1.0.0-beta.2a", "1.0.0-beta-", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
		"9007199254740991.0.0",
	}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := MustParse(a).Compare(MustParse(b)), cmp.Compare(i, j); got != want {
				t.Errorf("%s compared with %s is %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestVersionCompare_ignoresBuild(t *testing.T) {
	t.Parallel()
	a, b := MustParse("1.0.0-rc.1+a"), MustParse("1.0.0-rc.1+b")
	if a.Compare(b) != 0 || a == b {
		t.Errorf("Compare = %d, == is %v, want 0 and false", a.Compare(b), a == b)
	}
}

// Allocations are counted outside of parallel tests, as the testing package asks.
func TestHotPaths_doNotAllocate(t *testing.T) {
	long := "1.2.3-rc." + strings.Repeat("9", 100) + "+build"
	v, w := MustParse(long), MustParse("1.2.3-rc.9")
	many := MustParseRange("1.0.0-a || 1.0.0-b || 2.x || 4.x || 6.x || >=8.0.0-rc")
	for name, f := range map[string]func(){
		"Parse":      func() { _, _ = Parse("1.2.3") },
		"Parse long": func() { _, _ = Parse(long) },
		"Compare":    func() { v.Compare(w) },
		"Contains":   func() { many.Contains(v) },
		"Equal":      func() { many.Equal(many) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
