package main

import (
	"context"
	"net/http"

	"github.com/modreg/modreg"
)

// api answers programs. It owns nothing and asks the other modules.
type api struct {
	auth    *modreg.Handle[Auth]
	users   *modreg.Handle[Users]
	content *modreg.Handle[Content]
}

func apiModule() []modreg.ModuleOption {
	build := func(_ context.Context, d modreg.Deps) (http.Handler, error) {
		var a api
		var err error
		if a.auth, err = modreg.Need(d, AuthService); err != nil {
			return nil, err
		}
		if a.users, err = modreg.Need(d, UserService); err != nil {
			return nil, err
		}
		if a.content, err = modreg.Need(d, ContentService); err != nil {
			return nil, err
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /api/posts", a.posts)
		mux.HandleFunc("GET /api/me", a.me)
		return mux, nil
	}
	return []modreg.ModuleOption{
		modreg.Require(AuthService), modreg.Require(UserService), modreg.Require(ContentService),
		modreg.Provide(Pages, build, modreg.Attr("mount", "/api/")),
	}
}

// visitor returns who asks, or answers that nobody may.
func (a *api) visitor(w http.ResponseWriter, r *http.Request) (Visitor, bool) {
	who, err := modreg.Do(r.Context(), a.auth, func(_ context.Context, auth Auth) (Visitor, error) { return auth.Visitor(r), nil })
	switch {
	case err != nil:
		http.Error(w, "nobody can log in right now", http.StatusServiceUnavailable)
	case who.Name == "":
		http.Error(w, "log in first", http.StatusUnauthorized)
	default:
		return who, true
	}
	return Visitor{}, false
}

func (a *api) posts(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.visitor(w, r); !ok {
		return
	}
	posts, err := modreg.Do(r.Context(), a.content, func(_ context.Context, c Content) ([]Post, error) { return c.Posts(), nil })
	if err != nil {
		http.Error(w, "there is no content right now", http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, posts)
}

func (a *api) me(w http.ResponseWriter, r *http.Request) {
	who, ok := a.visitor(w, r)
	if !ok {
		return
	}
	others, err := modreg.Do(r.Context(), a.users, func(_ context.Context, u Users) ([]string, error) { return u.Names(), nil })
	if err != nil {
		http.Error(w, "the users are not known right now", http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, map[string]any{"name": who.Name, "admin": who.Admin, "users": others})
}
