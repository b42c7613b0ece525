package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// The defaults of [Options].
const (
	DefaultMaxBody       = 16 << 20
	DefaultMaxHeader     = 32 << 10
	DefaultHeaderTimeout = 5 * time.Second
	DefaultIdleTimeout   = 2 * time.Minute
	DefaultDrain         = 30 * time.Second

	maxStreams = 250 // of one HTTP/2 connection
)

// Options say how a [Server] is made. A field that is zero means the default.
type Options struct {
	// TLS is for the listeners that are not local; without it there are none but local ones.
	TLS *tls.Config
	// MaxBody is the largest body of a request in bytes; of a stream, of all that it sends.
	MaxBody int64
	// MaxHeader is the largest head of a request in bytes.
	MaxHeader int
	// HeaderTimeout is how long a head may take to arrive; IdleTimeout how long a connection may be idle.
	HeaderTimeout, IdleTimeout time.Duration
	// Notice is how long the server goes on serving after it said that it goes, for load balancers to notice. Default 0.
	Notice time.Duration
	// Drain is how long requests get to finish after that.
	Drain time.Duration
	// Log is told of requests and of what goes wrong; slog.Default if nil.
	Log *slog.Logger
}

func (o Options) filled() Options {
	pick := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	pick(&o.HeaderTimeout, DefaultHeaderTimeout)
	pick(&o.IdleTimeout, DefaultIdleTimeout)
	pick(&o.Drain, DefaultDrain)
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxHeader <= 0 {
		o.MaxHeader = DefaultMaxHeader
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// A Server serves handlers on listeners. Add handlers and listeners, then call [Server.Run] once.
type Server struct {
	Health Health

	o         Options
	mux       *http.ServeMux
	listeners []listener
	going     chan struct{} // closed when it begins to drain
}

type listener struct {
	net.Listener
	secure bool
}

// New returns a server that answers /livez and /readyz.
func New(o Options) *Server {
	s := &Server{o: o.filled(), mux: http.NewServeMux(), going: make(chan struct{})}
	problem := func(name string, err error) { s.o.Log.Warn("a health check failed", "check", name, "error", err) }
	s.mux.Handle("/livez", s.Health.handler(s.Health.Live, problem))
	s.mux.Handle("/readyz", s.Health.handler(s.Health.Ready, problem))
	return s
}

// Handle adds a handler, see [http.ServeMux.Handle] for patterns.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Going returns a channel that is closed when the server begins to drain: a handler that would go on for ever, as a watch
// does, ends then.
func (s *Server) Going() <-chan struct{} { return s.going }

// ErrPlaintext says that an address is not local and there is no certificate.
var ErrPlaintext = errors.New("the address is not local, and without a certificate everybody on the way could read and change what is sent")

// Listen listens on a TCP address, with TLS if the server has it. Without, it refuses addresses that others can reach with
// [ErrPlaintext]. It returns the address, with the port that was chosen for port 0.
func (s *Server) Listen(ctx context.Context, address string) (net.Addr, error) {
	if s.o.TLS == nil {
		if err := checkLocal(ctx, address); err != nil {
			return nil, fmt.Errorf("listen on %q: %w", address, err)
		}
	}
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s.listeners = append(s.listeners, listener{l, s.o.TLS != nil})
	return l.Addr(), nil
}

// checkLocal refuses an address that is not a loopback one by its numbers. A name is not one: what it means may change.
func checkLocal(_ context.Context, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return ErrPlaintext
	}
	return nil
}

// ListenUnix listens on a socket in the file system that only this user can connect to. A socket that a process left that
// is gone is replaced; one that is answered is not.
func (s *Server) ListenUnix(ctx context.Context, path string) error {
	if c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path); err == nil {
		_ = c.Close()
		return fmt.Errorf("listen on %q: another process answers there", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return fmt.Errorf("listen on %q: there is something else", path)
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	l, err := listenPrivate(ctx, path)
	if err != nil {
		return err
	}
	s.listeners = append(s.listeners, listener{l, false})
	return nil
}

// Run serves until ctx ends, then drains and returns nil; an error if a listener fails. It closes the listeners.
func (s *Server) Run(ctx context.Context) error {
	if len(s.listeners) == 0 {
		return errors.New("serve: there is nothing to listen on")
	}
	// Requests outlive ctx: they end by themselves while the server drains, or when that is over.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	servers := make([]*http.Server, len(s.listeners))
	failed := make(chan error, len(servers))
	var wg sync.WaitGroup
	for i, l := range s.listeners {
		servers[i] = s.http(life, l.secure)
		wg.Go(func() {
			if err := serve(servers[i], l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve on %s: %w", l.Addr(), err)
			}
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.drain(servers, end)
	wg.Wait()
	return err
}

func serve(srv *http.Server, l listener) error {
	if l.secure {
		return srv.ServeTLS(l, "", "")
	}
	return srv.Serve(l)
}

// http returns the server of one listener.
func (s *Server) http(life context.Context, secure bool) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(secure)
	protocols.SetUnencryptedHTTP2(!secure) // gRPC on the local socket
	srv := &http.Server{
		Handler:           guard(s.mux, &s.o),
		ReadHeaderTimeout: s.o.HeaderTimeout,
		IdleTimeout:       s.o.IdleTimeout,
		MaxHeaderBytes:    s.o.MaxHeader,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		BaseContext:       func(net.Listener) context.Context { return life },
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	if secure {
		srv.TLSConfig = s.o.TLS.Clone()
	}
	return srv
}

// drain lets requests finish, for as long as they may, and ends the rest.
func (s *Server) drain(servers []*http.Server, end context.CancelFunc) {
	s.Health.Leave("it is being shut down")
	if s.o.Notice > 0 {
		time.Sleep(s.o.Notice) // nothing can cut this short: it is for others to notice
	}
	close(s.going)
	ctx, cancel := context.WithTimeout(context.Background(), s.o.Drain)
	defer cancel()
	var wg sync.WaitGroup
	for _, srv := range servers {
		wg.Go(func() {
			if err := srv.Shutdown(ctx); err != nil {
				end() // streams that watch their context end now
				_ = srv.Close()
			}
		})
	}
	wg.Wait()
}
