package archtest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// sampleLayers is a table small enough to be seen whole.
func sampleLayers() []layer {
	return []layer{
		{name: "low", underRoot: true, packages: []entry{{path: "low"}, {path: "twin", also: []string{"low"}}}},
		{name: "root", packages: []entry{{path: "."}}},
		{name: "leaves", packages: []entry{
			{path: "journal/one", external: []string{"example.org/db"}},
			{path: "journal/two", also: []string{"journal/one"}},
			{path: "journal/onetest"},
		}},
		{name: "programs", packages: []entry{{path: "examples/..."}, {path: "bench", measures: true}}},
	}
}

// sampleTree has every package of sampleLayers and breaks no rule.
func sampleTree() fstest.MapFS {
	files := fstest.MapFS{}
	for p, imports := range map[string][]string{
		".":               {"context", modulePath + "/low"},
		"low":             {"strings"},
		"twin":            {modulePath + "/low"},
		"journal/one":     {modulePath, "example.org/db/kv"},
		"journal/two":     {modulePath},
		"journal/onetest": {modulePath, "testing"},
		"examples/a":      {modulePath, modulePath + "/examples/a/part"},
		"examples/a/part": {modulePath},
		"bench":           {modulePath + "/journal/onetest", "testing"},
	} {
		files[strings.TrimPrefix(p+"/doc.go", "./")] = goFile(p, imports...)
	}
	files["other/go.mod"] = &fstest.MapFile{Data: []byte("module example.org/other\n")}
	files["other/main.go"] = &fstest.MapFile{Data: []byte("// Command main is a module of its own.\npackage main\nimport _ \"example.org/x\"\n")}
	return files
}

func goFile(p string, imports ...string) *fstest.MapFile {
	name := strings.NewReplacer(".", "root", "/", "").Replace(p)
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s is a sample.\npackage %s\n", name, name)
	for _, i := range imports {
		fmt.Fprintf(&b, "import _ %q\n", i)
	}
	return &fstest.MapFile{Data: []byte(b.String())}
}

func TestRules_acceptSample(t *testing.T) {
	t.Parallel()
	src, err := loadTree(sampleTree())
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range treeRules() {
		report(t, rule.check(src, sampleLayers()))
	}
}

// Each case adds one bad file to the sample, and the rule must find it first.
func TestRules_catchBadTree(t *testing.T) {
	t.Parallel()
	const doc = "// Package root is a sample.\npackage root\n"
	tests := []struct {
		name, rule, path, text, want string
	}{
		{"unlisted package", "table", "stray/doc.go", "// Package stray is new.\npackage stray\n", `"stray" is in no layer: add it to the table in internal/archtest/layers_test.go`},
		{"import of a higher layer", "layers", "low/a.go", importing("low", modulePath), `low/a.go imports "` + modulePath + `": layer "low" may import lower layers only`},
		{"import within a layer", "layers", "low/a.go", importing("low", modulePath+"/twin"), "may import lower layers only"},
		{"import for another system", "layers", "low/a_windows.go", importing("low", modulePath), "may import lower layers only"},
		{"import of an unlisted package", "layers", "low/a.go", importing("low", modulePath+"/gone"), "is in no layer"},
		{"leaf imports leaf", "layers", "journal/one/a.go", importing("journalone", modulePath+"/journal/two"), "leaves of one kind"},
		{"leaf excuses itself", "layers", "journal/two/a.go", importing("journaltwo", modulePath+"/journal/one"), "leaves of one kind"},
		{"external import", "layers", "a.go", importing("root", "example.org/db"), "uses the standard library"},
		{"external prefix", "layers", "journal/one/a.go", importing("journalone", "example.org/dbx"), "uses the standard library"},
		{"testing", "test packages", "low/a.go", importing("low", "testing"), "stay out of programs"},
		{"httptest", "test packages", "examples/a/b.go", importing("examplesa", "net/http/httptest"), "stay out of programs"},
		{"suite", "test packages", "examples/a/b.go", importing("examplesa", modulePath+"/journal/onetest"), "stay out of programs"},
		{"too many names", "exported names", "a.go", doc + manyNames(), "exports 101 names, 100 are allowed"},
		{"vague folder", "package names", "examples/util/a.go", "// Package tool is vague.\npackage tool\n", `"util" does not say`},
		{"vague name", "package names", "low/common/a.go", "// Package common is vague.\npackage common\n", `"common" does not say`},
		{"no package comment", "package comments", "examples/b/a.go", "package b\n", `"examples/b" has no package comment`},
		{"command without comment", "package comments", "examples/b/a.go", "package main\nfunc main() {}\n", `starts with "Command"`},
		{"nested module without comment", "package comments", "other/sub/a.go", "package sub\n", `"other/sub" has no package comment`},
		{"undocumented func", "doc comments", "a.go", doc + "func Open() {}\n", "a.go: Open has no doc comment"},
		{"comment of another", "doc comments", "a.go", doc + "// Opens it.\nfunc Open() {}\n", "Open has no doc comment"},
		{"undocumented method", "doc comments", "a.go", doc + "// T is it.\ntype T[K any] int\nfunc (t *T[K]) String() {}\n", "T.String has no doc comment"},
		{"undocumented type", "doc comments", "a.go", doc + "// Types of ours.\ntype (\n\tT int\n)\n", "T has no doc comment"},
		{"undocumented const", "doc comments", "a.go", doc + "const (\n\tA = 1 // A is one.\n\tB = 2\n)\n", "B has no doc comment"},
		{"undocumented var", "doc comments", "a.go", doc + "var a, B = 1, 2\n", "B has no doc comment"},
		{"long file", "file size", "low/a_test.go", "package low\n" + strings.Repeat("\n", 500), "low/a_test.go has 501 lines"},
		{"large root", "root size", "a.go", "// Code by hand.\npackage root\nconst c = `" + strings.Repeat("\n", 6000) + "`\n", "6005 lines of code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := sampleTree()
			files[tt.path] = &fstest.MapFile{Data: []byte(tt.text)}
			if !strings.Contains(tt.rule, "size") {
				files["low/gen.go"] = &fstest.MapFile{Data: []byte("// Code generated by a test. DO NOT EDIT.\npackage low\nfunc Free() {}\n" + strings.Repeat("\n", 600))}
			}
			findings := violations(t, files)
			if got := findings[tt.rule]; len(got) == 0 || !strings.Contains(got[0], tt.want) {
				t.Errorf("rule %q found %q, want %q in it", tt.rule, got, tt.want)
			}
		})
	}
}

func importing(pkg, importPath string) string {
	return fmt.Sprintf("package %s\nimport _ %q\n", pkg, importPath)
}

// manyNames declares one name more than the budget, and constants that are
// counted apart in the three ways that they can be written.
func manyNames() string {
	var b strings.Builder
	b.WriteString("type Code string\ntype EventKind int\nconst (\n\tC1 Code = \"c\"\n\tC2 = Code(\"d\")\n)\nconst (\n\tE1 EventKind = iota\n\tE2\n)\n")
	for i := range maxExportedNames - 1 {
		fmt.Fprintf(&b, "var V%d int\n", i)
	}
	return b.String()
}

// violations returns the findings of every rule over a tree.
func violations(t *testing.T, files fs.FS) map[string][]string {
	t.Helper()
	src, err := loadTree(files)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, rule := range treeRules() {
		found[rule.name] = rule.check(src, sampleLayers())
	}
	return found
}

func TestTable_reportsStaleEntry(t *testing.T) {
	t.Parallel()
	files := sampleTree()
	delete(files, "twin/doc.go")
	if got := violations(t, files)["table"]; len(got) != 1 || !strings.Contains(got[0], `"twin", which does not exist`) {
		t.Errorf("found %q, want the entry without a package", got)
	}
}

func TestClosureRules_catchBadList(t *testing.T) {
	t.Parallel()
	src, err := loadTree(sampleTree())
	if err != nil {
		t.Fatal(err)
	}
	std := listed{ImportPath: "testing", Standard: true}
	tests := []struct {
		name, rule, want string
		pkgs             []listed
	}{
		{"no root", "root closure", "lists no root package", nil},
		{"third party", "root closure", `depends on "example.org/db"`, []listed{
			{ImportPath: modulePath, Deps: []string{"example.org/db"}}, {ImportPath: "example.org/db"},
		}},
		{"layer above", "root closure", `depends on "` + modulePath + `/journal/one"`, []listed{
			{ImportPath: modulePath, Deps: []string{modulePath + "/low", modulePath + "/journal/one"}},
		}},
		{"testing underneath", "test closure", `package "low" depends on "testing"`, []listed{
			std,
			{ImportPath: modulePath + "/low", Deps: []string{"testing"}},
			{ImportPath: modulePath + "/bench", Deps: []string{"testing"}},
			{ImportPath: modulePath + "/journal/onetest", Deps: []string{"testing"}},
		}},
		{"unread", "complete", `package "hidden" was not read`, []listed{{ImportPath: modulePath + "/hidden"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, rule := range closureRules() {
				if rule.name != tt.rule {
					continue
				}
				got := rule.check(tt.pkgs, src, sampleLayers())
				if len(got) != 1 || !strings.Contains(got[0], tt.want) {
					t.Errorf("rule %q found %q, want only %q", tt.rule, got, tt.want)
				}
			}
		})
	}
}

func TestCodeLines_countsCodeOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                                      0,
		"// a comment\n\npackage a\n":           1,
		"package a // trailing\n/* a\nb */\n":   1,
		"package a\nvar x = `1\n2\n\n3`\n":      5,
		"package a\nvar x, y = 1, 2; var z int": 2,
	} {
		if got := codeLines([]byte(text)); got != want {
			t.Errorf("codeLines(%q) = %d, want %d", text, got, want)
		}
	}
}
