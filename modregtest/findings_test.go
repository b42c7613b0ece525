package modregtest_test

import (
	"slices"
	"testing"

	"github.com/modreg/modreg/modregtest"
)

//nolint:thelper // the functions in the table are what helpers are given to
func TestFindings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		check func(tb testing.TB)
		want  []string
	}{
		"nothing":       {func(testing.TB) {}, nil},
		"errors":        {func(tb testing.TB) { tb.Error("a", 1); tb.Errorf("b%d", 2) }, []string{"a 1", "b2"}},
		"fatal":         {func(tb testing.TB) { tb.Fatal("a"); tb.Error("not reached") }, []string{"a"}},
		"fatalf":        {func(tb testing.TB) { tb.Fatalf("a%d", 1); tb.Error("not reached") }, []string{"a1"}},
		"fail":          {func(tb testing.TB) { tb.Fail(); tb.FailNow() }, []string{"it failed", "it failed"}},
		"skip":          {func(tb testing.TB) { tb.Skip("x"); tb.Error("not reached") }, nil},
		"skip later":    {func(tb testing.TB) { tb.Error("a"); tb.Skipf("x"); tb.Error("not reached") }, []string{"a"}},
		"cleanups":      {func(tb testing.TB) { tb.Cleanup(func() { tb.Error("2") }); tb.Cleanup(func() { tb.Fatal("1") }) }, []string{"1", "2"}},
		"nested":        {func(tb testing.TB) { tb.Cleanup(func() { tb.Cleanup(func() { tb.Error("a") }) }) }, []string{"a"}},
		"failed":        {func(tb testing.TB) { tb.Error("a"); tb.Cleanup(func() { tb.Error(tb.Failed()) }) }, []string{"a", "true"}},
		"context":       {func(tb testing.TB) { tb.Cleanup(func() { tb.Error(tb.Context().Err()) }); tb.Error(tb.Context().Err()) }, []string{"<nil>", "context canceled"}},
		"within itself": {func(tb testing.TB) { tb.Error(modregtest.Findings(tb, func(tb testing.TB) { tb.Fatal("a") })) }, []string{"[a]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := modregtest.Findings(t, tt.check); !slices.Equal(found, tt.want) {
				t.Errorf("findings %q, want %q", found, tt.want)
			}
		})
	}
}
