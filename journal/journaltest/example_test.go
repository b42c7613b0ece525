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

// A package with a journal in a folder has a test like this one, too.
func ExampleRunDurable() {
	open := func(dir string) (journaltest.Durable, error) {
		return nil, nil // the package's own way to open a folder
	}
	testDurable := func(t *testing.T) {
		t.Helper()
		journaltest.RunDurable(t, func(t *testing.T, dir string) journaltest.Durable {
			t.Helper()
			j, err := open(dir)
			if err != nil {
				t.Fatal(err)
			}
			return j
		})
	}
	_ = testDurable // go test calls it
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
