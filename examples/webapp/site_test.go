package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg"
)

type flaky struct {
	http.Handler
	starts *atomic.Int64
}

func (f flaky) Start(context.Context) error {
	if f.starts.Add(1) == 1 {
		return errors.New("not yet")
	}
	return nil
}

func reg1(t *testing.T, reg *modreg.Registry, name string, h http.Handler) {
	t.Helper()
	if err := reg.Register(context.Background(), modreg.Manifest{Name: name, Version: "1.0.0"},
		modreg.Provide(Pages, func(context.Context, modreg.Deps) (http.Handler, error) { return h, nil }, modreg.Attr("mount", "/"+name+"/"))); err != nil {
		t.Fatal(err)
	}
}

// A page that panics after it began: is the truncated answer told from a whole one?
func TestSite_truncated(t *testing.T) {
	a := newApp(t)
	reg1(t, a.reg, "half", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of")
		panic("a bug")
	}))
	eventually(t, "mounted", func() bool {
		r, err := http.Get(a.url + "/half/")
		if err != nil {
			return true
		}
		_ = r.Body.Close()
		return r.StatusCode != http.StatusNotFound
	})
	r, err := http.Get(a.url + "/half/")
	if err == nil {
		_, err = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	if err == nil {
		t.Error("half an answer arrives as a whole one")
	}
}

// A module that is in its retry delay while the site remounts: does it come back?
func TestSite_retryDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		reg, err := openApp(ctx, map[string]string{"admin": "x"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var starts atomic.Int64
		reg1(t, reg, "flaky", flaky{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }), &starts})
		s, err := newSite(ctx, reg)
		if err != nil {
			t.Fatal(err)
		}
		get := func() int {
			w := httptest.NewRecorder()
			s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/flaky/", nil))
			return w.Code
		}
		first := get()
		reg1(t, reg, "other", http.NotFoundHandler()) // remount within the delay
		synctest.Wait()
		during := get()
		time.Sleep(time.Hour)
		synctest.Wait()
		t.Logf("first %d during %d starts %d state %v", first, during, starts.Load(), func() any { m, _ := reg.Get("flaky"); return m.Status().State }())
		if after := get(); after != http.StatusOK {
			t.Errorf("an hour after the delay: %d", after)
		}
		s.close()
		_ = reg.Close(ctx)
	})
}

// Quarantine: http.StatusNotFound or 503?
func TestSite_quarantine(t *testing.T) {
	a := newApp(t)
	c := a.browser()
	a.get(c, "/posts/")
	for _, ref := range []string{"content@1.0.0", "content@2.0.0"} {
		if err := a.reg.Quarantine(t.Context(), ref, "test"); err != nil {
			t.Fatal(err)
		}
	}
	status, body := a.get(c, "/posts/")
	if status != http.StatusServiceUnavailable {
		t.Errorf("quarantined content answers %d %q", status, body)
	}
}

// Same without a remount: how does a retry after the delay behave?
func TestSite_flush(t *testing.T) {
	a := newApp(t)
	reg1(t, a.reg, "stream", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	eventually(t, "mounted", func() bool { s, _ := a.get(a.browser(), "/stream/"); return s != http.StatusNotFound })
	if status, body := a.get(a.browser(), "/stream/"); status != http.StatusOK {
		t.Errorf("Flush: %d %q", status, body)
	}
}

// ErrAbortHandler: is the connection cut?
func TestSite_abort(t *testing.T) {
	a := newApp(t)
	reg1(t, a.reg, "abort", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	eventually(t, "mounted", func() bool {
		r, err := http.Get(a.url + "/abort/")
		if err != nil {
			return true
		}
		_ = r.Body.Close()
		return r.StatusCode != http.StatusNotFound
	})
	if r, err := http.Get(a.url + "/abort/"); err == nil {
		_ = r.Body.Close()
		t.Errorf("ErrAbortHandler became an answer: %d", r.StatusCode)
	}
}
