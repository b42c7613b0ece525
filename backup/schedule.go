package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	namePrefix = "backup-"
	nameSuffix = ".modreg"
	nameTime   = "20060102T150405Z"

	leastEvery = time.Minute
	retryAfter = 5 * time.Minute // doubled each time
	lookAgain  = time.Minute     // at the clock: a timer does not run while the machine sleeps, nor when the clock is set
	checkAfter = 24 * time.Hour  // a backup that was good is not read again before
)

// A Schedule writes a backup into a folder at every interval and lets go of old ones. Dir, Every, Keep and Write are
// required. The values must not be changed while it runs.
type Schedule struct {
	// Dir is the folder, which is created with mode 0700. The backups in it are named by the time at which they were begun:
	// "backup-20260102T030405Z.modreg". Other files are left alone. Only one schedule may run in a folder.
	Dir string
	// Every is the interval from the beginning of one backup to that of the next, a minute or more.
	Every time.Duration
	// Keep is how many backups are kept, one or more. Those count that verify.
	Keep int
	// Write writes a backup into a new file, as [WriteFile] does.
	Write func(ctx context.Context, path string) (Manifest, error)
	// Check verifies a backup; CheckFile without identities if it is nil.
	Check func(ctx context.Context, path string) (Manifest, error)
	// Report is told of every backup that was written and verified, and of everything that went wrong, from the goroutine
	// that called Run.
	Report func(path string, m Manifest, err error)
}

// Run writes backups until the context ends, and returns its error then; at once one about a Schedule that cannot run or a
// folder that cannot be used.
//
// The first backup is written at once if the last good one is older than the interval, and then one an interval after
// the beginning of the last good one. If one cannot be written or does not verify, it is tried again after five minutes, then
// after ten and so on, up to the interval; of those that were written and do not verify the last is kept.
//
// Nothing else is removed unless Keep later backups verify, neither a good backup nor one
// that does not verify, which may be all there is. A backup whose name is of the future, because the clock was wrong,
// is not counted and not removed. One that verified is verified again after a day, or when the file has changed.
func (s Schedule) Run(ctx context.Context) error {
	r, err := s.begin()
	if err != nil {
		return err
	}
	r.sweep(ctx)
	for ctx.Err() == nil {
		left := r.wait(time.Now())
		if left > 0 {
			pause(ctx, min(left, lookAgain))
			continue
		}
		if r.one(ctx) {
			r.sweep(ctx)
		}
	}
	return ctx.Err()
}

// pause returns after d, or when the context ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// A running is a Schedule at work.
type running struct {
	Schedule

	good   map[string]verified // by name, of the backups that verified
	retry  time.Time           // not before; after a backup that went wrong
	delay  time.Duration       // from the last attempt that went wrong to that
	bad    string              // path of the last one that was written here and does not verify
	newest time.Time           // beginning of the last good one that is not from the future
}

// verified says of which state of a file, and when, it was found that it verifies.
type verified struct {
	size    int64
	changed time.Time
	at      time.Time
}

func (s Schedule) begin() (*running, error) {
	switch {
	case s.Every < leastEvery:
		return nil, fmt.Errorf("back up: every %v is too often: give a minute or more", s.Every)
	case s.Keep < 1:
		return nil, fmt.Errorf("back up: %d backups cannot be kept: keep one or more", s.Keep)
	case s.Write == nil:
		return nil, errors.New("back up: nothing writes the backups: set Write")
	}
	if s.Check == nil {
		s.Check = func(ctx context.Context, path string) (Manifest, error) { return CheckFile(ctx, path, ReadOptions{}) }
	}
	if s.Report == nil {
		s.Report = func(string, Manifest, error) {}
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	_, err := os.ReadDir(s.Dir)
	return &running{Schedule: s, good: map[string]verified{}}, err
}

// wait returns how long it is to the next backup.
func (r *running) wait(now time.Time) time.Duration {
	due := now
	if !r.newest.IsZero() && !r.newest.After(now) {
		due = r.newest.Add(r.Every)
	}
	if r.retry.After(due) {
		due = r.retry
	}
	return max(due.Sub(now), 0)
}

// one writes and verifies a backup, and reports whether that went well.
func (r *running) one(ctx context.Context) bool {
	begun := time.Now().UTC().Truncate(time.Second)
	path := filepath.Join(r.Dir, namePrefix+begun.Format(nameTime)+nameSuffix)
	m, err := r.Write(ctx, path)
	if err == nil {
		if err = r.check(ctx, filepath.Base(path)); err != nil && ctx.Err() == nil {
			r.replaceBad(path)
		}
	}
	if err != nil {
		r.delay = min(max(2*r.delay, retryAfter), r.Every)
		r.retry = time.Now().Add(r.delay)
		if ctx.Err() == nil {
			r.Report(path, Manifest{}, err)
		}
		return false
	}
	r.retry, r.delay, r.newest = time.Time{}, 0, begun
	r.Report(path, m, nil)
	return true
}

// replaceBad keeps one backup that does not verify in the place of the one before, lest they fill the disk.
func (r *running) replaceBad(path string) {
	if r.bad != "" {
		if err := removeBackup(r.bad); err != nil {
			r.Report(r.bad, Manifest{}, err)
		}
	}
	r.bad = path
}

// check verifies a backup unless it was found good not long ago.
func (r *running) check(ctx context.Context, name string) error {
	info, err := os.Stat(filepath.Join(r.Dir, name))
	if err != nil {
		return err
	}
	now := time.Now()
	if v, ok := r.good[name]; ok && v.size == info.Size() && v.changed.Equal(info.ModTime()) && now.Sub(v.at) < checkAfter {
		return nil
	}
	delete(r.good, name)
	if _, err := r.Check(ctx, filepath.Join(r.Dir, name)); err != nil {
		return err
	}
	r.good[name] = verified{size: info.Size(), changed: info.ModTime(), at: now}
	return nil
}

// sweep finds the newest backups that verify, and removes what is older than the last to be kept.
func (r *running) sweep(ctx context.Context) {
	names, err := r.names()
	if err != nil {
		r.Report(r.Dir, Manifest{}, err)
		return
	}
	good, now := 0, time.Now()
	for _, name := range names { // the newest first
		if ctx.Err() != nil {
			return
		}
		path := filepath.Join(r.Dir, name)
		begun, _ := timeOf(name)
		if begun.After(now) {
			continue
		}
		if good == r.Keep {
			delete(r.good, name)
			if err := removeBackup(path); err != nil {
				r.Report(path, Manifest{}, err)
			}
			continue
		}
		if err := r.check(ctx, name); err != nil {
			if ctx.Err() == nil {
				r.Report(path, Manifest{}, err)
			}
			continue
		}
		good++
		if begun.After(r.newest) {
			r.newest = begun
		}
	}
}

// names returns the names of the backups, the newest first, and removes what a crash left of others.
func (r *running) names() ([]string, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if _, ok := timeOf(e.Name()); ok {
			names = append(names, e.Name())
		} else if abandoned(e.Name()) {
			path := filepath.Join(r.Dir, e.Name())
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.Report(path, Manifest{}, err)
			}
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// timeOf returns when a backup was begun, by its name.
func timeOf(name string) (time.Time, bool) {
	middle, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return time.Time{}, false
	}
	if middle, ok = strings.CutSuffix(middle, nameSuffix); !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(nameTime, middle)
	return t, err == nil && t.Format(nameTime) == middle
}

// abandoned reports whether a file is what is left of a backup that was being written. This schedule is not writing
// one when it asks, and it is the only one in the folder.
func abandoned(name string) bool {
	whole, _, ok := strings.Cut(name, partialSuffix)
	_, ours := timeOf(whole)
	return ok && ours
}
