package runtimetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// NoLeaks fails the test if a goroutine is left that the test started, directly or through others, when its
// other cleanups have run and the goroutines had the time patience to end. Call it first in the test, from the
// test's own goroutine, and once. Goroutines of other tests do not matter, even if these run at the same time.
//
// It follows goroutines by the profiler labels that they inherit (see [pprof.Do]), and so loses sight of one that
// sets labels of its own, and of one that a timer starts.
func NoLeaks(tb testing.TB, patience time.Duration) {
	tb.Helper()
	const key = "runtimetest-leaks"
	mark := fmt.Sprintf("%s %x", tb.Name(), rand.Uint64())
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(key, mark)))
	tb.Cleanup(func() {
		pprof.SetGoroutineLabels(context.Background()) // so that this goroutine does not count
		left := goroutinesWith(key, mark)
		for deadline := time.Now().Add(patience); len(left) > 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // between looks: a goroutine may be on its last steps
			left = goroutinesWith(key, mark)
		}
		if len(left) > 0 {
			tb.Errorf("goroutines are left that the test started:\n%s", strings.Join(left, "\n\n"))
		}
	})
}

// goroutinesWith returns the stacks of the goroutines that carry the label, equal ones together with their number.
func goroutinesWith(key, value string) []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{fmt.Sprintf("the goroutine profile cannot be had: %v", err)}
	}
	label := fmt.Sprintf("%q:%q", key, value)
	var found []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, label) {
			found = append(found, stack)
		}
	}
	return found
}
