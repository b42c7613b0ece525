package resolve

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// explanations are problems without solution and the whole text of the error.
var explanations = []struct{ name, world, want string }{
	{"nobody provides it", `
		root | needs text.core >=1.3`, `
nothing satisfies text.core >=1.3.0, required at the root
  the root needs text.core >=1.3.0, which nothing provides`},
	{"version outside", `
		root | needs module/app
		app@1.0.0 | needs text.core >=1.3
		core@4.0.0 | gives text.core@1.2.0
		old@1.0.0 | gives text.core@1.0.0 | gives text.core@1.1.0`, `
nothing satisfies text.core >=1.3.0, required by app@1.0.0
  the root needs module/app, provided by app@1.0.0
  app@1.0.0 needs text.core >=1.3.0, but:
    core@4.0.0 (text.core 1.2.0), old@1.0.0 (text.core 1.0.0, 1.1.0): version outside >=1.3.0`},
	{"attributes differ", `
		root | needs x where lang = "en"
		a@1.0.0 | gives x lang=de`, `
nothing satisfies x where lang = "en", required at the root
  the root needs x where lang = "en", but:
    a@1.0.0 (x 1.0.0): attributes do not match lang = "en"`},
	{"only pre-releases", `
		root | needs module/a
		a@2.0.0-rc.1`, `
nothing satisfies module/a, required at the root
  the root needs module/a, but:
    a@2.0.0-rc.1: version outside * (a pre-release is in a range only if the range names one)`},
	{"only itself", `
		root | needs module/a
		a@1.0.0 | gives x | needs x`, `
nothing satisfies x, required by a@1.0.0
  the root needs module/a, provided by a@1.0.0
  a@1.0.0 needs x, but:
    a@1.0.0: a module cannot provide for itself`},
	{"two want different versions", `
		root | needs module/a | needs module/b
		a@1.0.0 | needs module/c ^1
		b@1.0.0 | needs module/c ^2
		c@1.0.0
		c@2.0.0`, `
nothing satisfies module/c >=2.0.0 <3.0.0, required by b@1.0.0
  the root needs module/b, provided by b@1.0.0
  b@1.0.0 needs module/c >=2.0.0 <3.0.0, but:
    c@2.0.0: conflicts with c@1.0.0, chosen for module/c >=1.0.0 <2.0.0, required by a@1.0.0
    c@1.0.0: version outside >=2.0.0 <3.0.0
  other choices do not help:
    c@2.0.0: version outside >=1.0.0 <2.0.0, required by a@1.0.0`},
	{"every version of a module fails", `
		root | needs module/app
		app@1.0.0 | needs x 1
		app@1.1.0 | needs x 2
		a@1.0.0 | gives x@3.0.0`, `
nothing satisfies x >=2.0.0 <3.0.0, required by app@1.1.0
  the root needs module/app, provided by app@1.1.0
  app@1.1.0 needs x >=2.0.0 <3.0.0, but:
    a@1.0.0 (x 3.0.0): version outside >=2.0.0 <3.0.0
  other choices do not help:
    app@1.0.0: leaves nothing to satisfy x >=1.0.0 <2.0.0, required by app@1.0.0`},
	{"choices at the root", `
		root | needs module/app ^1
		app@1.0.0 | needs gone
		app@2.0.0`, `
nothing satisfies gone, required by app@1.0.0
  the root needs module/app >=1.0.0 <2.0.0, provided by app@1.0.0
  app@1.0.0 needs gone, which nothing provides
  other choices do not help:
    app@2.0.0: version outside >=1.0.0 <2.0.0, required at the root`},
	{"forbidden by a module", `
		root | needs module/a | needs module/b
		a@1.0.0 | bars module/b >=2
		b@2.0.0`, `
nothing satisfies module/b, required at the root
  the root needs module/b, but:
    b@2.0.0: conflicts with a@1.0.0, which forbids module/b >=2.0.0`},
	{"forbidden by the root", `
		root | needs x | bars module/b
		b@2.0.0 | gives x`, `
nothing satisfies x, required at the root
  the root needs x, but:
    b@2.0.0: conflicts with the root, which forbids module/b`},
	{"forbids a module", `
		root | needs module/a | needs module/b
		a@1.0.0 | gives log
		b@2.0.0 | bars log`, `
nothing satisfies module/b, required at the root
  the root needs module/b, but:
    b@2.0.0: forbids log, which a@1.0.0 provides`},
	{"pinned in the way", `
		root | needs module/a ^2
		a@1.0.0 | pinned
		a@2.0.0`, `
nothing satisfies module/a >=2.0.0 <3.0.0, required at the root
  the root needs module/a >=2.0.0 <3.0.0, but:
    a@2.0.0: conflicts with a@1.0.0, chosen for module/a 1.0.0, which is pinned
    a@1.0.0: version outside >=2.0.0 <3.0.0`},
	{"pinned against pinned", `
		root
		a@1.0.0 | pinned | bars module/b
		b@1.0.0 | pinned`, `
nothing satisfies module/b 1.0.0, which is pinned
  module/b 1.0.0 is pinned, but:
    b@1.0.0: conflicts with a@1.0.0, which forbids module/b`},
	{"pinned needs what nobody provides", `
		root
		a@1.0.0 | pinned | needs x`, `
nothing satisfies x, required by a@1.0.0
  module/a 1.0.0 is pinned as a@1.0.0
  a@1.0.0 needs x, which nothing provides`},
	{
		"a cycle or nothing", `
		root | needs module/a
		a@1.0.0 | needs x
		b@1.0.0 | gives x@2.0.0 | needs module/a
		c@1.0.0 | gives x@1.0.0 | needs gone`,
		`modules need each other to start: a@1.0.0 needs x, provided by b@1.0.0, which needs module/a, provided by a@1.0.0`,
	},
	{
		"the shortest of two cycles", `
		root | needs module/b | needs module/p
		b@1.0.0 | needs module/c
		c@1.0.0 | needs module/d
		d@1.0.0 | needs module/b
		q@1.0.0 | needs module/p
		p@1.0.0 | needs module/q`,
		`modules need each other to start: p@1.0.0 needs module/q, provided by q@1.0.0, which needs module/p, provided by p@1.0.0`,
	},
	{
		"the shortest of two cycles, found first", `
		root | needs module/b | needs module/p
		p@1.0.0 | needs module/q
		q@1.0.0 | needs module/r
		r@1.0.0 | needs module/p
		b@1.0.0 | needs module/c
		c@1.0.0 | needs module/b`,
		`modules need each other to start: b@1.0.0 needs module/c, provided by c@1.0.0, which needs module/b, provided by b@1.0.0`,
	},
	{
		"a cycle that could be avoided is not the one to tell", `
		root | needs module/a | needs module/m
		a@1.0.0 | needs x
		b@1.0.0 | gives x@2.0.0 | needs module/a
		c@1.0.0 | gives x@1.0.0
		m@1.0.0 | needs module/n | needs module/c
		n@1.0.0 | needs module/o
		o@1.0.0 | needs module/m`,
		`modules need each other to start: m@1.0.0 needs module/n, provided by n@1.0.0, which needs module/o, provided by o@1.0.0, which needs module/m, provided by m@1.0.0`,
	},
}

func TestResolve_explains(t *testing.T) {
	t.Parallel()
	for _, tt := range explanations {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sol, err := solve(t, parseWorld(t, tt.world).problem)
			if err == nil {
				t.Fatalf("got a solution:\n%s", describe(sol))
			}
			if got, want := err.Error(), strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestUnsatisfiableError_fields(t *testing.T) {
	t.Parallel()
	_, err := solve(t, parseWorld(t, `
		root | needs module/app
		app@1.0.0 | needs module/c ^2 | needs module/lib
		lib@1.0.0 | needs module/c ^1
		c@1.0.0
		c@2.0.0`).problem)
	e := asUnsatisfiable(t, err)
	if e.Need.By.String() != "lib@1.0.0" || e.Need.Requirement.ID.Name != "c" {
		t.Errorf("Need is %s", e.Need)
	}
	var path []string
	for _, n := range e.Path {
		path = append(path, n.String())
	}
	if got := fmt.Sprintf("%q", path); got != `["module/app, required at the root" "module/lib, required by app@1.0.0" "module/c >=1.0.0 <2.0.0, required by lib@1.0.0"]` {
		t.Errorf("Path is %s", got)
	}
	if len(e.Considered) != 2 {
		t.Fatalf("Considered is %s", e.Considered)
	}
	r := e.Considered[0]
	if r.Reason != VersionTaken || r.Candidate.String() != "c@1.0.0" || r.Other.String() != "c@2.0.0" || r.Need.By.Name != "app" {
		t.Errorf("first refusal is %s", r)
	}
	const want = "c@1.0.0: conflicts with c@2.0.0, chosen for module/c >=2.0.0 <3.0.0, required by app@1.0.0"
	if r.String() != want {
		t.Errorf("got %s\nwant %s", r, want)
	}
}

func TestUnsatisfiableError_cutsLists(t *testing.T) {
	t.Parallel()
	var world strings.Builder
	world.WriteString("root | needs x ^9\n")
	for i := range 300 {
		fmt.Fprintf(&world, "a@1.%d.0 | gives x@1.0.0\n", i)
	}
	_, err := solve(t, parseWorld(t, world.String()).problem)
	const want = `nothing satisfies x >=9.0.0 <10.0.0, required at the root
  the root needs x >=9.0.0 <10.0.0, but:
    a@1.299.0 (x 1.0.0), a@1.298.0 (x 1.0.0), a@1.297.0 (x 1.0.0), a@1.296.0 (x 1.0.0) and 296 more: version outside >=9.0.0 <10.0.0`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if e := asUnsatisfiable(t, err); len(e.Considered) != 300 {
		t.Errorf("%d considered, want 300", len(e.Considered))
	}
}

func TestUnsatisfiableError_keepsFewElsewhere(t *testing.T) {
	t.Parallel()
	var world strings.Builder
	world.WriteString("root | needs x\n")
	for i := range 150 {
		fmt.Fprintf(&world, "a%03d@1.0.0 | gives x | needs gone%d\n", i, i)
	}
	_, err := solve(t, parseWorld(t, world.String()).problem)
	e := asUnsatisfiable(t, err)
	if len(e.Elsewhere) != 100 || e.Need.By.Name != "a000" {
		t.Errorf("%d elsewhere at %s", len(e.Elsewhere), e.Need)
	}
	if text := e.Error(); !strings.HasSuffix(text, "\n    … and 88 more reasons") {
		t.Errorf("got %s", text)
	}
}

func TestCycleError_fields(t *testing.T) {
	t.Parallel()
	_, err := solve(t, parseWorld(t, `
		root | needs module/b
		b@1.0.0 | needs x
		a@2.0.0 | gives x | needs module/b`).problem)
	e, ok := errors.AsType[*CycleError](err)
	if !ok || len(e.Cycle) != 2 || e.Cycle[0].Module.Name != "a" || e.Cycle[1].Provider.Name != "a" {
		t.Fatalf("got %v", err)
	}
	const want = `nothing satisfies module/b, required by a@2.0.0
  the root needs module/b, provided by b@1.0.0
  b@1.0.0 needs x, provided by a@2.0.0
  a@2.0.0 needs module/b, but:
    b@1.0.0: closes a cycle: a@2.0.0 needs module/b, provided by b@1.0.0, which needs x, provided by a@2.0.0`
	if got := e.NoWayAround.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The proof stands even if the budget does not suffice to show the cycle.
func TestResolve_cycleBeyondBudget(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, `
		root | needs module/a
		a@1.0.0 | needs module/b
		b@1.0.0 | needs module/a`).problem
	for p.Budget = 1; p.Budget < 20; p.Budget++ {
		_, err := solve(t, p)
		if errors.As(err, new(*BudgetError)) {
			continue
		}
		if e := asUnsatisfiable(t, err); len(e.Considered) != 1 || e.Considered[0].Reason != ClosesCycle {
			t.Errorf("with a budget of %d: %v", p.Budget, err)
		}
		return
	}
	t.Error("never decided")
}

func TestBudgetError_text(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, `
		root | needs module/a
		a@1.0.0 | needs module/b
		b@1.0.0`).problem
	p.Budget = 2
	_, err := solve(t, p)
	const want = "gave up after 2 steps at module/b, required by a@1.0.0: a solution may exist"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestReason_String(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for r := OutsideRange; r <= LeavesUnsatisfied; r++ {
		if text := r.String(); seen[text] || strings.HasPrefix(text, "reason ") {
			t.Errorf("reason %d reads %q", uint8(r), text)
		} else {
			seen[text] = true
		}
	}
	if got := Reason(0).String(); got != "reason 0" {
		t.Errorf("got %q", got)
	}
	if got := (Refusal{Candidate: &Candidate{Name: "a"}}).String(); got != "a@0.0.0: reason 0" {
		t.Errorf("got %q", got)
	}
}
