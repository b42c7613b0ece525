package main

import (
	"bytes"
	"context"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/modreg/modreg"
)

// markdown is safe for concurrent use, as goldmark is.
type markdown struct{ engine goldmark.Markdown }

func newMarkdown(context.Context, modreg.Deps) (Converter, error) {
	return &markdown{goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	)}, nil
}

// page is the document around the converted text. The title is escaped; the body is goldmark's output, which passes on
// neither raw HTML nor dangerous links.
var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
{{.Body}}</body>
</html>
`))

// maxCells bounds what tables may grow to: a row of many columns makes every row below it as wide, so that a few
// kilobytes can stand for gigabytes.
const maxCells = 1_000_000

func (m *markdown) Convert(_ context.Context, in Document) (Result, error) {
	if cells(in.Data) > maxCells {
		return Result{}, fmt.Errorf("its tables could have more than %d cells", maxCells)
	}
	root := m.engine.Parser().Parse(text.NewReader(in.Data))
	var body, out bytes.Buffer
	if err := m.engine.Renderer().Render(&body, in.Data, root); err != nil {
		return Result{}, err
	}
	title := heading(root, in.Data)
	if title == "" {
		title = in.Name
	}
	err := page.Execute(&out, struct {
		Title string
		Body  template.HTML
	}{title, template.HTML(body.String())}) // safe: see page
	return Result{Data: out.Bytes(), Extension: ".html"}, err
}

// cells returns the most cells that the tables of a text can have: the lines times the bars in the line with most.
func cells(source []byte) int {
	lines, widest := 0, 0
	for line := range bytes.Lines(source) {
		lines++
		widest = max(widest, bytes.Count(line, []byte("|")))
	}
	return lines * widest
}

// heading returns the text of the first heading.
func heading(root ast.Node, source []byte) string {
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			return string(h.Lines().Value(source))
		}
	}
	return ""
}
