package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A tree is every Go file below the module's root, packages sorted by path.
type tree []*folder

// A folder holds the Go files of one directory.
type folder struct {
	path   string // relative to the root, "." for the root itself
	nested bool   // belongs to a go.mod of its own
	files  []*source
}

// A source is one parsed Go file.
type source struct {
	path      string
	test      bool
	generated bool
	lines     int
	code      int // lines that hold code: neither blank nor comment only
	imports   []string
	syntax    *ast.File
}

// loadTree parses every Go file of fsys. It leaves out what the go command
// leaves out: testdata, vendor and names that start with a dot or underscore.
func loadTree(fsys fs.FS) (tree, error) {
	folders := map[string]*folder{}
	nested := map[string]bool{}
	walk := func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != "." && ignored(name) {
				return fs.SkipDir
			}
			_, err := fs.Stat(fsys, path.Join(name, "go.mod"))
			nested[name] = name != "." && (err == nil || nested[path.Dir(name)])
			return nil
		case path.Ext(name) != ".go" || ignored(name):
			return nil
		}
		src, err := loadSource(fsys, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if folders[dir] == nil {
			folders[dir] = &folder{path: dir, nested: nested[dir]}
		}
		folders[dir].files = append(folders[dir].files, src)
		return nil
	}
	if err := fs.WalkDir(fsys, ".", walk); err != nil {
		return nil, fmt.Errorf("load source tree: %w", err)
	}
	return slices.SortedFunc(maps.Values(folders), func(a, b *folder) int {
		return cmp.Compare(a.path, b.path)
	}), nil
}

func ignored(name string) bool {
	base := path.Base(name)
	return base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_'
}

func loadSource(fsys fs.FS, name string) (*source, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &source{
		path:      name,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(syntax),
		lines:     bytes.Count(text, []byte("\n")),
		code:      codeLines(text),
		syntax:    syntax,
	}
	for _, spec := range syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		s.imports = append(s.imports, p)
	}
	return s, nil
}

// codeLines counts the lines that a token of the language touches, so that a
// raw string counts in full while comments and blank lines do not.
func codeLines(text []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	count, last := 0, 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return count
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue // inserted by the scanner, not written
		}
		first := file.Line(pos)
		end := first + strings.Count(lit, "\n")
		count += end - max(first, last+1) + 1
		last = end
	}
}

// packageName is the name in the package clause, without the _test of external
// test files.
func (f *folder) packageName() string {
	for _, s := range f.files {
		if !s.test {
			return s.syntax.Name.Name
		}
	}
	return strings.TrimSuffix(f.files[0].syntax.Name.Name, "_test")
}

// production returns the files that are compiled into programs.
func (f *folder) production() []*source {
	return slices.DeleteFunc(slices.Clone(f.files), func(s *source) bool { return s.test })
}

// find returns the folder at a path, or nil.
func (t tree) find(p string) *folder {
	for _, f := range t {
		if f.path == p {
			return f
		}
	}
	return nil
}
