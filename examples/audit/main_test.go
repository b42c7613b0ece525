package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun_answersAndNotices(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(context.Background(), &out, filepath.Join(t.TempDir(), "data")); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		`user/grace did, at 20`, `approved as "change-4711-by-linus", because "two marks were asked for" (record 3)`,
		"module:start", "user/alan", "3: upper@2.0.0", "4: upper@1.0.0", "verifies with the key modreg/node-1/registry+",
		"noticed (fork)", "noticed (rollback)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "noticed ("); n != 3 {
		t.Errorf("%d attempts were noticed, want 3", n)
	}
}
