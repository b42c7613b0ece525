// Command prove measures modreg's budgets and says which hold.
//
//	go run ./internal/prove [-v] [area…]
//
// It measures the areas named, or all, and prints a line for each budget: its name, the value, the bound, and "ok" or
// "short", separated by tabs. What else was learnt goes to standard error with -v. It exits 1 if a budget is short or
// could not be measured, and 2 if it was called wrongly.
//
// A value is a ratio to a peer that took turns with modreg in the same run, or a figure held against the limit that
// the budget names. docs/performance.md says what each budget means and what is noise.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// Exit codes.
const (
	exitOK    = 0
	exitShort = 1
	exitUsage = 2
)

// areas are the parts of modreg that have budgets.
func areas() map[string][]group {
	return map[string][]group{"core": core(), "discover": discovery(), "log": logging(), "resolve": resolution()}
}

func main() { os.Exit(run(os.Args[1:], areas(), os.Stdout, os.Stderr)) }

func run(args []string, all map[string][]group, stdout, stderr io.Writer) int {
	names := slices.Sorted(maps.Keys(all))
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verbose := flags.Bool("v", false, "say on standard error what else was learnt")
	flags.Usage = func() {
		fmt.Fprintf(stderr, "usage: go run ./internal/prove [-v] [area…]\nareas: %s\n", strings.Join(names, " "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	wanted := flags.Args()
	if len(wanted) == 0 {
		wanted = names
	}
	for _, name := range wanted {
		if _, ok := all[name]; !ok {
			fmt.Fprintf(stderr, "prove: there is no area %q, only: %s\n", name, strings.Join(names, " "))
			return exitUsage
		}
	}
	r := &report{out: stdout, problems: stderr, notes: io.Discard}
	if *verbose {
		r.notes = stderr
	}
	for _, name := range wanted {
		for _, g := range all[name] {
			r.prove(g)
		}
	}
	if r.short > 0 {
		fmt.Fprintf(stderr, "prove: %d of %d budgets are short\n", r.short, r.all)
		return exitShort
	}
	return exitOK
}
