package modregtest

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest/jsonschema"
)

// New opens a registry for a test and closes it by the test's Cleanup. The test fails if it cannot be opened, or
// does not close well.
//
// The registry is empty, stands on a journal of its own in memory, checks configurations against JSON Schema, and
// gives modules 10 seconds to start and 5 to stop, to drain and to answer a health probe, so that what hangs is
// reported before the test's own time is over. Options change that.
func New(tb testing.TB, opts ...modreg.Option) *modreg.Registry {
	tb.Helper()
	const short = 5 * time.Second
	defaults := []modreg.Option{
		modreg.WithTimeouts(modreg.Timeouts{Start: 2 * short, Stop: short, Drain: short, Health: short}),
		modreg.WithConfigValidator(jsonschema.New()),
	}
	reg, err := modreg.Open(tb.Context(), append(defaults, opts...)...)
	if err != nil {
		tb.Fatalf("open a registry: %v", err)
	}
	tb.Cleanup(func() {
		if err := reg.Close(context.Background()); err != nil {
			tb.Errorf("close the registry: %v", err)
		}
	})
	return reg
}
