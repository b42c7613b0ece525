package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg"
)

// Pages is the capability of modules that serve pages. Its attribute "mount" is the path below which they do.
var Pages = modreg.NewCapability[http.Handler]("web.pages")

// A site serves the pages of all modules that have some. It follows the registry: what is registered, replaced or taken
// out shows at once, without a restart, and requests in flight are finished by the version that began them.
type site struct {
	reg    *modreg.Registry
	auth   *modreg.Handle[Auth]
	mounts atomic.Pointer[[]mount] // longest path first
	stop   context.CancelFunc
	done   sync.WaitGroup
}

type mount struct {
	module, path string
	pages        *modreg.Handle[http.Handler]
}

func newSite(ctx context.Context, reg *modreg.Registry) (*site, error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &site{reg: reg, stop: stop}
	var err error
	if s.auth, err = modreg.Lookup(ctx, reg, AuthService, modreg.AllowMissing()); err != nil {
		stop()
		return nil, err
	}
	events := reg.Watch(ctx) // before the first look, so that nothing is missed between the two
	if err := s.remount(ctx); err != nil {
		stop()
		return nil, err
	}
	s.done.Go(func() {
		for e, err := range events {
			lagged := modreg.CodeOf(err) == modreg.CodeLagged
			if err != nil && !lagged {
				return
			}
			switch e.Kind {
			case modreg.EventRegistered, modreg.EventUnregistered, modreg.EventActivated:
				lagged = true
			}
			if lagged && s.remount(ctx) != nil {
				return
			}
		}
	})
	return s, nil
}

// close stops following the registry.
func (s *site) close() {
	s.stop()
	s.done.Wait()
}

// remount looks up who serves pages, and where. It asks what is declared, not what can serve at this moment as
// modreg.LookupAll does: a module that waits to be started again, or is quarantined, keeps its path.
func (s *site) remount(ctx context.Context) error {
	declared, err := s.reg.Discover(modreg.Query{Require: []string{Pages.Name()}})
	if err != nil {
		return err
	}
	var next []mount
	for m := range declared {
		h, err := modreg.Lookup(ctx, s.reg, Pages, modreg.From(m.Name()))
		if modreg.CodeOf(err) == modreg.CodeNotFound {
			continue // it went meanwhile; the event of that is on its way
		} else if err != nil {
			return err
		}
		next = append(next, mount{module: m.Name(), path: mountOf(m), pages: h})
	}
	slices.SortFunc(next, func(a, b mount) int { return cmp.Or(len(b.path)-len(a.path), strings.Compare(a.path, b.path)) })
	// The handles of before are not closed: a request may be about to use one. They are released when they are collected.
	s.mounts.Store(&next)
	return nil
}

func mountOf(m modreg.Module) string {
	for _, c := range m.Provides() {
		if c.ID.String() == Pages.Name() {
			if v, ok := c.Attrs.Get("mount"); ok {
				path, _ := v.AsString()
				return path
			}
		}
	}
	return "/" + m.Name() + "/"
}

// ServeHTTP passes a request on to the module with the longest path that fits.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, m := range *s.mounts.Load() {
		if !strings.HasPrefix(r.URL.Path, m.path) {
			continue
		}
		answer := &answer{ResponseWriter: w}
		_, err := modreg.Do(r.Context(), m.pages, func(ctx context.Context, pages http.Handler) (struct{}, error) {
			pages.ServeHTTP(answer, r.WithContext(ctx))
			return struct{}{}, nil
		})
		if err != nil {
			s.refuse(answer, r, m, err)
		}
		return
	}
	http.NotFound(w, r)
}

// refuse answers a request that its module did not finish.
func (s *site) refuse(w *answer, r *http.Request, m mount, err error) {
	_, declared := s.reg.Get(m.module)
	switch {
	case w.begun, errors.Is(err, http.ErrAbortHandler):
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's way to cut the connection, so that half an answer is not taken for a whole one
	case modreg.CodeOf(err) == modreg.CodePanic:
		http.Error(w, "the page is broken", http.StatusInternalServerError)
	case !declared:
		http.NotFound(w, r) // its module has just been taken out
	default:
		http.Error(w, "the page is not there right now", http.StatusServiceUnavailable)
	}
}

// An answer knows whether anything of it has been sent.
type answer struct {
	http.ResponseWriter
	begun bool
}

// Unwrap lets http.ResponseController reach what the server can do, which may send the header.
func (a *answer) Unwrap() http.ResponseWriter {
	a.begun = true
	return a.ResponseWriter
}

func (a *answer) WriteHeader(status int) {
	a.begun = a.begun || status >= http.StatusOK // what comes before is not the answer yet
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// handler is the whole application: the modules' pages, and the one page that changes modules.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/activate", s.activate)
	mux.Handle("/", s)
	limited := http.MaxBytesHandler(mux, 64<<10)
	return http.NewCrossOriginProtection().Handler(limited) // no other site's page may act for whoever is logged in
}

// activate makes a version the active one, for administrators.
func (s *site) activate(w http.ResponseWriter, r *http.Request) {
	who, err := modreg.Do(r.Context(), s.auth, func(_ context.Context, a Auth) (Visitor, error) { return a.Visitor(r), nil })
	switch {
	case err != nil:
		http.Error(w, "nobody can log in right now", http.StatusServiceUnavailable)
	case !who.Admin:
		http.Error(w, "only administrators may do this", http.StatusForbidden)
	default:
		if err := s.reg.Activate(r.Context(), r.FormValue("module")); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
