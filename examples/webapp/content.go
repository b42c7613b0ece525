package main

import (
	"context"
	"html/template"
	"net/http"

	"github.com/modreg/modreg"
)

// A Post is something to read.
type Post struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Content is the service that has the posts.
type Content interface{ Posts() []Post }

// ContentService is the capability of the module content.
var ContentService = modreg.NewCapability[Content]("content.posts")

// The two versions of the module differ in how they show the posts.
var (
	plainPage = template.Must(template.New("plain").Parse(
		`<!DOCTYPE html><title>Posts</title>{{range .}}<h2>{{.Title}}</h2><p>{{.Text}}</p>{{end}}<footer>content 1</footer>`))
	fancyPage = template.Must(template.New("fancy").Parse(
		`<!DOCTYPE html><title>Posts</title><main>{{range .}}<article><h2>{{.Title}}</h2><p>{{.Text}}</p></article>{{end}}</main><footer>content 2</footer>`))
)

type content struct {
	page  *template.Template
	posts []Post
}

func contentModule(page *template.Template) []modreg.ModuleOption {
	build := func(context.Context, modreg.Deps) (*content, error) {
		return &content{page: page, posts: []Post{
			{Title: "Modules", Text: "Each of them can be replaced while you read this."},
			{Title: "Safety", Text: `A <script> in a text is shown and not run.`},
		}}, nil
	}
	return []modreg.ModuleOption{modreg.Share(build,
		modreg.As(ContentService, func(c *content) Content { return c }),
		modreg.As(Pages, func(c *content) http.Handler { return c }, modreg.Attr("mount", "/posts/")),
	)}
}

func (c *content) Posts() []Post { return c.posts }

func (c *content) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = c.page.Execute(w, c.posts) // what fails here is the visitor's connection
}
