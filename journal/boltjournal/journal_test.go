package boltjournal_test

import (
	"path/filepath"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/journal/journaltest"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T) modreg.Journal { t.Helper(); return fresh(t) })
}

func TestJournal_durable(t *testing.T) {
	t.Parallel()
	journaltest.RunDurable(t, func(t *testing.T, dir string) journaltest.Durable {
		t.Helper()
		j, err := boltjournal.Open(filepath.Join(dir, "journal"))
		if err != nil {
			t.Fatal(err)
		}
		return j
	})
}

func BenchmarkJournal(b *testing.B) {
	journaltest.RunBenchmarks(b, func(b *testing.B) modreg.Journal { b.Helper(); return fresh(b) })
}

// fresh returns an empty journal that is closed at the end of the test.
func fresh(tb testing.TB) *boltjournal.Journal {
	tb.Helper()
	return open(tb, filepath.Join(tb.TempDir(), "journal"))
}

func open(tb testing.TB, path string, opts ...boltjournal.Option) *boltjournal.Journal {
	tb.Helper()
	j, err := boltjournal.Open(path, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := j.Close(); err != nil {
			tb.Error(err)
		}
	})
	return j
}

// makeEmpty makes an empty journal at path.
func makeEmpty(path string) error {
	j, err := boltjournal.Open(path)
	if err != nil {
		return err
	}
	return j.Close()
}
