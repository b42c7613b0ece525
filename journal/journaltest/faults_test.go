package journaltest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/modregtest"
)

// shortly is enough to see that what a check waits for does not come; at length is more than what comes needs.
const (
	shortly  = 50 * time.Millisecond
	atLength = 20 * time.Second
)

func faults() []fault {
	return slices.Concat(appendFaults(), readFaults(), linearFaults(), snapshotFaults(), pruneFaults(), registryFaults())
}

func TestRun_findsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range fault.caught {
				wantFindings(t, topics(), name, func(tb testing.TB) *trial {
					tb.Helper()
					j := newFaulty()
					fault.plant(j)
					tr := &trial{TB: tb, journal: j, patience: atLength}
					if fault.hangs {
						tr.patience = shortly
					}
					return tr
				})
			}
		})
	}
}

func TestRunDurable_findsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range durableFaults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range fault.caught {
				wantFindings(t, durableTopics(), name, func(tb testing.TB) *trial {
					tb.Helper()
					tr := newDurableTrial(tb, t.TempDir(), func(dir string) Durable { return openFolder(t, dir, fault.fault) })
					tr.patience = atLength
					if fault.hangs {
						tr.patience = shortly
					}
					return tr
				})
			}
		})
	}
}

// TestRun_isSeenToFail keeps every check seen to find something: a check that cannot fail is worse than none.
func TestRun_isSeenToFail(t *testing.T) {
	t.Parallel()
	caught := map[string]bool{}
	for _, fault := range faults() {
		for _, name := range fault.caught {
			caught[name] = true
		}
	}
	for _, fault := range durableFaults() {
		for _, name := range fault.caught {
			caught[name] = true
		}
	}
	for _, topic := range slices.Concat(topics(), durableTopics()) {
		for _, c := range topic.checks {
			if name := topic.name + ": " + c.name; !caught[name] {
				t.Errorf("no fault is there for the check %q to find", name)
			}
		}
	}
}

// wantFindings expects the check called "topic: name" to find something in the journal of a trial.
func wantFindings(t *testing.T, topics []topic, name string, begin func(tb testing.TB) *trial) {
	t.Helper()
	topicName, checkName, _ := strings.Cut(name, ": ")
	for _, topic := range topics {
		for _, c := range topic.checks {
			if topic.name != topicName || c.name != checkName {
				continue
			}
			found := modregtest.Findings(t, func(tb testing.TB) {
				tb.Helper()
				examine(begin(tb), c)
			})
			if len(found) == 0 {
				t.Errorf("the check %q does not see it", name)
			}
			for _, text := range found {
				t.Log(text)
			}
			return
		}
	}
	t.Fatalf("there is no check %q", name)
}
