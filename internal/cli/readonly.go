package cli

import (
	"bytes"
	"context"
	"errors"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/journal/boltjournal"
)

// withJournal opens the journal for reading only: it leaves no trace and needs no key, so that what may have been
// tampered with, or is a copy on a medium that cannot be written, can be looked at.
func (a *app) withJournal(ctx context.Context, use func(ctx context.Context, j *boltjournal.Journal) error) error {
	j, err := datadir.OpenJournal(a.data, boltjournal.WithReadOnly())
	if err != nil {
		return failed("open the data folder "+quote(a.data), err)
	}
	return errors.Join(use(ctx, j), j.Close())
}

// openLog opens a log without its key.
func (a *app) openLog(ctx context.Context, j *boltjournal.Journal, log, trust string, problem func(error)) (*merkle.Log, error) {
	sinks, err := a.openSinks()
	if err != nil {
		return nil, err
	}
	l, err := datadir.OpenLog(ctx, a.data, j, log, trust, sinks, problem)
	return l, failed("open the log "+quote(log), err)
}

// verifyLog reads a whole log and holds it against all that was signed about it, also what the files of known checkpoints
// have of it.
func (a *app) verifyLog(ctx context.Context, j *boltjournal.Journal, log, trust string, known []string) (report merkle.Report, fromFiles int, err error) {
	l, err := a.openLog(ctx, j, log, trust, func(err error) { a.warn("%v", err) })
	if err != nil {
		return report, 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	var o merkle.VerifyOptions
	for _, path := range known {
		found, err := readKnown(path, l)
		if err != nil {
			return report, 0, err
		}
		o.Known = append(o.Known, found...)
	}
	if log == audit.LogRegistry {
		o.Check = audit.Chain(l.Origin())
	}
	report, err = l.Verify(ctx, o)
	return report, len(o.Known), failed("verify the log "+quote(log), err)
}

// readKnown returns the checkpoints of a log that a file holds, among those of others.
func readKnown(path string, l *merkle.Log) (all []merkle.Checkpoint, err error) {
	text, err := readLimited(path, maxKnown)
	if err != nil {
		return nil, err
	}
	ring := l.Keyring()
	if ring == nil {
		return nil, nil // nothing was ever signed here
	}
	for cp, err := range merkle.ReadCheckpoints(bytes.NewReader(text), ring, l.Origin()) {
		if err != nil {
			return nil, &failure{
				exit: exitVerification, what: "read the checkpoints of " + quote(l.Origin()) + " in " + quote(path), err: err,
				fix: "take the file from where it was kept, unchanged",
			}
		}
		all = append(all, cp)
	}
	return all, nil
}

// maxKnown is the size of the largest file with checkpoints, in bytes.
const maxKnown = 64 << 20
