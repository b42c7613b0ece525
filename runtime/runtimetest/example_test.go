package runtimetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// A package with a runtime has a test like this one, here for the native runtime. Modules of other runtimes are
// files beside the test, which the manifest's entry names.
func ExampleRun() {
	testRuntime := func(t *testing.T) {
		t.Helper()
		runtimetest.Run(t, func(*testing.T) runtimetest.Harness {
			return runtimetest.Harness{
				// Options: []modreg.Option{modreg.WithRuntime(…)},
				Register: func(ctx context.Context, reg *modreg.Registry, m modreg.Manifest, b runtimetest.Behaviour) error {
					return reg.Register(ctx, m, modreg.Provide(runtimetest.Process,
						func(context.Context, modreg.Deps) (modreg.Processor, error) {
							return runtimetest.NewSample(b, nil), nil
						}))
				},
				Supports: func(b runtimetest.Behaviour) bool { return b != runtimetest.Relays },
			}
		})
	}
	_ = testRuntime // go test calls it
	// Output:
}

func ExampleNoLeaks() {
	testServer := func(t *testing.T) {
		t.Helper()
		runtimetest.NoLeaks(t, 10*time.Second)
		// Start a server, and stop it by t.Cleanup.
	}
	_ = testServer // go test calls it
	// Output:
}
