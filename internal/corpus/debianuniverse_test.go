package corpus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
)

// describe writes candidates one a line, what each provides and requires indented.
func describe(candidates []*resolve.Candidate) string {
	var b strings.Builder
	for _, c := range candidates {
		fmt.Fprintf(&b, "%s", c)
		if c.Preferred {
			b.WriteString(" preferred")
		}
		b.WriteByte('\n')
		for _, p := range c.Provides {
			fmt.Fprintf(&b, "  + %s @%s\n", p.ID, p.Version)
		}
		for _, r := range c.Requires {
			kind := "needs"
			switch {
			case r.Forbid:
				kind = "forbids"
			case r.Optional:
				kind = "likes"
			}
			fmt.Fprintf(&b, "  %s %s\n", kind, r)
		}
	}
	return b.String()
}

func checkUniverse(t *testing.T, packages []DebianPackage, opts DebianOptions, want string) {
	t.Helper()
	got, err := DebianUniverse(packages, opts)
	if err != nil {
		t.Fatal(err)
	}
	if text := describe(got); text != want[1:] {
		t.Errorf("got\n%swant%s", text, want)
	}
}

func TestDebianUniverse_alternatives(t *testing.T) {
	t.Parallel()
	checkUniverse(t, []DebianPackage{
		{Name: "app", Version: "1", Depends: "exim4|mail-transport-agent (>=2) | mail-transport-agent"},
		{Name: "exim4", Version: "4", Provides: "mail-transport-agent"},
		{Name: "mail-transport-agent", Version: "3"},
		{Name: "postfix", Version: "1", Provides: "mail-transport-agent (= 2)", Priority: "important"},
		{Name: "sendmail", Version: "1", Provides: "mail-transport-agent (= 1)", Priority: "optional"},
	}, DebianOptions{}, `
app@1.0.0+1
  needs deb/exim4 | mail-transport-agent (>= 2) | mail-transport-agent
exim4@1.0.0+4
  + deb/exim4 | mail-transport-agent (>= 2) | mail-transport-agent @3.1.0
mail-transport-agent@1.0.0+3
  + deb/exim4 | mail-transport-agent (>= 2) | mail-transport-agent @2.1.0
postfix@1.0.0+1
  + deb/exim4 | mail-transport-agent (>= 2) | mail-transport-agent @2.0.3
sendmail@1.0.0+1
  + deb/exim4 | mail-transport-agent (>= 2) | mail-transport-agent @1.0.1
`)
}

func TestDebianUniverse_versions(t *testing.T) {
	t.Parallel()
	checkUniverse(t, []DebianPackage{
		{Name: "lib", Version: "1:1.0"},
		{Name: "lib", Version: "10.0"},
		{Name: "lib", Version: "0:10.00", Depends: "dropped"},
		{Name: "lib", Version: "9.0"},
		{Name: "app", Version: "1", Depends: "lib (>= 10)", Breaks: "lib (<= 9.0), lib (>> 9)", PreDepends: "lib"},
	}, DebianOptions{Clauses: []string{"lib (= 9.0)"}}, `
lib@3.0.0
  + deb/lib @1.1.0
  + deb/lib (>= 10) @1.1.0
  + deb/lib (>> 9) @1.1.0
lib@2.0.0+10.0
  + deb/lib @1.1.0
  + deb/lib (>= 10) @1.1.0
  + deb/lib (>> 9) @1.1.0
lib@1.0.0+9.0
  + deb/lib @1.1.0
  + deb/lib (<= 9.0) @1.1.0
  + deb/lib (>> 9) @1.1.0
  + deb/lib (= 9.0) @1.1.0
app@1.0.0+1
  needs deb/lib
  needs deb/lib (>= 10)
  forbids deb/lib (<= 9.0)
  forbids deb/lib (>> 9)
`)
}

func TestDebianUniverse_leavesOut(t *testing.T) {
	t.Parallel()
	packages := []DebianPackage{
		{
			Name: "a", Version: "2", Provides: "virtual, versioned (= 1), foreign:i386",
			Depends:    "virtual, a (>= 1) | b, versioned (>= 1), virtual (>= 1), foreign, b, b",
			Recommends: "b, c, virtual",
			Conflicts:  "virtual, nothing, b (>> 5), c", Breaks: "c",
		},
		{Name: "b", Version: "1", Architecture: "all"},
		{Name: "c", Version: "1", Architecture: "amd64", Depends: "b:i386 | b:any | b:amd64"},
		{Name: "d", Version: "1", Architecture: "arm64"},
	}
	checkUniverse(t, packages, DebianOptions{}, `
a@1.0.0+2
  + deb/virtual @1.0.0
  + deb/a (>= 1) | b @2.1.0
  + deb/versioned (>= 1) @1.0.0
  needs deb/virtual (>= 1)
  needs deb/foreign
  needs deb/b
  likes deb/c
  forbids deb/c
b@1.0.0+1
  + deb/a (>= 1) | b @1.1.0
  + deb/b @1.1.0
  + deb/b:i386 | b:any | b:amd64 @2.1.0
c@1.0.0+1
  + deb/c @1.1.0
  needs deb/b:i386 | b:any | b:amd64
`)
	checkUniverse(t, packages[1:], DebianOptions{NoRecommends: true, Architecture: "arm64"}, `
b@1.0.0+1
d@1.0.0+1
`)
}

func TestDebianUniverse_refersToPackages(t *testing.T) {
	t.Parallel()
	packages := []DebianPackage{{Name: "a", Version: "1:2~3"}}
	got, err := DebianUniverse(packages, DebianOptions{})
	if err != nil || len(got) != 1 || got[0].Ref != &packages[0] {
		t.Fatalf("%v, %v", got, err)
	}
	if text := packages[0].String(); text != "a 1:2~3" {
		t.Error(text)
	}
}

func TestDebianUniverse_errors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		p    DebianPackage
		want string
	}{
		{DebianPackage{Depends: "b, c (>= )"}, `debian relation, Depends of a 1: "c (>= )": there is no version behind an operator`},
		{DebianPackage{PreDepends: "c (>="}, `debian relation, Pre-Depends of a 1: "c (>=": a parenthesis is not closed`},
		{DebianPackage{Breaks: "c (1)"}, `debian relation, Breaks of a 1: "c (1)": an operator is missing or unknown`},
		{DebianPackage{Breaks: "c (=> 1)"}, `debian relation, Breaks of a 1: "c (=> 1)": an operator is missing or unknown`},
		{DebianPackage{Breaks: "c (>= é)"}, `debian relation, Breaks of a 1: "c (>= é)": a version is missing or malformed`},
		{DebianPackage{Recommends: "b | | c"}, `debian relation, Recommends of a 1: "b | | c": a name is missing or malformed`},
		{DebianPackage{Conflicts: "b:"}, `debian relation, Conflicts of a 1: "b:": an architecture is missing or malformed`},
		{DebianPackage{Provides: "b (>= 1)"}, `debian relation, Provides of a 1: "b (>= 1)": what is provided has an operator other than =`},
		{DebianPackage{Provides: "b | c"}, `debian relation, Provides of a 1: "b | c": a name is missing or malformed`},
		{DebianPackage{Depends: strings.Repeat("b|", 1024) + "b"}, `debian relation, Depends of a 1: "` + strings.Repeat("b|", 40) + `": there are more than 1024 alternatives`},
	} {
		tt.p.Name, tt.p.Version = "a", "1"
		_, err := DebianUniverse([]DebianPackage{tt.p}, DebianOptions{})
		if e, ok := errors.AsType[*FormatError](err); !ok || e.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
	_, err := DebianUniverse(nil, DebianOptions{Clauses: []string{"?"}})
	if !errors.As(err, new(*FormatError)) {
		t.Errorf("options: %v", err)
	}
}

func TestDebianClause(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"libc6":                    "deb/libc6",
		" libc6(>=2.34) ":          "deb/libc6 (>= 2.34)",
		"a|b ( << 2 )":             "deb/a | b (<< 2)",
		"a (< 1) | a:any (> 2)":    "deb/a (<= 1) | a:any (>= 2)",
		"libc6:i386 (= 1:2~3-4+5)": "deb/libc6:i386 (= 1:2~3-4+5)",
	} {
		r, err := DebianClause(text)
		if err != nil || r.String() != want {
			t.Errorf("%q: %s, %v, want %s", text, r, err, want)
		}
	}
	if _, err := DebianClause("a, b"); !errors.As(err, new(*FormatError)) {
		t.Errorf("two clauses: %v", err)
	}
}

func FuzzDebianClause(f *testing.F) {
	for _, s := range []string{"libc6 (>= 2.34)", "a | b:any (<< 2)", "a(=1)", "a:(", "|", "a ()", "a (<<<1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := DebianClause(s)
		if err != nil {
			return
		}
		again, err := DebianClause(r.ID.Name)
		if err != nil || again.ID != r.ID {
			t.Fatalf("%q reads as %q and that as %q, %v", s, r.ID.Name, again.ID.Name, err)
		}
		// Who states and who provides a clause agree on its name.
		c, err := DebianUniverse([]DebianPackage{{Name: "a", Version: "1"}, {Name: "z.", Version: "1", Depends: s}}, DebianOptions{})
		if err != nil || strings.Contains(s, ",") {
			t.Fatalf("%q: %v", s, err)
		}
		for _, p := range c[0].Provides {
			if p.ID != r.ID || !slices.ContainsFunc(c[1].Requires, func(q capability.Requirement) bool { return q.Matches(p) }) {
				t.Fatalf("%q: provides %s, requires %v", s, p, c[1].Requires)
			}
		}
	})
}
