package runtimetest

import (
	"context"
	"testing"
	"time"
)

// patience is how long a check may take, and the deadline of whatever has no shorter one. It bounds what hangs;
// it is no measure of speed.
const patience = time.Minute

// Run checks a runtime. It calls open for every check, in parallel; open returns a harness for one registry and
// releases what it holds by t.Cleanup. After every check, all instances must be gone and no goroutine left that the
// check started.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, topic := range topics() {
		t.Run(topic.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range topic.checks {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					examine(t, func() Harness { return open(t) }, c, patience)
				})
			}
		})
	}
}

// A topic is a part of what a runtime is for.
type topic struct {
	name   string
	checks []check
}

// A check is one thing that every runtime does.
type check struct {
	name  string
	needs []Behaviour // which modules it uses; it is skipped if the runtime cannot have one of them
	run   func(ctx context.Context, r *rig)
}

func topics() []topic {
	return []topic{
		{"start", startChecks()},
		{"call", callChecks()},
		{"failure", failureChecks()},
		{"stop", stopChecks()},
		{"swap", swapChecks()},
		{"dependency", dependencyChecks()},
	}
}

// examine runs one check on a registry of its own, closes that, and sees that nothing is left.
func examine(tb testing.TB, open func() Harness, c check, patience time.Duration) {
	tb.Helper()
	NoLeaks(tb, patience)
	h := open()
	for _, b := range c.needs {
		if h.Supports != nil && !h.Supports(b) {
			tb.Skipf("the runtime has no module of behaviour %q", b)
		}
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	tb.Cleanup(cancel)
	c.run(ctx, newRig(ctx, tb, h, patience))
}

// needs makes the lists of behaviours in the tables of checks readable.
func needs(all ...Behaviour) []Behaviour { return all }
