package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/modreg/modreg/record"
)

// RequestIDHeader carries the identifier of a request, both ways. One that the caller sends is kept if it is an
// identifier in the sense of package record.
const RequestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// RequestID returns the identifier of the request that a context belongs to; "" for others.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// A Problem is the body of an answer that is not one of a handler's own (RFC 9457).
type Problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Fix     string `json:"fix,omitempty"`
	Request string `json:"request,omitempty"`
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, r *http.Request, status int, code, title, fix string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Problem{ // whoever asked has gone
		Type: "about:blank", Title: title, Status: status, Code: code, Fix: fix, Request: RequestID(r.Context()),
	})
}

// guard wraps the handlers: see the package comment for what it promises.
func guard(next http.Handler, o *Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if id == "" || record.CheckID("request", id) != nil {
			id = rand.Text()
		}
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		h := w.Header()
		h.Set(RequestIDHeader, id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		watched := &watcher{ResponseWriter: w}
		start := time.Now()
		defer func() {
			if p := recover(); p != nil {
				panicked(watched, r, o.Log, p)
			}
			logRequest(o.Log, r, watched, time.Since(start))
		}()
		if why := badPath(r); why != "" {
			writeProblem(watched, r, http.StatusBadRequest, "invalid", why, "send the path in its one spelling")
			return
		}
		if r.ContentLength > o.MaxBody {
			watched.Header().Set("Connection", "close")
			writeProblem(watched, r, http.StatusRequestEntityTooLarge, "invalid",
				fmt.Sprintf("the body has %d bytes, at most %d are allowed", r.ContentLength, o.MaxBody), "")
			return
		}
		r.Body = http.MaxBytesReader(watched, r.Body, o.MaxBody)
		next.ServeHTTP(watched, r)
	})
}

// badPath reports what keeps a path from having one spelling: two that mean the same to a handler and not to who guards it
// would be a way past the guard.
func badPath(r *http.Request) string {
	if r.Method == http.MethodConnect || !strings.HasPrefix(r.URL.Path, "/") {
		return "the request has no path"
	}
	if path, _, _ := strings.Cut(r.RequestURI, "?"); strings.Contains(path, "%") {
		return "the path has escapes in it"
	}
	for i := range len(r.URL.Path) {
		if c := r.URL.Path[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return "the path has a character that is not allowed"
		}
	}
	for i, part := range strings.Split(r.URL.Path, "/")[1:] {
		last := i == strings.Count(r.URL.Path, "/")-1
		switch {
		case part == "" && !last:
			return "the path has an empty part"
		case part == "." || part == "..":
			return "the path has a part that is no name"
		case strings.HasSuffix(part, "."):
			return "a part of the path ends with a dot"
		}
	}
	return ""
}

// panicked answers for a handler that panicked, unless it had begun to answer; then the connection is cut, so that nobody
// takes half an answer for a whole one.
func panicked(w *watcher, r *http.Request, log *slog.Logger, p any) {
	log.ErrorContext(r.Context(), "a handler panicked", "request", RequestID(r.Context()), "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler) //nolint:forbidigo // this is how net/http is told to cut the connection
	}
	writeProblem(w, r, http.StatusInternalServerError, "failed", "something went wrong here", "try again; if it stays so, report it with the identifier of the request")
}

func logRequest(log *slog.Logger, r *http.Request, w *watcher, took time.Duration) {
	log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("request", RequestID(r.Context())), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", max(w.status, http.StatusOK)), slog.Int64("bytes", w.bytes), slog.Duration("took", took),
		slog.String("proto", r.Proto))
}

// A watcher sees what a handler answers.
type watcher struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements [http.ResponseWriter].
func (w *watcher) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (w *watcher) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] find what the writer below can do.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements [http.Flusher], which streams of Connect ask for.
func (w *watcher) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
