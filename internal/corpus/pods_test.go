package corpus

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
)

func samplePods() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"case/one.json": file(`{"name": "a case", "requested": {"z": "~> 1.0", "a": "", "z\u0001": "< 1.5"},
			"base": [{"name": "z", "version": "1.0", "dependencies": []}],
			"resolved": [{"name": "z", "version": "1.0", "dependencies": [{"name": "a", "version": "2", "dependencies": []}]}],
			"conflicts": []}`),
		"index/awesome.json": file(`{
			// versions in any order
			"z": [{"name": "z", "version": "2.0", "dependencies": {}},
			      {"name": "z", "version": "1.0", "dependencies": {"gone": ">= 1", "a": "= 2"}}], // "1.0"
			"a": [{"name": "a", "version": "2.0", "dependencies": [["z", ">= 0"]]},
			      {"name": "a", "version": "2.0-b", "dependencies": []}]
		}`),
		"case/none.json":     file(`{"index": "none"}`),
		"case/bad.json":      file(`{"index": "bad"}`),
		"case/badroot.json":  file(`{"requested": {"a": "?"}}`),
		"case/twice.json":    file(`{"base": [{"name": "a", "version": "1"}, {"name": "a", "version": "2"}]}`),
		"case/deep.json":     file(`{"resolved": ` + strings.Repeat(`[{"dependencies": `, 1500) + `[]` + strings.Repeat(`}]`, 1500) + `}`),
		"case/conflict.json": file(`{"conflicts": ["a"], "requested": []}`),
		"case/nodeps.json":   file(`{"requested": 1}`),
		"index/bad.json":     file(`{"a": [{"version": "/"}]}`),
	}
}

func TestReadPods(t *testing.T) {
	t.Parallel()
	c, err := ReadPods(samplePods(), "one")
	if err != nil {
		t.Fatal(err)
	}
	const universe = `
a@1.0.0-1+2.0-b
a@1.0.0+2.0
  needs module/z
z@1.0.0+1.0 preferred
  needs module/gone
  needs module/a
z@2.0.0+2.0
`
	if got := describe(c.Universe); got != universe[1:] {
		t.Errorf("got\n%swant%s", got, universe)
	}
	var roots []string
	for _, r := range c.Roots {
		roots = append(roots, r.String())
	}
	if got := strings.Join(roots, ", "); got != "module/z <1.0.1, module/a, module/z <1.0.1" {
		t.Errorf("roots %s", got)
	}
	if c.Name != "a case" || !maps.Equal(c.Locked, map[string]string{"z": "1.0"}) ||
		!maps.Equal(c.Resolved, map[string]string{"z": "1.0", "a": "2.0"}) || len(c.Conflicts) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestReadPods_errors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bad", "badroot", "twice", "deep", "nodeps"} {
		_, err := ReadPods(samplePods(), name)
		if err == nil || !errors.As(err, new(*FormatError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"none", "absent", "../case/one"} {
		if _, err := ReadPods(samplePods(), name); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := ReadPods(samplePods(), "conflict"); err != nil || !slices.Equal(c.Conflicts, []string{"a"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// podCases are the names of the shared cases.
func podCases(t *testing.T) (fs.FS, []string) {
	t.Helper()
	dir := filepath.Join(sharedDir(t), "cocoapods")
	files, err := filepath.Glob(filepath.Join(dir, "case", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip(Absent)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return os.DirFS(dir), files
}

// TestReadPods_sharedCases checks what CocoaPods' resolver took against the
// translation, and every range of the index with the constraint it stands for.
func TestReadPods_sharedCases(t *testing.T) {
	t.Parallel()
	fsys, names := podCases(t)
	if len(names) != 27 {
		t.Errorf("%d cases", len(names))
	}
	impossible, compared := 0, 0
	for _, name := range names {
		c, err := ReadPods(fsys, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compared += compareRanges(t, c.Universe)
		if len(c.Conflicts) > 0 {
			impossible++
			continue
		}
		root := &resolve.Candidate{Name: "root", Requires: c.Roots}
		for _, fault := range podFaults(append(podSet(t, c), root)) {
			t.Errorf("%s: %s", name, fault)
		}
	}
	if impossible != 2 {
		t.Errorf("%d cases are said to be impossible", impossible)
	}
	t.Logf("%d constraints in %d cases", compared, len(names))
}

// podSet are the candidates that the resolver took.
func podSet(t *testing.T, c *PodCase) (set []*resolve.Candidate) {
	t.Helper()
	for _, candidate := range c.Universe {
		if g, ok := candidate.Ref.(*GemVersion); ok && c.Resolved[g.Name] == g.Version {
			set = append(set, candidate)
		}
	}
	if len(set) != len(c.Resolved) {
		t.Errorf("%s: only %d of %d versions are there", c.Name, len(set), len(c.Resolved))
	}
	return set
}

// podFaults lists the requirements that nothing in the set answers. A gem is never
// its own provider, but may depend on itself.
func podFaults(set []*resolve.Candidate) (faults []string) {
	for _, c := range set {
		for _, r := range c.Requires {
			if !slices.ContainsFunc(set, func(p *resolve.Candidate) bool { return p.Satisfies(r) }) {
				faults = append(faults, c.String()+" needs "+r.String())
			}
		}
	}
	return faults
}

// compareRanges compares each distinct requirement with what it stands for.
func compareRanges(t *testing.T, universe []*resolve.Candidate) (compared int) {
	t.Helper()
	places := make(map[string][]gemPlace)
	for _, c := range universe {
		g := gemRef(t, c)
		places[g.Name] = append(places[g.Name], gemPlace{gem: g, parsed: gemOf(t, g.Version), version: c.Version})
	}
	seen := make(map[GemDependency]bool)
	for _, c := range universe {
		for i, d := range gemRef(t, c).Dependencies {
			if !seen[d] {
				seen[d] = true
				compareRange(t, d, c.Requires[i], places[d.Name])
				compared++
			}
		}
	}
	return compared
}

func gemRef(t *testing.T, c *resolve.Candidate) *GemVersion {
	t.Helper()
	g, ok := c.Ref.(*GemVersion)
	if !ok || g.Name != c.Name || len(g.Dependencies) != len(c.Requires) {
		t.Fatalf("%s refers to %v", c, c.Ref)
	}
	return g
}

func compareRange(t *testing.T, d GemDependency, r capability.Requirement, places []gemPlace) {
	t.Helper()
	wanted, reason := parseGemRequirement(d.Constraint)
	if reason != "" {
		t.Fatalf("%v %s", d, reason)
	}
	for _, p := range places {
		if r.Range.Contains(p.version) != wanted.admits(p.parsed) {
			t.Errorf("%v as %s is wrong about %s (%s)", d, r, p.gem.Version, p.version)
		}
	}
}

func BenchmarkReadPods(b *testing.B) {
	dir, ok := Locate()
	if !ok {
		b.Skip(Absent)
	}
	for b.Loop() {
		if _, err := ReadPods(os.DirFS(filepath.Join(dir, "cocoapods")), "complex_package_selection"); err != nil {
			b.Fatal(err)
		}
	}
}
