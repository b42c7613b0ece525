package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

// An app is the application behind a real server.
type app struct {
	t    *testing.T
	reg  *modreg.Registry
	site *site
	url  string
}

func newApp(t *testing.T) *app {
	t.Helper()
	ctx := context.Background()
	reg, err := openApp(ctx, map[string]string{"admin": "secret", "guest": "guest"}, 10) // few rounds: the tests are not about guessing passwords
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSite(ctx, reg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		server.Close()
		s.close()
		if err := reg.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &app{t, reg, s, server.URL}
}

// A browser keeps cookies.
func (a *app) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (a *app) get(c *http.Client, path string) (int, string) {
	a.t.Helper()
	return a.send(c, http.MethodGet, path, nil)
}

func (a *app) post(c *http.Client, path string, form ...string) (int, string) {
	a.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return a.send(c, http.MethodPost, path, values)
}

// send sends a request with a form, and with headers by pairs, and returns status and body of the answer.
func (a *app) send(c *http.Client, method, path string, form url.Values, headers ...string) (int, string) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	r, err := c.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func (a *app) admin() *http.Client {
	a.t.Helper()
	c := a.browser()
	if status, body := a.post(c, "/auth/login", "user", "admin", "password", "secret"); status != http.StatusNoContent {
		a.t.Fatalf("log in: %d %s", status, body)
	}
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

func TestSite_login(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	stranger := a.browser()
	if status, _ := a.get(stranger, "/api/posts"); status != http.StatusUnauthorized {
		t.Errorf("the API answers a stranger with %d", status)
	}
	for _, try := range [][2]string{{"admin", "wrong"}, {"nobody", "secret"}, {"", ""}} {
		if status, _ := a.post(stranger, "/auth/login", "user", try[0], "password", try[1]); status != http.StatusUnauthorized {
			t.Errorf("logging in as %q by %q: %d", try[0], try[1], status)
		}
	}
	c := a.admin()
	if status, body := a.get(c, "/api/posts"); status != http.StatusOK || !strings.Contains(body, `"title":"Modules"`) {
		t.Errorf("posts: %d %s", status, body)
	}
	if status, body := a.get(c, "/api/me"); status != http.StatusOK || !strings.Contains(body, `"admin":true`) {
		t.Errorf("me: %d %s", status, body)
	}
	if status, body := a.get(stranger, "/posts/"); status != http.StatusOK || strings.Contains(body, "<script") {
		t.Errorf("the page: %d %s", status, body)
	}
	if status, _ := a.get(stranger, "/nowhere"); status != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", status)
	}
	a.post(c, "/auth/logout")
	if status, _ := a.get(c, "/api/me"); status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", status)
	}
}

func TestSite_swapUnderLoad(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	admin := a.admin()
	stop := make(chan struct{})
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			c := a.browser()
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := c.Get(a.url + "/posts/")
				if err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				body, err := io.ReadAll(r.Body)
				_ = r.Body.Close()
				one, two := bytes.Contains(body, []byte("content 1")), bytes.Contains(body, []byte("content 2"))
				if err != nil || r.StatusCode != http.StatusOK || one == two {
					t.Errorf("a request was lost: %v, %d, %s", err, r.StatusCode, body)
					return
				}
			}
		})
	}
	for _, version := range []string{"2.0.0", "1.0.0", "2.0.0", "1.0.0", "2.0.0"} {
		if status, body := a.post(admin, "/admin/activate", "module", "content@"+version); status != http.StatusNoContent {
			t.Errorf("activate %s: %d %s", version, status, body)
		}
	}
	close(stop)
	load.Wait()
	if _, body := a.get(admin, "/posts/"); !strings.Contains(body, "content 2") {
		t.Errorf("at the end: %s", body)
	}
}

func TestSite_onlyAdministratorsSwap(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	guest := a.browser()
	a.post(guest, "/auth/login", "user", "guest", "password", "guest")
	for _, c := range []*http.Client{a.browser(), guest} {
		if status, _ := a.post(c, "/admin/activate", "module", "content@2.0.0"); status != http.StatusForbidden {
			t.Errorf("somebody else swaps: %d", status)
		}
	}
	admin := a.admin()
	form := url.Values{"module": {"content@2.0.0"}}
	if status, _ := a.send(admin, http.MethodPost, "/admin/activate", form, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("another site's page swaps: %d", status)
	}
	if status, body := a.post(admin, "/admin/activate", "module", "content@9.0.0"); status != http.StatusConflict || !strings.Contains(body, "2.0.0, 1.0.0") {
		t.Errorf("a version that is not there: %d %s", status, body)
	}
}

func TestSite_modulesComeAndGo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := newApp(t)
	c := a.admin()
	if status, _ := a.get(c, "/api/me"); status != http.StatusOK {
		t.Fatalf("the API: %d", status)
	}
	if err := a.reg.Unregister(ctx, "auth"); modreg.CodeOf(err) != modreg.CodeInUse {
		t.Errorf("what the API requires is taken away: %v", err)
	}
	if err := a.reg.Unregister(ctx, "api"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the API's pages are gone", func() bool { status, _ := a.get(c, "/api/me"); return status == http.StatusNotFound })
	if status, _ := a.get(c, "/posts/"); status != http.StatusOK {
		t.Errorf("the others: %d", status)
	}
	err := a.reg.Register(ctx, modreg.Manifest{Name: "news", Version: "1.0.0"},
		modreg.Provide(Pages, func(context.Context, modreg.Deps) (http.Handler, error) {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/news/broken" {
					panic("a bug")
				}
				_, _ = io.WriteString(w, "news")
			}), nil
		}, modreg.Attr("mount", "/news/")))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new pages are there", func() bool { _, body := a.get(c, "/news/"); return body == "news" })
	if status, _ := a.get(c, "/news/broken"); status != http.StatusInternalServerError {
		t.Errorf("a page that panics: %d", status)
	}
	if status, _ := a.get(c, "/news/"); status != http.StatusOK {
		t.Errorf("after a panic: %d", status)
	}
}

// slow serves a page that takes as long as a test wants.
type slow struct {
	name            string
	inside, release chan struct{}
}

func (s *slow) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.inside <- struct{}{}
	<-s.release
	_, _ = io.WriteString(w, s.name)
}

func TestSite_whoBeganARequestFinishesIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := newApp(t)
	inside, release := make(chan struct{}, 2), make(chan struct{})
	for _, version := range []string{"1.0.0", "2.0.0"} {
		pages := &slow{version, inside, release}
		err := a.reg.Register(ctx, modreg.Manifest{Name: "slow", Version: version},
			modreg.Provide(Pages, func(context.Context, modreg.Deps) (http.Handler, error) { return pages, nil }, modreg.Attr("mount", "/slow/")))
		if err != nil {
			t.Fatal(err)
		}
	}
	c := a.browser()
	eventually(t, "the pages are there", func() bool { return len(*a.site.mounts.Load()) == 5 })
	first := make(chan string, 1)
	go func() { _, body := a.get(c, "/slow/"); first <- body }()
	<-inside
	swapped := make(chan error, 1)
	go func() { swapped <- a.reg.Activate(ctx, "slow@2.0.0") }()
	eventually(t, "the new version is active", func() bool { m, _ := a.reg.Get("slow"); return m.Ref() == "slow@2.0.0" })
	close(release)
	if body := <-first; body != "1.0.0" {
		t.Errorf("the request was finished by %s", body)
	}
	if err := <-swapped; err != nil {
		t.Error(err)
	}
	if _, body := a.get(c, "/slow/"); body != "2.0.0" {
		t.Errorf("the next request was served by %s", body)
	}
}

// broken is a content module that does not start.
type broken struct{ http.Handler }

func (broken) Start(context.Context) error { return errors.New("no database") }

func TestSite_failedSwapChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := newApp(t)
	admin := a.admin()
	a.post(admin, "/admin/activate", "module", "content@2.0.0")
	a.get(admin, "/posts/")
	err := a.reg.Register(ctx, modreg.Manifest{Name: "content", Version: "3.0.0"},
		modreg.Provide(Pages, func(context.Context, modreg.Deps) (http.Handler, error) { return broken{http.NotFoundHandler()}, nil },
			modreg.Attr("mount", "/posts/")))
	if err != nil {
		t.Fatal(err)
	}
	if status, body := a.post(admin, "/admin/activate", "module", "content@3.0.0"); status != http.StatusConflict || !strings.Contains(body, "no database") {
		t.Errorf("a version that does not start: %d %s", status, body)
	}
	if _, body := a.get(admin, "/posts/"); !strings.Contains(body, "content 2") {
		t.Errorf("after a failed swap: %s", body)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- serve(ctx, "127.0.0.1:0", writer) }()
	line := make([]byte, 256)
	n, err := reader.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := strings.Cut(string(line[:n]), " ")
	r, err := http.Get(address + "posts/")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("serve ended with %v", err)
	}
}
