// Command peers measures what others take for what modreg does, and prints a line for each: name, tab, nanoseconds.
//
//	go run -C internal/prove/peers . [area]
//
// Without an area it is about getting at a service by name or type and calling it: with dependency injection containers,
// Caddy's registry of modules, and a sync.Map; "direct" is a call through an interface, to hold the others against. The
// areas are
//
//   - discover: modules by their capabilities, with roaring bitmaps, a map of sets and a linear scan;
//   - text: short texts by their words, with bleve and SQLite's FTS5;
//   - log: entries that are on the disk before the next, with a plain file, bbolt, a Merkle tree, Tessera and etcd;
//   - resolve: dependencies, with gophersat, deps.dev's npm resolver, apt-get and libsolv.
//
// What else was learnt, and which peers or data are absent and left out, goes to standard error. Each area takes less than
// a minute on two cores. The program prove runs this one. It is a module of its own, so that what it imports never
// becomes a requirement of modreg.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/modreg/modreg/internal/prove/peers/discovery"
	"github.com/modreg/modreg/internal/prove/peers/durable"
	"github.com/modreg/modreg/internal/prove/peers/resolution"
	"github.com/modreg/modreg/internal/prove/peers/text"
)

func main() {
	measure := measureCore
	if len(os.Args) > 1 {
		var ok bool
		if measure, ok = areas()[os.Args[1]]; !ok || len(os.Args) > 2 {
			fmt.Fprintln(os.Stderr, "usage: peers [discover | log | resolve | text]")
			os.Exit(2)
		}
	}
	if err := measure(os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func areas() map[string]func(out, notes io.Writer) error {
	return map[string]func(out, notes io.Writer) error{
		"discover": discovery.Measure,
		"log":      durable.Measure,
		"resolve":  resolution.Measure,
		"text":     text.Measure,
	}
}
