package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A place is where the table puts a package.
type place struct {
	entry
	level int
	layer layer
}

// locate finds the place of a package by its path.
func locate(table []layer, p string) (place, bool) {
	for level, l := range table {
		for _, e := range l.packages {
			if e.covers(p) {
				return place{e, level, l}, true
			}
		}
	}
	return place{}, false
}

func (e entry) covers(p string) bool {
	folder, subtree := strings.CutSuffix(e.path, "/...")
	return p == folder || subtree && strings.HasPrefix(p, folder+"/")
}

// checkTable reports packages that the table does not list, and entries of the
// table that no package answers to.
func checkTable(t tree, table []layer) (findings []string) {
	for _, f := range t {
		if _, ok := locate(table, f.path); !ok && !f.nested {
			findings = append(findings, fmt.Sprintf(
				"package %q is in no layer: add it to the table in internal/archtest/layers_test.go, in the lowest layer above all that it imports, and to the depguard rules of .golangci.yml",
				f.path))
		}
	}
	for _, l := range table {
		for _, e := range l.packages {
			if !slices.ContainsFunc(t, func(f *folder) bool { return e.covers(f.path) }) {
				findings = append(findings, fmt.Sprintf(
					"layer %q lists %q, which does not exist: remove it from internal/archtest/layers_test.go",
					l.name, e.path))
			}
		}
	}
	return findings
}

// checkLayers reports imports that do not point down the table, imports from
// outside the module that the table does not grant, and leaves that know each
// other.
func checkLayers(t tree, table []layer) (findings []string) {
	for _, f := range t {
		from, ok := locate(table, f.path)
		if !ok || f.nested {
			continue
		}
		for _, s := range f.production() {
			for _, imported := range s.imports {
				if why := refuseImport(table, from, f.path, imported); why != "" {
					findings = append(findings, fmt.Sprintf("%s imports %q: %s", s.path, imported, why))
				}
			}
		}
	}
	return findings
}

// refuseImport says why one import is not allowed, or "" if it is.
func refuseImport(table []layer, from place, p, imported string) string {
	to, internal := relative(imported)
	if !internal {
		return refuseExternal(from, imported)
	}
	target, ok := locate(table, to)
	switch {
	case !ok:
		return "the imported package is in no layer"
	case areLeavesOfOneKind(p, to):
		return "leaves of one kind must not import each other"
	case target.path == from.path, slices.Contains(from.also, to):
		return ""
	case target.level >= from.level:
		return fmt.Sprintf("layer %q may import lower layers only, and %q is not one", from.layer.name, target.layer.name)
	}
	return ""
}

func refuseExternal(from place, imported string) string {
	allowed := func(prefix string) bool {
		return imported == prefix || strings.HasPrefix(imported, prefix+"/")
	}
	if isStandard(imported) || slices.ContainsFunc(from.external, allowed) {
		return ""
	}
	return fmt.Sprintf("layer %q uses the standard library; a package that needs more says so in its entry of the layer table", from.layer.name)
}

func areLeavesOfOneKind(a, b string) bool {
	kind := path.Dir(a)
	return a != b && kind == path.Dir(b) && slices.Contains(leafFolders(), kind) && !isTestPackage(a) && !isTestPackage(b)
}

// checkTestImports reports files outside the tests that import the testing
// packages of the standard library or a test package of ours.
func checkTestImports(t tree, table []layer) (findings []string) {
	for _, f := range t {
		if from, ok := locate(table, f.path); f.nested || isTestPackage(f.path) || ok && from.measures {
			continue
		}
		for _, s := range f.production() {
			for _, imported := range s.imports {
				if to, ok := relative(imported); isTesting(imported) || ok && isTestPackage(to) {
					findings = append(findings, fmt.Sprintf("%s imports %q: test packages stay out of programs", s.path, imported))
				}
			}
		}
	}
	return findings
}

// isTestPackage reports whether a package of the module exists for tests: by
// our convention its name ends in "test".
func isTestPackage(p string) bool { return strings.HasSuffix(path.Base(p), "test") }

// isTesting reports whether a package of the standard library is for tests.
func isTesting(importPath string) bool {
	return importPath == "testing" || strings.HasPrefix(importPath, "testing/") || importPath == "net/http/httptest"
}

// isStandard reports whether an import path is the standard library's, which
// keeps the dot in a first path element for everyone else.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// relative turns an import path of the module into a path below its root.
func relative(importPath string) (p string, ok bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}
