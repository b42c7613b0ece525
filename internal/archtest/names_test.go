package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// maxExportedNames bounds what a reader of the root package has to take in.
// Error codes and event kinds are lists to look things up in, not to learn.
const maxExportedNames = 100

// countedApart are the types whose constants do not count as names.
func countedApart() []string { return []string{"Code", "EventKind"} }

// vagueNames say nothing of what a package provides.
func vagueNames() []string {
	return []string{"util", "utils", "common", "helper", "helpers", "misc", "types", "base"}
}

// checkBudget reports a root package that exports too many names.
func checkBudget(t tree) (findings []string) {
	root := t.find(".")
	if root == nil {
		return []string{"there is no root package"}
	}
	counted := countedNames(root)
	if len(counted) > maxExportedNames {
		findings = append(findings, fmt.Sprintf("the root package exports %d names, %d are allowed: %s",
			len(counted), maxExportedNames, strings.Join(counted, " ")))
	}
	return findings
}

// countedNames lists the exported names of a folder that count, sorted; a name
// that has a file for each system counts once.
func countedNames(f *folder) (counted []string) {
	for kind, names := range exportedNames(f) {
		if !slices.Contains(countedApart(), kind) {
			counted = append(counted, names...)
		}
	}
	slices.Sort(counted)
	return slices.Compact(counted)
}

// checkPackageNames reports packages that are not named for what they provide.
func checkPackageNames(t tree) (findings []string) {
	for _, f := range t {
		for _, name := range []string{f.packageName(), path.Base(f.path)} {
			if slices.Contains(vagueNames(), name) {
				findings = append(findings, fmt.Sprintf("package %q: the name %q does not say what it provides", f.path, name))
				break
			}
		}
	}
	return findings
}

// exportedNames lists the exported package-level names of a folder, those of
// constants by their declared type, all others under "".
func exportedNames(f *folder) map[string][]string {
	names := map[string][]string{}
	add := func(kind string, id *ast.Ident) {
		if id.IsExported() {
			names[kind] = append(names[kind], id.Name)
		}
	}
	for _, s := range f.production() {
		for _, decl := range s.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					add("", d.Name)
				}
			case *ast.GenDecl:
				addSpecs(add, d)
			}
		}
	}
	return names
}

func addSpecs(add func(kind string, id *ast.Ident), d *ast.GenDecl) {
	kind := ""
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			add("", spec.Name)
		case *ast.ValueSpec:
			if d.Tok == token.CONST && (spec.Type != nil || len(spec.Values) > 0) {
				kind = constType(spec) // else it repeats the line above, type included
			}
			for _, id := range spec.Names {
				add(kind, id)
			}
		}
	}
}

// constType is the type that a constant is declared with, as in "X Code = 1"
// or "X = Code(1)", or "" if it has none.
func constType(spec *ast.ValueSpec) string {
	typ := spec.Type
	if typ == nil {
		if call, ok := spec.Values[0].(*ast.CallExpr); ok {
			typ = call.Fun
		}
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
