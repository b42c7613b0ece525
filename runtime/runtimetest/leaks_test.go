package runtimetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/modregtest"
	"github.com/modreg/modreg/runtime/runtimetest"
)

func hold(release <-chan struct{}) { <-release }

//nolint:thelper // the functions in the table are tests
func TestNoLeaks(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	go hold(release) // is not of the tests below

	for name, tt := range map[string]struct {
		test     func(tb testing.TB)
		patience time.Duration
		leaks    bool
	}{
		"nothing": {func(testing.TB) {}, time.Minute, false},
		"ends":    {func(testing.TB) { go func() {}() }, time.Minute, false},
		"cleanup": {func(tb testing.TB) {
			end := make(chan struct{})
			go func() { <-end }()
			tb.Cleanup(func() { close(end) })
		}, time.Minute, false},
		"leaks":    {func(testing.TB) { go hold(release) }, 50 * time.Millisecond, true},
		"indirect": {func(testing.TB) { go func() { go hold(release) }() }, 50 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := modregtest.Findings(t, func(tb testing.TB) {
				runtimetest.NoLeaks(tb, tt.patience)
				tt.test(tb)
			})
			if leaks := len(found) > 0; leaks != tt.leaks {
				t.Errorf("findings %q, want any: %v", found, tt.leaks)
			}
			if tt.leaks && !strings.Contains(strings.Join(found, ""), "runtimetest_test.hold") {
				t.Errorf("the finding does not show the function: %q", found)
			}
		})
	}
}
