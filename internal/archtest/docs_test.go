package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkPackageComments reports packages that do not say what they are for.
func checkPackageComments(t tree) (findings []string) {
	for _, f := range t {
		if !hasPackageComment(f) {
			findings = append(findings, fmt.Sprintf("package %q has no package comment that starts with %q", f.path, packageIntro(f)))
		}
	}
	return findings
}

func hasPackageComment(f *folder) bool {
	files := f.production()
	if len(files) == 0 {
		files = f.files
	}
	for _, s := range files {
		if startsWithWord(s.syntax.Doc.Text(), packageIntro(f)) {
			return true
		}
	}
	return false
}

// packageIntro is how a package comment starts: "Package name", or for a
// program "Command".
func packageIntro(f *folder) string {
	if name := f.packageName(); name != "main" {
		return "Package " + name
	}
	return "Command"
}

// checkDocComments reports exported items of public packages without a doc
// comment that starts with their name.
func checkDocComments(t tree) (findings []string) {
	for _, f := range t {
		if isInternal(f.path) {
			continue
		}
		for _, s := range f.production() {
			for _, name := range undocumented(s) {
				findings = append(findings, fmt.Sprintf("%s: %s has no doc comment that starts with its name", s.path, name))
			}
		}
	}
	return findings
}

func isInternal(p string) bool {
	return strings.Contains("/"+p+"/", "/internal/")
}

// undocumented lists the exported items of a file that lack their comment.
func undocumented(s *source) (names []string) {
	if s.generated {
		return nil
	}
	for _, decl := range s.syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if name, ok := exportedFunc(d); ok && !startsWithWord(d.Doc.Text(), d.Name.Name) {
				names = append(names, name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				names = append(names, undocumentedSpec(d, spec)...)
			}
		}
	}
	return names
}

// exportedFunc returns the name of a function, or of a method as Type.Method,
// and whether users of the package can call it.
func exportedFunc(d *ast.FuncDecl) (name string, exported bool) {
	if d.Recv == nil {
		return d.Name.Name, d.Name.IsExported()
	}
	typ := receiverType(d.Recv.List[0].Type)
	return typ.Name + "." + d.Name.Name, typ.IsExported() && d.Name.IsExported()
}

func receiverType(expr ast.Expr) *ast.Ident {
	for {
		switch e := expr.(type) {
		case *ast.Ident:
			return e
		case *ast.StarExpr:
			expr = e.X
		case *ast.ParenExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		default:
			return ast.NewIdent("_")
		}
	}
}

// undocumentedSpec checks one type, or one line of a const or var declaration.
// Within a group, values may share the group's comment or use a trailing one.
func undocumentedSpec(d *ast.GenDecl, spec ast.Spec) (names []string) {
	grouped := d.Lparen.IsValid()
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && !typeDocumented(spec, ownDoc(d, spec.Doc)) {
			names = append(names, spec.Name.Name)
		}
	case *ast.ValueSpec:
		if grouped && (d.Doc.Text() != "" || spec.Comment.Text() != "") {
			return nil
		}
		text := ownDoc(d, spec.Doc).Text()
		exported := slices.DeleteFunc(slices.Clone(spec.Names), func(id *ast.Ident) bool { return !id.IsExported() })
		if len(exported) > 0 && !startsWithWord(text, exported[0].Name) {
			names = append(names, exported[0].Name)
		}
	}
	return names
}

// ownDoc is the comment of a spec: that of the declaration when it has only
// this spec and no parentheses.
func ownDoc(d *ast.GenDecl, doc *ast.CommentGroup) *ast.CommentGroup {
	if doc == nil && !d.Lparen.IsValid() {
		return d.Doc
	}
	return doc
}

// typeDocumented also accepts an article before the name of a type.
func typeDocumented(spec *ast.TypeSpec, doc *ast.CommentGroup) bool {
	text := doc.Text()
	for _, article := range []string{"", "A ", "An ", "The "} {
		if startsWithWord(text, article+spec.Name.Name) {
			return true
		}
	}
	return false
}

// startsWithWord reports whether text starts with the word and the word ends
// there.
func startsWithWord(text, word string) bool {
	rest, ok := strings.CutPrefix(text, word)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '_'
}
