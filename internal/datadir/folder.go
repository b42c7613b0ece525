// Package datadir is the data folder of a node: what is where in it, how it is opened, backed up and restored.
//
// The daemon and the command line open a folder here, so that both mean the same by one. [Open] is for whoever works with
// it, and one process at a time; [OpenJournal] with boltjournal.WithReadOnly is for looking.
package datadir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/journal/boltjournal"
)

// What is where in a folder.
const (
	JournalName = "journal.db" // the journal: every stream
	AuditName   = "audit"      // keys, keyrings, tree hashes and checkpoints of the audit log

	nodeName = "node" // in AuditName: the name of the node
)

// ErrNone is wrapped by the error of opening a folder in which there is no journal.
var ErrNone = errors.New("there is no " + JournalName + " in the folder")

// Logs returns the names of the two logs, which are those of their streams.
func Logs() []string { return []string{audit.LogRegistry, audit.LogNode} }

// Options say how a folder is opened.
type Options struct {
	Create  bool          // make the folder and the journal if they are not there
	Node    string        // see [audit.Options]
	Sinks   []merkle.Sink // of both logs
	Problem func(error)   // see [audit.Options]
}

// A Folder is an open data folder. Close it when done.
type Folder struct {
	Path    string
	Journal *boltjournal.Journal
	Trail   *audit.Trail
}

// Open opens a folder for work on it, which its audit log shows. Errors wrap [ErrNone], [backup.ErrHalfRestored], and those of
// boltjournal.Open and audit.Open.
func Open(ctx context.Context, path string, o Options) (*Folder, error) {
	if o.Create {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
	}
	journal, err := openJournal(path, o.Create)
	if err != nil {
		return nil, err
	}
	trail, err := audit.Open(ctx, filepath.Join(path, AuditName), audit.Options{
		Node: o.Node, Registry: journal, Problem: o.Problem,
		RegistryLog: audit.LogOptions{Sinks: o.Sinks}, NodeLog: audit.LogOptions{Sinks: o.Sinks},
	})
	if err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	return &Folder{Path: path, Journal: journal, Trail: trail}, nil
}

// OpenJournal opens the journal of a folder that is there. Errors are those of [Open].
func OpenJournal(path string, opts ...boltjournal.Option) (*boltjournal.Journal, error) {
	return openJournal(path, false, opts...)
}

func openJournal(path string, create bool, opts ...boltjournal.Option) (*boltjournal.Journal, error) {
	if err := backup.CheckFolder(path); err != nil {
		return nil, err
	}
	file := filepath.Join(path, JournalName)
	if _, err := os.Stat(file); !create && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %q: %w", path, ErrNone)
	}
	return boltjournal.Open(file, opts...)
}

// Close closes what [Open] opened.
func (f *Folder) Close() error { return errors.Join(f.Trail.Close(), f.Journal.Close()) }

// OpenLog opens one of the logs without its key: to prove, verify and compare. See [merkle.Options] for trust.
func OpenLog(ctx context.Context, path string, journal *boltjournal.Journal, log, trust string, sinks []merkle.Sink, problem func(error)) (*merkle.Log, error) {
	origin, err := Origin(path, log)
	if err != nil {
		return nil, err
	}
	return merkle.Open(ctx, journal, merkle.Options{
		Stream: log, Origin: origin, Dir: filepath.Join(path, AuditName, log), Trust: trust,
		Sinks: sinks, RequireSinks: len(sinks) > 0, Problem: problem,
	})
}
