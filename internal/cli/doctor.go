package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/journal/boltjournal"
)

// A finding is what one check of doctor says.
type finding struct {
	Check  string `json:"check"`
	Status string `json:"status"` // ok, warning, failed or skipped
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"`
}

// The statuses of findings.
const (
	statusOK      = "ok"
	statusWarning = "warning"
	statusFailed  = "failed"
	statusSkipped = "skipped"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check a data folder, and say what to do about what is wrong", Args: noArgs,
		Long: `Check a data folder: its files and their modes, the space that is left, the journal down to its pages, the records and kept states, both audit
logs, effects that began and have no end, the clock. Nothing is written. The exit code is 100 if there is something to do.`,
		Example: "  modreg doctor\n  modreg doctor -o json --sink file:/var/log/modreg/checkpoints",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := os.Stat(a.data); err != nil {
				return failed("examine the data folder", fmt.Errorf("open %q: %w", a.data, datadir.ErrNone))
			}
			d := &doctor{app: a, list: a.list("CHECK", "STATUS", "DETAIL", "FIX")}
			d.examine(cmd.Context())
			if err := errors.Join(d.err, d.list.end()); err != nil {
				return err
			}
			if d.wrong > 0 {
				return &failure{exit: exitFindings, what: plural(d.wrong, "check has", "checks have") + " something to say"}
			}
			return nil
		},
	}
}

// A doctor looks at one folder.
type doctor struct {
	*app
	list  *listing
	wrong uint64
	err   error // of the output
}

func (d *doctor) say(f finding) {
	if f.Status == statusWarning || f.Status == statusFailed {
		d.wrong++
	}
	d.err = errors.Join(d.err, d.list.row(f, f.Check, f.Status, f.Detail, f.Fix))
}

// check carries out one check: it returns a detail, or an error with what helps.
func (d *doctor) check(name string, run func() (detail string, err error)) bool {
	detail, err := run()
	f := finding{Check: name, Status: statusOK, Detail: detail}
	if err != nil {
		f.Status, f.Detail = statusFailed, err.Error()
		if e, ok := errors.AsType[*failure](failed(name, err)); ok {
			f.Detail, f.Fix = e.reason(), e.fix
			if f.Detail == "" {
				f.Detail = e.what
			}
			if e.exit == exitFindings {
				f.Status = statusWarning
			}
		}
	}
	d.say(f)
	return err == nil
}

// warning is the error of a check that has something to say.
func warning(why, fix string) error { return &failure{exit: exitFindings, why: why, fix: fix} }

func (d *doctor) examine(ctx context.Context) {
	d.check("modes of the files", d.modes)
	d.check("space that is left", func() (string, error) { return space(d.data) })
	var j *boltjournal.Journal
	if !d.check("the journal can be opened", func() (detail string, err error) {
		j, err = datadir.OpenJournal(d.data, boltjournal.WithReadOnly())
		return "", err
	}) {
		d.say(finding{Check: "everything in it", Status: statusSkipped, Detail: "the journal cannot be opened"})
		return
	}
	defer func() { d.err = errors.Join(d.err, j.Close()) }()
	d.check("pages and checksums", func() (string, error) { return "", j.Verify(ctx) })
	var s *modreg.Snapshot
	d.check("records", func() (detail string, err error) {
		s, detail, err = foldAll(ctx, j)
		return detail, err
	})
	if s != nil {
		d.check("kept states", func() (string, error) { return kept(ctx, j) })
		d.check("the clock", func() (string, error) { return d.clock(s.Time()) })
	}
	for _, log := range datadir.Logs() {
		d.check("audit log "+log, func() (string, error) {
			r, _, err := d.verifyLog(ctx, j, log, "", nil)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s, signed %s", plural(r.Records, "entry", "entries"), when(r.Checkpoint.Time)), nil
		})
	}
	d.check("effects without an end", func() (string, error) { return orphans(ctx, j) })
	d.check("checkpoints outside", func() (string, error) {
		if len(d.sinks) == 0 {
			return "", warning("nobody outside has a checkpoint: a folder that is put back to an older state would not be noticed", "name a place with --sink or MODREG_SINKS")
		}
		return strings.Join(d.sinks, ", "), nil
	})
}

// modes looks for files that others than the owner can read or write.
func (d *doctor) modes() (string, error) {
	if runtime.GOOS == "windows" {
		return "not checked on this system", nil
	}
	var open []string
	n := 0
	err := filepath.WalkDir(d.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		n++
		if mode := info.Mode(); mode&fs.ModeSymlink == 0 && mode.Perm()&0o077 != 0 && path != d.data || mode.Perm()&0o022 != 0 && mode&fs.ModeSymlink == 0 {
			open = append(open, path)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", fileError(d.data, err)
	case len(open) > 0:
		return "", &failure{exit: exitFailed, why: "others can read or write " + strings.Join(open, ", "), fix: "chmod go-rwx " + strings.Join(open, " ")}
	}
	return plural(uint64(n), "file", "files"), nil
}

// foldAll folds every record from the first that is there, whatever was kept.
func foldAll(ctx context.Context, j *boltjournal.Journal) (*modreg.Snapshot, string, error) {
	head, err := j.Head(ctx, audit.LogRegistry)
	if err != nil {
		return nil, "", err
	}
	s, err := foldTo(ctx, j, head)
	if errors.Is(err, modreg.ErrPruned) { // then there is a kept state to start from
		s, err = modreg.SnapshotAt(ctx, j, head)
	}
	if err != nil {
		return nil, "", err
	}
	return s, fmt.Sprintf("%s, %s", plural(head, "record", "records"), plural(uint64(s.Len()), "version", "versions")), nil
}

// recordsOnly hides what a journal keeps beside the records.
type recordsOnly struct{ modreg.Journal }

func foldTo(ctx context.Context, j *boltjournal.Journal, seq uint64) (*modreg.Snapshot, error) {
	return modreg.SnapshotAt(ctx, recordsOnly{j}, seq)
}

// kept folds the records again and holds the kept states against that.
func kept(ctx context.Context, j *boltjournal.Journal) (string, error) {
	n := uint64(0)
	for atMost := uint64(math.MaxInt64); ; n++ {
		stored, err := j.LoadSnapshot(ctx, audit.LogRegistry, atMost)
		if err != nil {
			return "", err
		}
		if stored.Seq == 0 {
			return plural(n, "state", "states"), nil
		}
		s, err := foldTo(ctx, j, stored.Seq)
		if errors.Is(err, modreg.ErrPruned) {
			return "not compared: the records before are pruned", nil
		}
		if err != nil {
			return "", err
		}
		if !bytes.Equal(s.Encode(), stored.Data) {
			return "", &failure{
				exit: exitVerification, why: fmt.Sprintf("the state that is kept after record %d is not what the records say", stored.Seq),
				fix: "modreg snapshot keep (and find out who changed it, or whether another version of modreg wrote it)",
			}
		}
		atMost = stored.Seq - 1
	}
}

func (d *doctor) clock(last time.Time) (string, error) {
	if ahead := last.Sub(d.Now()); ahead > time.Second {
		return "", warning(fmt.Sprintf("the last record is from %s, %v ahead of the clock", when(last), ahead.Round(time.Second)), "set the clock; until it has caught up records carry the time of the last one")
	}
	return "last record " + orNever(last), nil
}

// orphans lists intents without a result. The last ones may belong to a process that works at this moment.
func orphans(ctx context.Context, j *boltjournal.Journal) (string, error) {
	open := map[string]audit.Event{}
	for e, err := range audit.Read(ctx, j, j, audit.Query{Log: audit.LogNode}) {
		if err != nil {
			return "", err
		}
		switch e.Activity {
		case audit.ActivityIntent:
			open[e.ID] = e
		case audit.ActivityResult:
			delete(open, e.Intent)
		default:
			delete(open, e.Intent) // it was found before, and that was written down
		}
	}
	if len(open) == 0 {
		return "", nil
	}
	var names []string
	for _, e := range open {
		names = append(names, fmt.Sprintf("%s of %s (audit/%d)", e.Action, e.Resource.ID, e.Seq))
	}
	return "", warning("began and have no result: "+strings.Join(names, ", "), "see whether they took effect; the next start of the registry writes them down as orphans")
}

func space(dir string) (string, error) {
	free, err := freeSpace(dir)
	const least = 256 << 20
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return "not checked on this system", nil
	case err != nil:
		return "", fileError(dir, err)
	case free < least:
		return "", warning(fmt.Sprintf("%d MiB are free, less than %d", free>>20, least>>20), "free space on the file system of "+dir+"; when it is full, changes are refused")
	}
	return fmt.Sprintf("%d MiB", free>>20), nil
}
