package journaltest_test

import (
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/journaltest"
)

func TestMemJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(*testing.T) modreg.Journal { return modreg.NewMemJournal() })
}

func BenchmarkMemJournal(b *testing.B) {
	journaltest.RunBenchmarks(b, func(*testing.B) modreg.Journal { return modreg.NewMemJournal() })
}
