package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// checkTimeout is how long one check may take before it counts as failed.
const checkTimeout = 2 * time.Second

// A Check reports why something is not well; nil if it is. It heeds its context.
type Check func(ctx context.Context) error

// Health knows whether a process is alive and ready. It is safe for concurrent use. The zero value is alive and ready.
type Health struct {
	mu     sync.Mutex
	live   map[string]Check // guarded by mu
	ready  map[string]Check // guarded by mu
	going  string           // guarded by mu; why it is on its way out
	banned map[string]bool  // guarded by mu; checks that hang: they are not called again until they return
}

// AddLive adds a check without which the process had better be started anew. Names are words of lower-case letters.
func (h *Health) AddLive(name string, c Check) { h.add(&h.live, name, c) }

// AddReady adds a check without which the process should get no requests.
func (h *Health) AddReady(name string, c Check) { h.add(&h.ready, name, c) }

func (h *Health) add(to *map[string]Check, name string, c Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *to == nil {
		*to = map[string]Check{}
	}
	(*to)[name] = c
}

// Leave makes the process not ready from now on, for the reason.
func (h *Health) Leave(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.going = reason
}

// A Verdict is what one check said.
type Verdict struct {
	Name string
	Err  error // nil if it is well
}

// Live carries out the checks of liveness, in the order of their names, and Ready those of readiness and liveness.
func (h *Health) Live(ctx context.Context) []Verdict { return h.run(ctx, false) }

// Ready is described with Live.
func (h *Health) Ready(ctx context.Context) []Verdict { return h.run(ctx, true) }

func (h *Health) run(ctx context.Context, ready bool) []Verdict {
	h.mu.Lock()
	checks := maps.Clone(h.live)
	if ready {
		if checks == nil {
			checks = map[string]Check{}
		}
		maps.Copy(checks, h.ready)
		if reason := h.going; reason != "" {
			checks["shutdown"] = func(context.Context) error { return fmt.Errorf("the process is going: %s", reason) }
		}
	}
	h.mu.Unlock()
	verdicts := make([]Verdict, len(checks))
	var wg sync.WaitGroup
	for i, name := range slices.Sorted(maps.Keys(checks)) {
		wg.Go(func() { verdicts[i] = Verdict{name, h.call(ctx, name, checks[name])} })
	}
	wg.Wait()
	return verdicts
}

// call carries out one check in its time. One that does not return is not called again until it has.
func (h *Health) call(ctx context.Context, name string, c Check) error {
	h.mu.Lock()
	if h.banned[name] {
		h.mu.Unlock()
		return fmt.Errorf("it has not returned since it was asked before")
	}
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		defer h.allow(name)
		done <- guarded(ctx, c)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		h.mu.Lock()
		defer h.mu.Unlock()
		select {
		case err := <-done: // just now
			return err
		default:
		}
		if h.banned == nil {
			h.banned = map[string]bool{}
		}
		h.banned[name] = true
		return fmt.Errorf("it has not returned: %w", ctx.Err())
	}
}

func (h *Health) allow(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.banned, name)
}

func guarded(ctx context.Context, c Check) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check panicked: %v", p)
		}
	}()
	return c(ctx)
}

// handler answers 200 if all is well and 503 if not, with a line for each check that is not, or for each with ?verbose. Texts of errors
// are shown to nobody: they may say more than a stranger should know. They go to the log.
func (h *Health) handler(run func(context.Context) []Verdict, problem func(name string, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		status := http.StatusOK
		var text strings.Builder
		verbose := r.URL.Query().Has("verbose")
		for _, v := range run(r.Context()) {
			switch {
			case v.Err != nil:
				status = http.StatusServiceUnavailable
				fmt.Fprintf(&text, "[-] %s failed\n", v.Name)
				problem(v.Name, v.Err)
			case verbose:
				fmt.Fprintf(&text, "[+] %s ok\n", v.Name)
			}
		}
		if status == http.StatusOK {
			text.WriteString("ok\n")
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text.String())) // whoever asked has gone
	})
}
