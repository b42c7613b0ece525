// Command content converts files by modules: Markdown to HTML, PNG and JPEG images to smaller ones, PDF to text.
//
//	go run ./examples/content README.md photo.jpg folder/
//
// It shows modreg's main job on real files. Each converter is a module that is declared by a file (modules/*.yaml)
// and found by what it can do: the media type of its input is an attribute of its capability. Only modules that are needed
// are started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/modreg/modreg"
)

func main() {
	if os.Getenv(workerVariable) != "" {
		os.Exit(pdfWorker(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a file could not be converted
	exitUsage  = 2
)

// A job is what the command line asks for.
type job struct {
	out     string
	list    bool
	verbose bool
	sets    settings
	inputs  []string
}

func parse(args []string, stderr io.Writer) (*job, error) {
	j := &job{sets: settings{}}
	flags := flag.NewFlagSet("content", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&j.out, "out", "content-out", "folder for the results")
	flags.BoolVar(&j.list, "list", false, "list the modules and what they convert")
	flags.BoolVar(&j.verbose, "v", false, "say what the modules do")
	flags.Var(j.sets, "set", "configure a module, as in content.image.max=800; may be repeated")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: content [flags] file|folder…")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	j.inputs = flags.Args()
	if len(j.inputs) == 0 && !j.list {
		flags.Usage()
		return nil, errors.New("nothing to convert")
	}
	return j, nil
}

// run is main with everything it touches passed in.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	j, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	reg, err := openRegistry(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "content:", err)
		return exitFailed
	}
	if j.verbose {
		defer printEvents(reg, stderr)()
	}
	defer func() {
		if err := reg.Close(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(stderr, "content: close:", err)
			code = max(code, exitFailed)
		}
	}()
	if err := j.sets.apply(ctx, reg); err != nil {
		fmt.Fprintln(stderr, "content:", err)
		return exitUsage
	}
	if j.list {
		list(reg, stdout)
	}
	if len(j.inputs) == 0 {
		return exitOK
	}
	return convertAll(ctx, reg, j, stdout, stderr)
}

// list prints the modules with what they convert and where they are in their life.
func list(reg *modreg.Registry, w io.Writer) {
	for m := range reg.Snapshot().All() {
		for _, c := range m.Provides() {
			media, _ := c.Attrs.Get("media")
			output, _ := c.Attrs.Get("output")
			fmt.Fprintf(w, "%-24s %-10s %s -> %s\n", m.Ref(), m.Status().State, media, output)
		}
	}
}

// printEvents prints what happens to modules until the registry is closed. The function it returns waits for that.
func printEvents(reg *modreg.Registry, w io.Writer) (wait func()) {
	events := reg.Watch(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e, err := range events {
			if err != nil {
				return
			}
			fmt.Fprintf(w, "%s %s@%s %s\n", e.Kind, e.Module, e.Version, e.State)
		}
	}()
	return func() { <-done }
}
