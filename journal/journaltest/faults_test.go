package journaltest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

func TestRun_findsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range slices.Concat(appendFaults(), readFaults()) {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range fault.caught {
				j := newFaulty()
				fault.plant(j)
				found := findings(t, j, name)
				if len(found) == 0 {
					t.Errorf("the check %q does not see it", name)
				}
				for _, text := range found {
					t.Log(text)
				}
			}
		})
	}
}

// findings returns what the check called "topic: name" finds in a journal.
func findings(t *testing.T, j modreg.Journal, name string) []string {
	t.Helper()
	topicName, checkName, _ := strings.Cut(name, ": ")
	for _, topic := range topics() {
		for _, c := range topic.checks {
			if topic.name == topicName && c.name == checkName {
				return modregtest.Findings(t, func(tb testing.TB) {
					tb.Helper()
					// Enough to see that what a check waits for does not come.
					examine(&trial{TB: tb, journal: j, patience: 50 * time.Millisecond}, c)
				})
			}
		}
	}
	t.Fatalf("there is no check %q", name)
	return nil
}
