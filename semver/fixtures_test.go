package semver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// fixturesFile holds node-semver's own test tables as JSON; it is data beside
// the project and not part of it.
const fixturesFile = "../../shared/data/node-semver/fixtures.json"

// Reasons to leave a row of the fixtures out.
const (
	skipLoose     = "the row is for node's loose option"
	skipStrict    = "the version has a prefix or spaces, which Parse refuses"
	skipNoText    = "the version is no text"
	skipOperation = "the operation is not part of this package"
	skipInside    = "node calls a pre-release that the range excludes inside its interval outside"
)

// fixtureRow is one row: texts, numbers, and options of JavaScript at the end.
type fixtureRow []any

// truthy is JavaScript's idea of true.
func truthy(v any) bool {
	return v != nil && v != false && v != 0.0 && v != ""
}

// options reads node's options at index i. Anything true that is no object
// means loose.
func (r fixtureRow) options(i int) (loose, everyPre bool) {
	if i >= len(r) {
		return false, false
	}
	if o, ok := r[i].(map[string]any); ok {
		return truthy(o["loose"]), truthy(o["includePrerelease"])
	}
	return truthy(r[i]), false
}

// parse reads the range and the version of a row with options at index 2.
func (r fixtureRow) parse(t *testing.T) (rg Range, v Version, skip string) {
	t.Helper()
	loose, everyPre := r.options(2)
	text, isText := r[1].(string)
	switch {
	case loose:
		return rg, v, skipLoose
	case !isText:
		return rg, v, skipNoText
	case strings.HasPrefix(text, "v"):
		mustRefuse(t, text)
		return rg, v, skipStrict
	}
	parse := ParseRange
	if everyPre {
		parse = ParseRangePrerelease
	}
	rg, err := parse(r[0].(string))
	if err != nil {
		t.Errorf("%v: %v", r, err)
	}
	checkRoundTrip(t, rg)
	if v, err = Parse(text); err != nil {
		return None(), v, "" // for node, a text that is no version is in no range
	}
	return rg, v, ""
}

func mustRefuse(t *testing.T, text string) {
	t.Helper()
	if _, err := Parse(text); err == nil {
		t.Errorf("Parse(%q) is not strict", text)
	}
}

// fixtureChecks checks one row of each table and returns why it left it out.
func fixtureChecks() map[string]func(*testing.T, fixtureRow) string {
	operation := func(*testing.T, fixtureRow) string { return skipOperation }
	contains := func(want bool) func(*testing.T, fixtureRow) string {
		return func(t *testing.T, row fixtureRow) string {
			t.Helper()
			r, v, skip := row.parse(t)
			if skip == "" && r.Contains(v) != want {
				t.Errorf("%v: Contains is %v", row, !want)
			}
			return skip
		}
	}
	return map[string]func(*testing.T, fixtureRow) string{
		"comparator-intersection": fixtureIntersection,
		"range-intersection":      fixtureIntersection,
		"comparisons":             fixtureCompare(1),
		"equality":                fixtureCompare(0),
		"valid-versions":          fixtureValid,
		"range-include":           contains(true),
		"range-exclude":           contains(false),
		"version-gt-range":        fixtureOutside("<", true),
		"version-not-gt-range":    fixtureOutside("<", false),
		"version-lt-range":        fixtureOutside(">", true),
		"version-not-lt-range":    fixtureOutside(">", false),
		"increments":              operation,
		"truncations":             operation,
	}
}

func fixtureCompare(want int) func(*testing.T, fixtureRow) string {
	return func(t *testing.T, row fixtureRow) string {
		t.Helper()
		if loose, _ := row.options(2); loose {
			return skipLoose
		}
		a, b := row[0].(string), row[1].(string)
		if strings.HasPrefix(strings.TrimSpace(a), "v") {
			mustRefuse(t, a)
			return skipStrict
		}
		v, w := MustParse(a), MustParse(b)
		if v.Compare(w) != want || w.Compare(v) != -want {
			t.Errorf("%v: Compare is %d and %d", row, v.Compare(w), w.Compare(v))
		}
		return ""
	}
}

func fixtureValid(t *testing.T, row fixtureRow) string {
	t.Helper()
	text := row[0].(string)
	if strings.HasPrefix(text, "v") {
		mustRefuse(t, text)
		return skipStrict
	}
	v, err := Parse(text)
	join := func(ids any) string {
		var parts []string
		for _, id := range ids.([]any) {
			parts = append(parts, fmt.Sprint(id))
		}
		return strings.Join(parts, ".")
	}
	got := fmt.Sprint(v.Major(), v.Minor(), v.Patch(), v.Prerelease(), v.Build())
	if want := fmt.Sprint(row[1], row[2], row[3], join(row[4]), join(row[5])); err != nil || got != want {
		t.Errorf("%v: %v, %v", row, got, err)
	}
	return ""
}

func fixtureIntersection(t *testing.T, row fixtureRow) string {
	t.Helper()
	parse := MustParseRange
	if len(row) > 3 && truthy(row[3]) {
		parse = func(s string) Range {
			r, err := ParseRangePrerelease(s)
			if err != nil {
				t.Errorf("%v: %v", row, err)
			}
			return r
		}
	}
	a, b := parse(row[0].(string)), parse(row[1].(string))
	if both := a.Intersect(b); both.IsEmpty() == row[2].(bool) {
		t.Errorf("%v: intersection is %q", row, both)
	}
	return ""
}

// fixtureOutside checks that every version of the range is on the side of the
// row's version that the operator says, or that this is not so.
func fixtureOutside(operator string, want bool) func(*testing.T, fixtureRow) string {
	return func(t *testing.T, row fixtureRow) string {
		t.Helper()
		r, v, skip := row.parse(t)
		if skip != "" {
			return skip
		}
		if want && r.Contains(v) {
			t.Errorf("%v: the range holds the version", row)
		}
		side, err := ParseRangePrerelease(operator + v.String())
		if err != nil {
			t.Errorf("%v: %v", row, err)
		}
		switch got := r.Subset(side); {
		case got == want:
			return ""
		case slices.Contains([]string{"0.7.x 0.7.2-beta", ">1.2.3 1.3.0-alpha"}, row[0].(string)+" "+row[1].(string)):
			return skipInside
		default:
			t.Errorf("%v: outside is %v", row, got)
			return ""
		}
	}
}

func TestNodeSemver_fixtures(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(fixturesFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("node-semver's fixtures are not at %s", fixturesFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	var tables map[string][]fixtureRow
	if err := json.Unmarshal(data, &tables); err != nil {
		t.Fatal(err)
	}
	checks := fixtureChecks()
	var report strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		check, ok := checks[name]
		if !ok {
			t.Errorf("the fixtures have a table %q that is not checked", name)
			continue
		}
		skipped, total := map[string]int{}, len(tables[name])
		checked := total
		for _, row := range tables[name] {
			if skip := check(t, row); skip != "" {
				skipped[skip]++
				checked--
			}
		}
		fmt.Fprintf(&report, "%-24s %3d of %3d rows checked\n", name, checked, total)
		for _, reason := range slices.Sorted(maps.Keys(skipped)) {
			fmt.Fprintf(&report, "%28d left out: %s\n", skipped[reason], reason)
		}
	}
	t.Log("\n" + report.String())
}
