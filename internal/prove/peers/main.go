// Command peers measures what it takes elsewhere to get at a service by name or type and call it: with dependency injection
// containers, Caddy's registry of modules, and a sync.Map. It prints a line for each: name, tab, nanoseconds; "direct" is
// a call through an interface, to hold the others against.
//
// The program prove runs it. It is a module of its own, so that what it imports never becomes a requirement of modreg.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// A peer gets at a greeter and calls it, n times.
type peer struct {
	name string
	run  func(n int) error
	n    int // that many take about a millisecond
}

func main() {
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// measure lets the peers take turns and prints what each takes in its best round.
func measure() error {
	const rounds = 60
	peers, err := peers()
	if err != nil {
		return err
	}
	best := make([]time.Duration, len(peers))
	runtime.GC()
	for round := range rounds {
		for i, p := range peers {
			start := time.Now()
			if err := p.run(p.n); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if took := time.Since(start); round == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	for i, p := range peers {
		fmt.Printf("%s\t%.3f\n", p.name, float64(best[i].Nanoseconds())/float64(p.n))
	}
	return nil
}
