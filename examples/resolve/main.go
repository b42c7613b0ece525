// Command resolve plays a package manager with package resolve as its solver: it installs, upgrades, and says why and why
// not.
//
//	go run ./examples/resolve                                # a tour through a small universe of its own
//	go run ./examples/resolve install desktop
//	go run ./examples/resolve -packages '/var/lib/apt/lists/*_Packages' install gnome    # on any Debian
//
// Nothing is installed: what would be is printed, and kept in a lock file where one is named.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/modreg/modreg/resolve"
)

// Exit codes.
const (
	exitOK         = 0
	exitFailed     = 1
	exitUsage      = 2
	exitUnresolved = 6
)

const usage = `usage: resolve [flags] [command]
  install NAME...      what having these needs, and in which order
  remove NAME...       what is left without these (needs -lock)
  upgrade NAME...      the newest versions of these, with the fewest changes (needs -lock)
  why NAME             why it would be installed
  whynot 'NAME (>= 2)' why it would not be
  outdated             newer versions, and what keeps them out (needs -lock)
  graph [NAME...]      who needs whom, on the ways to these
Without a command: a tour.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{out: stdout}
	flags := flag.NewFlagSet("resolve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.Var(&a.files, "packages", "a `file` of packages, as apt keeps them, or a pattern for such files; may be repeated")
	flags.StringVar(&a.lockFile, "lock", "", "the `file` that holds what is installed; commands that change that write it")
	flags.BoolVar(&a.recommends, "recommends", true, "install recommended packages too")
	flags.StringVar(&a.format, "o", "dot", "the `format` of a graph: dot, mermaid or json")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	err := a.do(ctx, flags.Args())
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "resolve: %v\n%s", err, usage)
		return exitUsage
	case errors.As(err, new(*resolve.UnsatisfiableError)):
		fmt.Fprintln(stderr, a.explain(err))
		return exitUnresolved
	}
	fmt.Fprintf(stderr, "resolve: %v\n", err)
	return exitFailed
}
