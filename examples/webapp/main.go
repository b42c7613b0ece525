// Command webapp is a web application of four modules, each of which can be replaced while requests flow.
//
//	go run ./examples/webapp -addr 127.0.0.1:8080
//
// The modules auth, user, content and api provide pages under a path of their own, and services that they need of each
// other. The site serves whatever modules there are: see site.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/modreg/modreg"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	err := serve(ctx, *addr, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "webapp:", err)
		os.Exit(1)
	}
}

// serve runs the application until ctx ends; then requests in flight are finished and the modules stopped.
func serve(ctx context.Context, addr string, out io.Writer) (err error) {
	passwords := map[string]string{"admin": randomText(), "guest": randomText()}
	reg, err := openApp(ctx, passwords, defaultIterations)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reg.Close(context.WithoutCancel(ctx))) }()
	s, err := newSite(ctx, reg)
	if err != nil {
		return err
	}
	defer s.close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	fmt.Fprintf(out, "http://%s/ is served; passwords for this run: admin %s, guest %s\n",
		listener.Addr(), passwords["admin"], passwords["guest"])
	stopped := make(chan error, 1)
	stopServing := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	defer stopServing()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// openApp opens a registry with the modules of the application. Content is there in two versions.
func openApp(ctx context.Context, passwords map[string]string, iterations int) (*modreg.Registry, error) {
	reg, err := modreg.Open(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range []struct {
		name, version string
		options       []modreg.ModuleOption
	}{
		{"user", "1.0.0", userModule(passwords, iterations)},
		{"auth", "1.0.0", authModule()},
		{"content", "1.0.0", contentModule(plainPage)},
		{"content", "2.0.0", contentModule(fancyPage)},
		{"api", "1.0.0", apiModule()},
	} {
		if err := reg.Register(ctx, modreg.Manifest{Name: m.name, Version: m.version}, m.options...); err != nil {
			return nil, errors.Join(err, reg.Close(ctx))
		}
	}
	return reg, nil
}
