package audit

import (
	"path/filepath"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/disk"
)

// The state is saved while the trail runs, so that not everything has to be read after a crash, and what is open is not
// behind its mark.
func TestState_mark(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	many := func() {
		t.Helper()
		for range stateEvery {
			if _, err := trail.add(&Event{Class: ClassSystem, Action: "system:tick", Outcome: OutcomeSuccess}); err != nil {
				t.Fatal(err)
			}
		}
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
		mustRecord(t, t.Context(), trail, denial("b@1.0.0")) // what follows the append before has been done
	}
	many()
	s, ok := loadState(dir)
	if !ok || s.Mark < stateEvery {
		t.Fatalf("the saved state is %+v", s)
	}
	open := trail.Status().Log.Size + 1
	begin(t, trail, modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"})
	many()
	if s, _ := loadState(dir); s.Mark != open {
		t.Errorf("the mark is %d, but an intent is open at %d", s.Mark, open)
	}
	crash(t, trail)
	trail = openTrail(t, dir, Options{Registry: journal})
	if orphans, _ := orphanage(t, trail); orphans != 1 {
		t.Errorf("%d orphans, want 1", orphans)
	}
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	if s, _ := loadState(dir); s.Mark != trail.Status().Log.Size+1 {
		t.Errorf("the mark is %d although nothing is open", s.Mark)
	}
}

// A state that is ahead of the log is not of this log.
func TestState_aheadOfTheLog(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	begin(t, trail, modreg.Act{Action: "start", Module: "upper", Version: "1.0.0"})
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	crash(t, trail)
	for _, text := range []string{`{"version":1,"mark":1000,"holds":null}`, `{"version":9,"mark":4,"holds":null}`, `nonsense`} {
		if err := disk.Replace(filepath.Join(dir, stateName), []byte(text)); err != nil {
			t.Fatal(err)
		}
		trail := &Trail{dir: dir, o: trail.o, w: &writer{head: 3, intents: newIntents()}}
		found, err := trail.scan(t.Context())
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %d intents are open, %v; want 1", text, len(found), err)
		}
	}
}
