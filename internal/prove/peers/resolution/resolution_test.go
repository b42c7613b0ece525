package resolution

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

func requires(t *testing.T, texts ...string) []capability.Requirement {
	t.Helper()
	var all []capability.Requirement
	for _, text := range texts {
		forbidden, forbid := strings.CutPrefix(text, "no ")
		r, err := capability.ParseRequirement(forbidden)
		if err != nil {
			t.Fatal(err)
		}
		r.Forbid = forbid
		all = append(all, r)
	}
	return all
}

func module(t *testing.T, name, version string, needs ...string) *resolve.Candidate {
	t.Helper()
	return &resolve.Candidate{Name: name, Version: semver.MustParse(version), Requires: requires(t, needs...)}
}

func TestSolve(t *testing.T) {
	t.Parallel()
	editor := module(t, "vi", "1.0.0")
	editor.Provides = []capability.Capability{{ID: requires(t, "editor")[0].ID}}
	index := resolve.NewIndex(
		module(t, "a", "1.0.0", "module/b ^1", "editor"),
		module(t, "a", "2.0.0", "module/b ^2", "module/c"),
		module(t, "b", "1.0.0"), module(t, "b", "2.0.0"),
		module(t, "c", "1.0.0", "module/b ^1"),
		module(t, "d", "1.0.0", "no module/b", "module/a"),
		module(t, "e", "1.0.0", "editor", "no module/b ^2"),
		editor,
	)
	for _, test := range []struct {
		root      string
		installed int // 0 for none
	}{
		{"module/a", 3},
		{"module/a ^1", 3},
		{"module/a ^2", 0},
		{"module/a ^3", 0},
		{"module/d", 0},
		{"module/e", 2},
		{"nothing", 0},
		{"editor", 1},
	} {
		a := solve(index, requires(t, test.root)[0])
		if a.found != (test.installed > 0) || a.found && a.installed < test.installed {
			t.Errorf("%s: %+v, want %d", test.root, a, test.installed)
		}
	}
}

func TestAptNames(t *testing.T) {
	t.Parallel()
	const printed = "Reading...\nThe following additional packages will be installed:\n  x y\n" +
		"The following NEW packages will be installed:\n  c b\n  a\n0 upgraded, 3 newly installed\n  z\n"
	if got := aptNames([]byte(printed)); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("names are %q", got)
	}
	if got := aptNames([]byte("nothing to do\n")); got != nil {
		t.Errorf("names are %q", got)
	}
}

func TestLibsolvNames(t *testing.T) {
	t.Parallel()
	const printed = "install b-1.2-3.all@available\ninstall a-1:2.0.amd64@available\nproblem 1 is bad.\n"
	if got := libsolvNames([]byte(printed)); !slices.Equal(got, []string{"a-1:2.0", "b-1.2-3"}) {
		t.Errorf("names are %q", got)
	}
}

func TestLibsolvSays(t *testing.T) {
	t.Parallel()
	took, err := libsolvSays([]byte("solver took 3 ms\nsolver_solve took 15 ms\n"))
	if err != nil || took != 15*time.Millisecond {
		t.Errorf("solving took %v, %v", took, err)
	}
	for _, said := range []string{"", "solver took 3 ms\n", "solver_solve took long\n", "solver_solve took 3"} {
		if _, err := libsolvSays([]byte(said)); err == nil {
			t.Errorf("no error for %q", said)
		}
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	const in = `{"name": "a", "version": "1", "pre_depends": "b", "multiarch": "same", "tag": "x::y"}` + "\n" + `{"name": "b", "essential": "yes"}`
	if err := errors.Join(convert(w, strings.NewReader(in)), w.Flush()); err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("0", 64)
	want := "Package: a\nVersion: 1\nMulti-Arch: same\nPre-Depends: b\nFilename: ./a.deb\nSHA256: " + zeros +
		"\n\nPackage: b\nEssential: yes\nFilename: ./b.deb\nSHA256: " + zeros + "\n\n"
	if out.String() != want {
		t.Errorf("converted to %q, want %q", out.String(), want)
	}
	if err := convert(w, strings.NewReader(`{"name": 1}`)); err == nil {
		t.Error("no error for a name that is a number")
	}
}
