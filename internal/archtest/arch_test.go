package archtest

import (
	"os"
	"path/filepath"
	"testing"
)

// A treeRule is one rule over the source tree.
type treeRule struct {
	name  string
	check func(t tree, table []layer) []string
}

// A closureRule is one rule over what the go command lists.
type closureRule struct {
	name  string
	check func(pkgs []listed, t tree, table []layer) []string
}

func treeRules() []treeRule {
	alone := func(check func(tree) []string) func(tree, []layer) []string {
		return func(t tree, _ []layer) []string { return check(t) }
	}
	return []treeRule{
		{"table", checkTable},
		{"layers", checkLayers},
		{"test packages", checkTestImports},
		{"exported names", alone(checkBudget)},
		{"package names", alone(checkPackageNames)},
		{"package comments", alone(checkPackageComments)},
		{"doc comments", alone(checkDocComments)},
		{"file size", alone(checkFileSize)},
		{"root size", alone(checkRootSize)},
	}
}

func closureRules() []closureRule {
	return []closureRule{
		{"root closure", func(pkgs []listed, _ tree, table []layer) []string { return checkClosure(pkgs, table) }},
		{"test closure", func(pkgs []listed, _ tree, table []layer) []string { return checkTestClosure(pkgs, table) }},
		{"complete", func(pkgs []listed, t tree, _ []layer) []string { return checkComplete(pkgs, t) }},
	}
}

func TestModule_keepsItsArchitecture(t *testing.T) {
	t.Parallel()
	src := moduleTree(t)
	for _, rule := range treeRules() {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			report(t, rule.check(src, layers()))
		})
	}
	if root := src.find("."); root != nil {
		kinds := exportedNames(root)
		t.Logf("root: %d exported names, %d codes, %d event kinds, %d lines of code",
			len(countedNames(root)), len(kinds["Code"]), len(kinds["EventKind"]), root.code())
	}
}

func TestModule_keepsItsClosure(t *testing.T) {
	t.Parallel()
	src := moduleTree(t)
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			pkgs, err := goList(moduleDir(t), goos)
			if err != nil {
				t.Fatal(err)
			}
			for _, rule := range closureRules() {
				report(t, rule.check(pkgs, src, layers()))
			}
		})
	}
}

func moduleTree(t *testing.T) tree {
	t.Helper()
	src, err := loadTree(os.DirFS(moduleDir(t)))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func moduleDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func report(t *testing.T, findings []string) {
	t.Helper()
	for _, finding := range findings {
		t.Error(finding)
	}
}
