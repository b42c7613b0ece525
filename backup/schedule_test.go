package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg/backup"
)

// A scheduled is a schedule in a test, and what it reported. Its backups are of nothing.
type scheduled struct {
	backup.Schedule
	reports []string // base names of good backups, and "!" with errors
	broken  error    // returned instead of writing
	spoil   bool     // the next ones do not verify
}

func newScheduled(t *testing.T, every time.Duration, keep int) *scheduled {
	t.Helper()
	s := &scheduled{}
	s.Schedule = backup.Schedule{
		Dir: filepath.Join(t.TempDir(), "backups"), Every: every, Keep: keep,
		Write: func(ctx context.Context, path string) (backup.Manifest, error) {
			if s.broken != nil {
				return backup.Manifest{}, s.broken
			}
			m, err := backup.WriteFile(ctx, path, backup.Source{}, backup.Options{})
			if s.spoil && err == nil {
				flip(t, path, m.Size-1)
			}
			return m, err
		},
		Report: func(path string, _ backup.Manifest, err error) {
			if err != nil {
				s.reports = append(s.reports, "!"+err.Error())
				return
			}
			s.reports = append(s.reports, filepath.Base(path))
		},
	}
	return s
}

// runFor runs the schedule for a while.
func (s *scheduled) runFor(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("run: %v", err)
	}
}

func (s *scheduled) backups(t *testing.T) (names []string) {
	t.Helper()
	for _, name := range entries(t, s.Dir) {
		if !strings.HasSuffix(name, ".sha256") {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(name, "backup-"), ".modreg"))
		}
	}
	return names
}

func (s *scheduled) want(t *testing.T, names ...string) {
	t.Helper()
	if got := s.backups(t); !slices.Equal(got, names) {
		t.Fatalf("backups %q, want %q; reports %q", got, names, s.reports)
	}
}

func TestSchedule_writesAtEveryIntervalAndKeepsTheNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // where time begins with the year 2000
		s := newScheduled(t, time.Hour, 2)
		s.runFor(t, 150*time.Minute) // at 0:00, 1:00, 2:00
		s.want(t, "20000101T010000Z", "20000101T020000Z")
		if len(s.reports) != 3 {
			t.Fatalf("reports %q", s.reports)
		}
		if len(entries(t, s.Dir)) != 4 {
			t.Fatalf("files %q: a digest was left", entries(t, s.Dir))
		}
		s.runFor(t, 20*time.Minute) // 2:30 to 2:50: too early
		s.want(t, "20000101T010000Z", "20000101T020000Z")
		s.runFor(t, 15*time.Minute) // at 3:00, an interval after the last
		s.want(t, "20000101T020000Z", "20000101T030000Z")
		time.Sleep(3 * time.Hour)
		s.runFor(t, time.Second) // at once: the last one is too old
		s.want(t, "20000101T030000Z", "20000101T060500Z")
	})
}

func TestSchedule_removesNothingWithoutGoodOnes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScheduled(t, time.Hour, 1)
		s.runFor(t, time.Minute)
		s.want(t, "20000101T000000Z")
		s.spoil = true
		s.runFor(t, 80*time.Minute) // at 1:00, 1:05, 1:15
		s.want(t, "20000101T000000Z", "20000101T011500Z")
		s.spoil, s.broken = false, errors.New("the disk is full")
		s.runFor(t, 10*time.Hour)
		s.want(t, "20000101T000000Z", "20000101T011500Z")
		if last := s.reports[len(s.reports)-1]; last != "!the disk is full" {
			t.Fatalf("last report %q", last)
		}
		s.broken = nil
		s.runFor(t, 6*time.Minute)
		if got := s.backups(t); len(got) != 1 || !strings.HasPrefix(got[0], "20000101T11") {
			t.Fatalf("backups %q", got)
		}
	})
}

func TestSchedule_noticesThatAGoodOneHasGoneBad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScheduled(t, time.Hour, 2)
		s.runFor(t, 90*time.Minute)
		flip(t, filepath.Join(s.Dir, "backup-20000101T010000Z.modreg"), 3)
		s.runFor(t, 65*time.Minute) // at 1:30 the one of 1:00 does not count, so one is written at once; and again at 2:30
		s.want(t, "20000101T013000Z", "20000101T023000Z")
		for _, r := range s.reports {
			if strings.HasPrefix(r, "!") && strings.Contains(r, "backup-20000101T010000Z") {
				return
			}
		}
		t.Fatalf("reports %q: nothing about the bad one", s.reports)
	})
}

func TestSchedule_noticesThatAFileHasChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScheduled(t, time.Hour, 2)
		write, n := s.Write, 0
		s.Write = func(ctx context.Context, path string) (backup.Manifest, error) {
			if n++; n == 3 {
				flip(t, filepath.Join(s.Dir, "backup-20000101T010000Z.modreg"), 3)
			}
			return write(ctx, path)
		}
		s.runFor(t, 150*time.Minute)
		s.want(t, "20000101T000000Z", "20000101T010000Z", "20000101T020000Z") // the second does not count, the first does
	})
}

func TestSchedule_leavesAloneWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScheduled(t, time.Hour, 1)
		if err := os.MkdirAll(filepath.Join(s.Dir, "backup-19990101T000000Z.modreg"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"notes", "backup-1.modreg", "backup-19990101T000000Z.modreg.partial-12", "other.partial-1",
		} {
			if err := os.WriteFile(filepath.Join(s.Dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := backup.WriteFile(t.Context(), filepath.Join(s.Dir, "backup-20990101T000000Z.modreg"), backup.Source{}, backup.Options{}); err != nil {
			t.Fatal(err)
		}
		s.runFor(t, 90*time.Minute) // the backup of a later time does not count
		want := []string{"1", "19990101T000000Z", "20000101T010000Z", "20990101T000000Z", "notes", "other.partial-1"}
		s.want(t, want...)
	})
}

func TestSchedule_refusesWhatCannotRun(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, string) (backup.Manifest, error) { return backup.Manifest{}, nil }
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, s := range []backup.Schedule{
		{Dir: dir, Every: time.Second, Keep: 1, Write: nothing},
		{Dir: dir, Every: time.Hour, Write: nothing},
		{Dir: dir, Every: time.Hour, Keep: 1},
		{Dir: file, Every: time.Hour, Keep: 1, Write: nothing},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			if err := s.Run(t.Context()); err == nil {
				t.Fatal("it ran")
			}
		})
	}
}
