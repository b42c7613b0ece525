package runtimetest

import (
	"context"

	"github.com/modreg/modreg"
)

// A Harness is what the suite has to know about a runtime.
type Harness struct {
	// Options are what a registry with the runtime is opened with. They are used for one registry.
	Options []modreg.Option
	// Register registers a module that has the behaviour. The manifest comes with name, version, the one capability
	// provided, what is required, and limits that are deadlines; Register adds what the runtime needs beside
	// that, such as the runtime's name and the entry, and calls [modreg.Registry.Register].
	Register func(ctx context.Context, reg *modreg.Registry, m modreg.Manifest, b Behaviour) error
	// Supports reports whether the runtime can have modules of the behaviour. Checks that need others are skipped.
	// Nil means that it can have all.
	Supports func(b Behaviour) bool
	// Instances returns how many instances of the version ref ("name@version") were begun in the registry, whether
	// their start succeeded or not, and how many of those are gone and hold nothing any more. Nil means that they
	// cannot be counted from outside; then less is checked.
	Instances func(ref string) (begun, gone int)
}
