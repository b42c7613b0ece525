package resolve

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// explained are problems without a solution; what is said of each is in
// testdata/explanations.
var explained = []struct{ name, world string }{
	{"nothing-provides", `
		root | needs module/app
		app@1.0.0 | needs text.core`},
	{"only-other-versions", `
		root | needs module/app
		app@1.0.0 | needs text.core >=1.3
		core@4.0.0 | gives text.core@1.2.0`},
	{"other-attributes", `
		root | needs text.core where lang = "fr"
		core@1.0.0 | gives text.core lang=en`},
	{"versions-with-one-reason", `
		root | needs module/app | needs module/log ^1
		app@1.0.0 | needs module/log ^2
		app@1.1.0 | needs module/log ^2
		app@1.2.0 | needs module/log ^2
		log@1.0.0
		log@2.0.0`},
	{"two-branches", `
		root | needs module/foo
		foo@1.0.0 | needs module/a | needs module/b ^1
		foo@1.1.0 | needs module/x | needs module/y ^1
		a@1.0.0 | needs module/b ^2
		b@1.0.0
		b@2.0.0
		x@1.0.0 | needs module/y ^2
		y@1.0.0
		y@2.0.0`},
	{"capability-and-conflict", `
		root | needs module/app | needs module/z
		app@2.0.0 | needs http ^2
		x@1.0.0 | gives http@2.1.0 | bars module/z
		y@3.0.0 | gives http@2.0.0 | needs gone
		z@1.0.0`},
	{"pinned", `
		root | needs module/app
		app@1.0.0 | needs module/core ^2
		core@1.0.0 | pinned
		core@2.0.0`},
	{"two-changes-help", `
		root | needs module/a | needs module/b | needs module/c
		a@1.0.0 | bars module/b | bars module/c
		b@1.0.0 | bars module/c
		c@1.0.0`},
	{"no-way-around-a-circle", `
		root | needs module/a
		a@1.0.0 | needs x
		b@1.0.0 | gives x | needs module/a`},
}

func TestExplanation_golden(t *testing.T) {
	t.Parallel()
	for _, tt := range explained {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := solve(t, parseWorld(t, tt.world).problem)
			if err == nil {
				t.Fatal("there is a solution")
			}
			text := err.Error() + "\n"
			if cycle, ok := err.(*CycleError); ok { //nolint:errorlint // what Resolve returns
				text += cycle.NoWayAround.Error() + "\n"
			} else {
				data, err := json.MarshalIndent(asUnsatisfiable(t, err).Explain(), "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				text += "\n" + string(data) + "\n"
			}
			file := filepath.Join("testdata", "explanations", tt.name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // not secret
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != text {
				t.Errorf("got\n%swant\n%s%v", text, want, err)
			}
		})
	}
}

// Every step of a derivation follows from facts and earlier steps, the last one
// is that there is no solution, and every relaxation works.
func TestExplanation_isWellFormed(t *testing.T) {
	t.Parallel()
	for _, tt := range explained {
		w := parseWorld(t, tt.world)
		w.problem.Acyclic = false
		_, err := solve(t, w.problem)
		if err == nil {
			continue
		}
		e := asUnsatisfiable(t, err).Explain()
		for i, n := range e.Nodes {
			if n.ID != i+1 || n.Text == "" || (n.Kind == NodeDerived) != (len(n.Because) > 0) {
				t.Errorf("%s: node %+v at %d", tt.name, n, i)
			}
			if slices.ContainsFunc(n.Because, func(id int) bool { return id < 1 || id >= n.ID }) {
				t.Errorf("%s: node %+v rests on what comes later", tt.name, n)
			}
		}
		if last := e.Nodes[len(e.Nodes)-1]; last.Text != "there is no solution" || !e.Minimal {
			t.Errorf("%s: ends with %+v, minimal %t", tt.name, last, e.Minimal)
		}
		for _, r := range e.Relaxations {
			if err := applied(t, w, r); err != nil {
				t.Errorf("%s: %s does not help: %v", tt.name, r, err)
			}
		}
		if len(e.Relaxations) == 0 {
			t.Errorf("%s: nothing would help", tt.name)
		}
	}
}

// applied does what a relaxation says, and solves the problem.
func applied(t *testing.T, w world, r Relaxation) error {
	t.Helper()
	p := w.problem
	p.Roots, p.Pinned = slices.Clone(p.Roots), slices.Clone(p.Pinned)
	for _, s := range r.Steps {
		switch s.Kind {
		case RelaxRequire:
			p.Roots[s.Root] = requires(s.To)
		case RelaxRemove:
			p.Roots[s.Root].Optional = true
		case RelaxUnpin:
			p.Pinned = slices.DeleteFunc(p.Pinned, func(c *Candidate) bool { return c.String() == s.Module })
		default:
			t.Fatalf("unexpected step %+v", s)
		}
	}
	_, err := solve(t, p)
	return err
}

func TestDrop_Why(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, `
		root | needs module/a | wants module/b | wants gone
		a@1.0.0 | bars x
		b@1.0.0 | needs x
		c@1.0.0 | gives x`).problem
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for by, d := range sol.Dropped() {
		if by != nil {
			t.Errorf("dropped by %s", by)
		}
		got = append(got, d.String(), d.Why().Error())
	}
	want := []string{
		"no provider of module/b fits beside the modules chosen",
		" 1. Because a 1.0.0 forbids x, which c 1.0.0 provides, and b 1.0.0 needs x, provided only by c 1.0.0, a 1.0.0 and b 1.0.0 exclude each other.\n" +
			" 2. And because a 1.0.0 is chosen already and the root needs b, there is no solution.",
		"nothing provides gone",
		" 1. Because the root needs gone, which nothing provides, there is no solution.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
