package resolve

import (
	"fmt"
	"strings"
	"testing"
)

const upgradeWorld = `
	root | needs module/app | wants module/extra
	app@1.0.0 | needs x ^1 | needs module/log
	app@2.0.0 | needs x ^2 | needs module/log
	core@1.0.0 | gives x@1.0.0
	core@1.5.0 | gives x@1.5.0
	core@2.0.0 | gives x@2.0.0 | needs module/log ^2
	log@1.0.0
	log@1.1.0
	log@2.0.0 | needs gone
	extra@1.0.0 | wants x
	extra@1.1.0 | needs module/log ^2
	idle@1.0.0`

func TestSolution_Why(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, upgradeWorld).problem
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"core":  "core@1.5.0: the root needs app: app@1.0.0, app@1.0.0 needs x >=1.0.0 <2.0.0: core@1.5.0",
		"extra": "extra@1.0.0: the root wants extra: extra@1.0.0",
		"idle":  "",
	} {
		got := ""
		for c, way := range sol.Why(p, name) {
			texts := make([]string, len(way))
			for i, s := range way {
				texts[i] = s.String()
			}
			got += c.String() + ": " + strings.Join(texts, ", ")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestProblem_WhyNot(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, upgradeWorld).problem
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"module/log":     "it is met by log@1.1.0",
		"module/idle":    "nothing needs it, or something else is preferred; to have it would change:\n  + idle 1.0.0",
		"module/log 1.0": "nothing needs it, or something else is preferred; to have it would change:\n  log 1.1.0 -> 1.0.0",
		"module/app ^2": ` 1. Because log 2.0.0 needs gone, which nothing provides, and core 2.0.0 needs log >=2.0.0 <3.0.0, core 2.0.0 cannot be chosen.
 2. And because app 2.0.0 needs x >=2.0.0 <3.0.0, provided only by core 2.0.0, and the root needs app >=2.0.0 <3.0.0, there is no solution.
What would help:
  - require module/app ^1.0.0 instead of module/app >=2.0.0 <3.0.0`,
	} {
		answer, err := p.WhyNot(t.Context(), sol, requires(text))
		if err != nil || answer.String() != want {
			t.Errorf("%s: got %s, %v\nwant %s", text, answer, err, want)
		}
	}
}

func TestProblem_Outdated(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, upgradeWorld).problem
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	lowest := p
	lowest.Lowest = true
	old, err := solve(t, lowest)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		sol  *Solution
		want string
	}{
		{sol, "[app 1.0.0: 2.0.0 newest core 1.5.0: 2.0.0 newest extra 1.0.0: 1.1.0 newest log 1.1.0: 2.0.0 newest]"},
		{old, "[app 1.0.0: 2.0.0 newest core 1.0.0: 1.5.0 possible, 2.0.0 newest extra 1.0.0: 1.1.0 newest log 1.0.0: 1.1.0 possible, 2.0.0 newest]"},
	} {
		all, err := p.Outdated(t.Context(), tt.sol)
		if got := fmt.Sprint(all); err != nil || got != tt.want {
			t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
		}
		for _, u := range all {
			if (u.Against == nil) != (u.Possible == u.Newest) {
				t.Errorf("%s: %v", u, u.Against)
			}
		}
	}
}
