package server_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/internal/server"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A site is a server at work.
type site struct {
	*server.Server
	addr string
	stop func() // begins to drain and waits until it has ended
}

func quiet(o server.Options) server.Options {
	o.Log = slog.New(slog.DiscardHandler)
	return o
}

// run serves on a port of its own until the test ends.
func run(t *testing.T, s *server.Server) site {
	t.Helper()
	addr, err := s.Listen(t.Context(), "127.0.0.1:0")
	must(t, err)
	return site{s, addr.String(), start(t, s)}
}

func start(t *testing.T, s *server.Server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	ended := false
	stop = func() {
		cancel()
		if !ended {
			ended = true
			if err := <-done; err != nil {
				t.Errorf("run: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

// An answer is what came back for some bytes.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // why the body is not whole
}

// raw sends bytes and returns the first answer.
func raw(t *testing.T, addr, text string) answer {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer c.Close() //nolint:errcheck // one answer is enough
	_, err = io.WriteString(c, text)
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return answer{res.StatusCode, res.Header, string(body), err}
}

func TestGuard_pathsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	at := run(t, s)
	for path, want := range map[string]int{
		"/": 200, "/a": 200, "/a/": 200, "/modreg.v1.ModuleService/List": 200, "/a?x=%2e%2e": 200, "/v2/a/b@1.2.3": 200, "/a-b_c~d": 200,
		"//a": 400, "/a//b": 400, "/a/../b": 400, "/..": 400, "/./a": 400, "/%2e%2e/a": 400, "/a%2fb": 400, "/%61": 400,
		"/a.": 400, "/a./b": 400, `/a\b`: 400, "/a%00": 400, "/\xc3\xa9": 400,
	} {
		res := raw(t, at.addr, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if res.status != want {
			t.Errorf("%q: %d, want %d", path, res.status, want)
		}
		if want == 400 {
			var p server.Problem
			if err := json.Unmarshal([]byte(res.body), &p); err != nil || p.Code != "invalid" || p.Request == "" {
				t.Errorf("%q: %+v, %v", path, p, err)
			}
		}
	}
}

func TestGuard_limits(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{MaxBody: 1000, MaxHeader: 4 << 10, HeaderTimeout: 50 * time.Millisecond}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		}
	}))
	at := run(t, s)
	post := func(length int64, body io.Reader) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at.addr+"/", body)
		must(t, err)
		req.ContentLength = length
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		_ = res.Body.Close()
		return res.StatusCode
	}
	for length, want := range map[int64]int{1000: 200, 1001: 413} {
		if got := post(length, strings.NewReader(strings.Repeat("x", int(length)))); got != want {
			t.Errorf("%d bytes that are announced: %d", length, got)
		}
		if got := post(-1, io.MultiReader(strings.NewReader(strings.Repeat("x", int(length))))); got != want {
			t.Errorf("%d bytes that are not announced: %d", length, got)
		}
	}
	if res := raw(t, at.addr, "GET / HTTP/1.1\r\nHost: x\r\nA: "+strings.Repeat("x", 16<<10)+"\r\n\r\n"); res.status != 431 {
		t.Errorf("a large head: %d", res.status)
	}
	for name, text := range map[string]string{
		"two lengths":         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"length and chunks":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		"a space in a header": "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
		"no host":             "GET / HTTP/1.1\r\n\r\n",
	} {
		if res := raw(t, at.addr, text); res.status < 400 {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	// Who sends a head byte by byte is cut off, and nobody else notices.
	c, err := net.Dial("tcp", at.addr)
	must(t, err)
	defer c.Close() //nolint:errcheck // it is cut off
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
	must(t, err)
	must(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a slow head is waited for")
	}
}

func TestGuard_requestIDs(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, server.RequestID(r.Context())) }))
	at := run(t, s)
	for sent, kept := range map[string]bool{"01JD-abc": true, "": false, "no spaces": false, strings.Repeat("x", 500): false} {
		res := raw(t, at.addr, "GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: "+sent+"\r\n\r\n")
		got := res.header.Get(server.RequestIDHeader)
		if got == "" || (got == sent) != kept || res.body != got {
			t.Errorf("%q became %q, the handler saw %q", sent, got, res.body)
		}
	}
}

func TestGuard_panics(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{}))
	s.Handle("/early", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a secret") }))
	s.Handle("/late", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("a secret")
	}))
	at := run(t, s)
	res := raw(t, at.addr, "GET /early HTTP/1.1\r\nHost: x\r\n\r\n")
	if res.status != 500 || strings.Contains(res.body, "secret") {
		t.Errorf("%d, %s", res.status, res.body)
	}
	if res = raw(t, at.addr, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"); res.err == nil {
		t.Error("half an answer looks like a whole one")
	}
}

func get(t *testing.T, addr, path string) (int, string) {
	t.Helper()
	res := raw(t, addr, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	must(t, res.err)
	return res.status, res.body
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{}))
	at := run(t, s)
	if status, body := get(t, at.addr, "/readyz"); status != 200 || body != "ok\n" {
		t.Errorf("%d %q", status, body)
	}
	s.Health.AddReady("journal", func(context.Context) error { return errors.New("a secret path is full") })
	s.Health.AddLive("loop", func(context.Context) error { return nil })
	if status, body := get(t, at.addr, "/readyz"); status != 503 || body != "[-] journal failed\n" {
		t.Errorf("%d %q", status, body)
	}
	if status, body := get(t, at.addr, "/readyz?verbose"); status != 503 || body != "[-] journal failed\n[+] loop ok\n" {
		t.Errorf("%d %q", status, body)
	}
	if status, body := get(t, at.addr, "/livez?verbose"); status != 200 || body != "[+] loop ok\nok\n" {
		t.Errorf("%d %q", status, body)
	}
	s.Health.AddLive("panics", func(context.Context) error { panic("x") })
	if status, _ := get(t, at.addr, "/livez"); status != 503 {
		t.Errorf("a check that panics: %d", status)
	}
	if res := raw(t, at.addr, "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); res.status != 405 {
		t.Errorf("POST: %d", res.status)
	}
}

func TestRun_requestsFinishWhileItDrains(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{Drain: time.Minute}))
	begun, finish := make(chan struct{}), make(chan struct{})
	s.Handle("/slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-s.Going()
		<-finish
		_, _ = io.WriteString(w, "done")
	}))
	at := run(t, s)
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + at.addr + "/slow") //nolint:noctx // it ends with the server
		if err != nil {
			answer <- err.Error()
			return
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answer <- string(body)
	}()
	<-begun
	stopped := make(chan struct{})
	go func() { at.stop(); close(stopped) }()
	<-s.Going()
	if v := s.Health.Ready(t.Context()); len(v) != 1 || v[0].Err == nil {
		t.Errorf("while it drains it is ready: %v", v)
	}
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the request got %q", got)
	}
	<-stopped
}

func TestRun_endsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{Drain: 10 * time.Millisecond}))
	begun := make(chan struct{})
	s.Handle("/stuck", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}))
	at := run(t, s)
	go func() {
		res, err := http.Get("http://" + at.addr + "/stuck") //nolint:noctx // it ends with the server
		if err == nil {
			_ = res.Body.Close()
		}
	}()
	<-begun
	at.stop()
}

func TestListen_plaintextStaysLocal(t *testing.T) {
	t.Parallel()
	s := server.New(quiet(server.Options{}))
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "localhost:0", "192.0.2.1:0"} {
		if _, err := s.Listen(t.Context(), address); !errors.Is(err, server.ErrPlaintext) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("it runs without a listener")
	}
}

func TestListen_tls(t *testing.T) {
	t.Parallel()
	cert, roots := certificate(t)
	s := server.New(quiet(server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	at := run(t, s)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + at.addr + "/") //nolint:noctx // it ends with the server
	must(t, err)
	body, err := io.ReadAll(res.Body)
	must(t, errors.Join(err, res.Body.Close()))
	if string(body) != "HTTP/2.0" || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, %v", body, res.Header)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS12}}}
	if _, err := old.Get("https://" + at.addr + "/"); err == nil { //nolint:noctx,bodyclose // it must not be answered
		t.Error("TLS 1.2 is spoken")
	}
	if res := raw(t, at.addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); res.status != 400 {
		t.Errorf("plain HTTP on a TLS port: %d", res.status)
	}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestListenUnix(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes of sockets are not those of files here")
	}
	dir, err := os.MkdirTemp("", "m") // the path of a socket has to be short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	stale, err := net.Listen("unix", path)
	must(t, err)
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	must(t, stale.Close()) // as a process leaves it that was killed
	s := server.New(quiet(server.Options{}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	must(t, s.ListenUnix(t.Context(), path))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	stop := start(t, s)
	for _, h2 := range []bool{false, true} {
		if got := overUnix(t, path, h2); got != fmt.Sprintf("HTTP/%s", map[bool]string{false: "1.1", true: "2.0"}[h2]) {
			t.Errorf("over the socket: %s", got)
		}
	}
	if err := server.New(quiet(server.Options{})).ListenUnix(t.Context(), path); err == nil {
		t.Error("a second server took the socket of the first")
	}
	stop()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	must(t, os.WriteFile(path, nil, 0o600))
	if err := server.New(quiet(server.Options{})).ListenUnix(t.Context(), path); err == nil {
		t.Error("a file was replaced by a socket")
	}
}

func overUnix(t *testing.T, path string, h2 bool) string {
	t.Helper()
	var protocols http.Protocols
	protocols.SetHTTP1(!h2)
	protocols.SetUnencryptedHTTP2(h2)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://modreg/") //nolint:noctx // it ends with the server
	must(t, err)
	body, err := io.ReadAll(res.Body)
	must(t, errors.Join(err, res.Body.Close()))
	return string(body)
}

// TestServer_rapidReset opens and resets streams as fast as it can; others are answered meanwhile and after.
func TestServer_rapidReset(t *testing.T) {
	t.Parallel()
	cert, roots := certificate(t)
	s := server.New(quiet(server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}))
	s.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	at := run(t, s)
	c, err := tls.Dial("tcp", at.addr, &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}})
	must(t, err)
	defer c.Close() //nolint:errcheck // it is cut off
	go func() { _, _ = io.Copy(io.Discard, c) }()
	_, err = io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	must(t, err)
	frame := func(kind, flags byte, stream uint32, payload ...byte) []byte {
		n := len(payload)
		return append([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags, byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream)}, payload...)
	}
	_, err = c.Write(frame(4, 0, 0)) // SETTINGS
	must(t, err)
	for stream := uint32(1); stream < 20_000; stream += 2 {
		// HEADERS with GET, https, / and an authority; then RST_STREAM.
		attack := append(frame(1, 5, stream, 0x82, 0x87, 0x84, 0x41, 1, 'x'), frame(3, 0, stream, 0, 0, 0, 8)...)
		if _, err := c.Write(attack); err != nil {
			break // it has had enough of us
		}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + at.addr + "/") //nolint:noctx // it ends with the server
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Errorf("others get %d", res.StatusCode)
	}
}
