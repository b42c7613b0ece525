package journaltest

import (
	"testing"

	"github.com/modreg/modreg"
)

// A Durable is a journal that outlives the process: what was acknowledged is in a folder.
//
// Close releases the folder, so that it can be opened again, also while calls run: an append then is acknowledged
// and kept, or returns an error; reads may end with one, and watches do. Calls on a closed journal return errors.
// Close may be called again, and returns nil then.
type Durable interface {
	modreg.Journal
	Close() error
}

// RunDurable checks what a journal keeps when it is closed and opened again. Run checks all else, so that a package
// with a durable journal calls both. For every check, in parallel, it opens an empty folder, the same one again
// and again, and at times a copy of it; it closes what it opened. The whole state of the journal is in the folder.
// Open ends the test by its t if it cannot open the folder.
//
// The abilities of [modreg.SnapshotStore] and [modreg.Pruner] are checked if the journal has them.
// Random histories print their seed; the environment variable JOURNALTEST_SEED repeats one.
//
// RunDurable ends no process: that acknowledged records survive a kill or a loss of power at any moment is for a
// test of the package itself to see, in a process of its own. It does see that they have left the process.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) Durable) {
	t.Helper()
	runTopics(t, durableTopics(), func(t *testing.T) *trial {
		t.Helper()
		return newDurableTrial(t, t.TempDir(), func(dir string) Durable { return open(t, dir) })
	})
}

func durableTopics() []topic {
	return []topic{
		{"restart", restartChecks()},
		{"restart with abilities", restartAbilityChecks()},
		{"close", closeChecks()},
		{"files", fileChecks()},
		{"history", historyChecks()},
	}
}

// newDurableTrial opens a folder for a check, and closes what is open at its end.
func newDurableTrial(tb testing.TB, dir string, open func(dir string) Durable) *trial {
	tb.Helper()
	t := &trial{TB: tb, patience: patience, dir: dir, open: open}
	t.journal = t.openIn(dir)
	return t
}

// openIn opens a folder until the check ends or before.
func (t *trial) openIn(dir string) Durable {
	j := t.open(dir)
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close at the end: %v", err)
		}
	})
	return j
}

// close closes the trial's journal.
func (t *trial) close() {
	t.Helper()
	if err := t.journal.(Durable).Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// restart closes the journal and opens it again.
func (t *trial) restart() {
	t.Helper()
	t.close()
	t.journal = t.openIn(t.dir)
}
