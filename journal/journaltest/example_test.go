package journaltest_test

import (
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/journaltest"
)

// A package with a journal has a test like this one.
func ExampleRun() {
	testJournal := func(t *testing.T) {
		t.Helper()
		journaltest.Run(t, func(*testing.T) modreg.Journal { return modreg.NewMemJournal() })
	}
	_ = testJournal // go test calls it
	// Output:
}

// A package with a journal has a benchmark like this one.
func ExampleRunBenchmarks() {
	benchmarkJournal := func(b *testing.B) {
		b.Helper()
		journaltest.RunBenchmarks(b, func(*testing.B) modreg.Journal { return modreg.NewMemJournal() })
	}
	_ = benchmarkJournal // go test -bench calls it
	// Output:
}
