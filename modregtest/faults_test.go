package modregtest

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

// subject is a module made by the factory, as Conform examines it.
func subject(build func() *specimen) Subject[*specimen] {
	provide := modreg.Provide(specimens, func(context.Context, modreg.Deps) (*specimen, error) { return build(), nil })
	return Subject[*specimen]{
		Manifest:   modreg.Manifest{Name: "specimen", Version: "1.0.0-rc.1"},
		Options:    []modreg.ModuleOption{provide},
		Capability: specimens,
		Use:        func(ctx context.Context, s *specimen) error { return s.Serve(ctx) },
	}
}

// examined returns what one topic finds.
func examined(t *testing.T, name string, s Subject[*specimen]) []string {
	t.Helper()
	for _, topic := range topics[*specimen]() {
		if topic.name == name {
			return Findings(t, func(tb testing.TB) { tb.Helper(); topic.examine(tb, s) })
		}
	}
	t.Fatalf("there is no topic %q", name)
	return nil
}

func TestConform_findsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			defer close(release)
			s := subject(fault.plant(release))
			s.Patience = 100 * time.Millisecond
			found := examined(t, fault.topic, s)
			if len(found) == 0 {
				t.Errorf("the topic %q does not find it", fault.topic)
			}
			for _, text := range found {
				t.Log(text)
			}
		})
	}
}

// What finds the faults must not find any where there is none.
func TestConform_passesTheModuleThatTheFaultsArePlantedIn(t *testing.T) {
	t.Parallel()
	Conform(t, subject(func() *specimen { return &specimen{} }))
}

func TestConform_findsFaultsInTheSubject(t *testing.T) {
	t.Parallel()
	sound := func() *specimen { return &specimen{} }
	for name, tt := range map[string]struct {
		topic  string
		change func(s *Subject[*specimen])
	}{
		"no use":             {"lifecycle", func(s *Subject[*specimen]) { s.Use = nil }},
		"a bad manifest":     {"lifecycle", func(s *Subject[*specimen]) { s.Manifest.Name = "Bad Name" }},
		"another capability": {"lifecycle", func(s *Subject[*specimen]) { s.Capability = modreg.NewCapability[*specimen]("test.other") }},
		"a requirement not prepared": {"lifecycle", func(s *Subject[*specimen]) {
			s.Options = append(s.Options, modreg.Require(modreg.NewCapability[int]("test.missing")))
		}},
		"a lax schema": {"configuration", func(s *Subject[*specimen]) { s.Manifest.ConfigSchema = []byte(`{"type":"object"}`) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := subject(sound)
			tt.change(&s)
			if found := examined(t, tt.topic, s); len(found) != 1 {
				t.Errorf("findings %q, want one", found)
			}
		})
	}
}
