package resolve

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// A scenario is a case of testdata/cases; the README there has the format.
type scenario struct {
	Name, Source, Mode       string
	Modules                  map[string]scenarioModule
	Roots                    []string
	RootOptional             []string `json:"root_optional"`
	RootForbids              []string `json:"root_forbids"`
	Locked, Pinned, Solution []string
	Alternatives             [][]string
	Unsat                    bool
	Mentions                 []string
}

type scenarioModule struct {
	Requires, Optional, Forbids, Provides []string
	Yanked, Slot                          string
	Rank                                  int
}

func TestResolve_cases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases:", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all []scenario
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range all {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	}
}

func (c scenario) run(t *testing.T) {
	t.Helper()
	p := c.problem(t)
	sol, err := solve(t, p)
	if c.Unsat {
		c.checkError(t, asUnsatisfiable(t, err))
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range sol.Modules {
		got = append(got, m.String())
	}
	slices.Sort(got)
	for _, want := range append([][]string{c.Solution}, c.Alternatives...) {
		if want = slices.Sorted(slices.Values(want)); slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("got %s\nwant %s\nor %s", got, c.Solution, c.Alternatives)
}

// checkError looks for what an explanation has to name.
func (c scenario) checkError(t *testing.T, e *UnsatisfiableError) {
	t.Helper()
	text := e.Error()
	for _, name := range c.Mentions {
		if !strings.Contains(text, name) {
			t.Errorf("%q is not mentioned:\n%s", name, text)
		}
	}
}

func (c scenario) problem(t *testing.T) Problem {
	t.Helper()
	var all []*Candidate
	byRef := map[string]*Candidate{}
	for ref, m := range c.Modules {
		cand := m.candidate(t, ref)
		all, byRef[ref] = append(all, cand), cand
	}
	p := Problem{Universe: NewIndex(all...), Lowest: c.Mode == "lowest"}
	for _, list := range []struct {
		texts []string
		verb  string
	}{{c.Roots, "needs"}, {c.RootOptional, "wants"}, {c.RootForbids, "bars"}} {
		for _, text := range list.texts {
			p.Roots = append(p.Roots, requirement(t, list.verb, text))
		}
	}
	for _, ref := range c.Pinned {
		p.Pinned = append(p.Pinned, byRef[ref])
	}
	if len(c.Locked) > 0 {
		p.Lock = &Lock{}
		for _, ref := range c.Locked {
			name, version, _ := strings.Cut(ref, "@")
			p.Lock.Modules = append(p.Lock.Modules, Locked{Name: name, Version: semver.MustParse(version)})
		}
	}
	return p
}

func (m scenarioModule) candidate(t *testing.T, ref string) *Candidate {
	t.Helper()
	name, version, _ := strings.Cut(ref, "@")
	c := &Candidate{Name: name, Version: semver.MustParse(version), Yanked: m.Yanked, Slot: m.Slot, Rank: m.Rank}
	for _, list := range []struct {
		texts []string
		verb  string
	}{{m.Requires, "needs"}, {m.Optional, "wants"}, {m.Forbids, "bars"}} {
		for _, text := range list.texts {
			c.Requires = append(c.Requires, requirement(t, list.verb, text))
		}
	}
	for _, text := range m.Provides {
		c.Provides = append(c.Provides, scenarioProvision(t, text))
	}
	return c
}

func scenarioProvision(t *testing.T, text string) capability.Capability {
	t.Helper()
	head, where, _ := strings.Cut(text, " where ")
	id, version, ok := strings.Cut(head, "@")
	if !ok {
		version = "1.0.0"
	}
	parsed, err := capability.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	var attrs []capability.Attr
	for part := range strings.SplitSeq(where, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			attrs = append(attrs, capability.Attr{Name: name, Value: scenarioValue(value)})
		}
	}
	set, err := capability.NewAttrs(attrs...)
	if err != nil {
		t.Fatal(err)
	}
	return capability.Capability{ID: parsed, Version: semver.MustParse(version), Attrs: set}
}

func scenarioValue(text string) capability.Value {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return capability.Int(i)
	}
	if b, err := strconv.ParseBool(text); err == nil && len(text) > 1 {
		return capability.Bool(b)
	}
	if rest, ok := strings.CutPrefix(text, "v"); ok {
		if v, err := semver.Parse(rest); err == nil {
			return capability.Version(v)
		}
	}
	if strings.HasPrefix(text, "[") {
		return capability.Set(strings.Fields(strings.Trim(text, "[]"))...)
	}
	return capability.String(text)
}
