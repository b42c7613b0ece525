package modregtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

func TestNew_checksConfigurations(t *testing.T) {
	t.Parallel()
	reg := modregtest.New(t)
	m := modreg.Manifest{Name: "a", Version: "1.0.0", ConfigSchema: []byte(`{"type":"object","additionalProperties":false}`)}
	if err := reg.Register(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := reg.Configure(t.Context(), "a", []byte(`{"b":1}`)); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("error %v, want code %q", err, modreg.CodeInvalid)
	}
}

// stubborn does not stop well.
type stubborn struct{ stopped }

func (stubborn) Stop(context.Context) error { return errors.New("not now") }

func TestNew_reportsWhatGoesWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		check func(tb testing.TB)
		want  string
	}{
		"open": {func(tb testing.TB) {
			tb.Helper()
			modregtest.New(tb, modreg.WithEntry("x"), modreg.WithEntry("x"))
		}, "given twice"},
		"close": {func(tb testing.TB) {
			tb.Helper()
			reg := modregtest.New(tb)
			build := func(context.Context, modreg.Deps) (clock, error) { return stubborn{}, nil }
			if err := reg.Register(tb.Context(), modreg.Manifest{Name: "a", Version: "1.0.0"}, modreg.Provide(clocks, build)); err != nil {
				tb.Fatal(err)
			}
			if err := reg.Start(tb.Context(), "a"); err != nil {
				tb.Fatal(err)
			}
		}, "not now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := modregtest.Findings(t, tt.check); len(found) != 1 || !strings.Contains(found[0], tt.want) {
				t.Errorf("findings %q, want one that says %q", found, tt.want)
			}
		})
	}
}
