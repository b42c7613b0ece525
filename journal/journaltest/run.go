package journaltest

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

// patience is how long a check may take. It bounds what waits, so that a journal which loses a record fails
// its check instead of hanging; it is no measure of speed.
const patience = time.Minute

// Run checks a journal against the contract of [modreg.Journal]. It calls open for every check, in parallel, and
// expects an empty journal of its own each time; open releases what it holds by t.Cleanup.
//
// The checks use streams named by lower-case letters, records of up to 1 MiB and, if the journal is a
// [modreg.SnapshotStore], snapshots of up to 8 MiB. Those of abilities that it lacks are skipped. A history of calls
// that has no order is drawn as a page below the test's [testing.T.ArtifactDir]. A journal that does not return
// although its context has ended runs into the timeout of go test, whose stacks show where.
func Run(t *testing.T, open func(t *testing.T) modreg.Journal) {
	t.Helper()
	runTopics(t, topics(), func(t *testing.T) *trial {
		t.Helper()
		return &trial{TB: t, journal: open(t), patience: patience}
	})
}

// runTopics runs all checks, each on a trial of its own.
func runTopics(t *testing.T, topics []topic, begin func(t *testing.T) *trial) {
	t.Helper()
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range topic.checks {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					examine(begin(t), c)
				})
			}
		})
	}
}

// A topic is a part of the contract.
type topic struct {
	name   string
	checks []check
}

// A check is one promise of the contract. It is given an empty journal.
type check struct {
	name string
	run  func(ctx context.Context, t *trial)
}

func topics() []topic {
	return []topic{
		{"append", appendChecks()},
		{"conflict", conflictChecks()},
		{"read", readChecks()},
		{"watch", watchChecks()},
		{"concurrency", concurrencyChecks()},
		{"context", contextChecks()},
		{"size", sizeChecks()},
		{"linearizability", linearChecks()},
		{"snapshot", snapshotChecks()},
		{"prune", pruneChecks()},
		{"registry", registryChecks()},
	}
}

// examine runs one check within its time.
func examine(t *trial, c check) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), t.patience)
	defer cancel()
	c.run(ctx, t)
}
