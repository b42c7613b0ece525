package datadir_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/record"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	f, err := datadir.Open(t.Context(), dir, datadir.Options{Create: true, Node: "node-1"})
	must(t, err)
	populate(t, f)
	must(t, f.Close())
	return dir
}

// populate registers some modules, whose code is elsewhere.
func populate(t *testing.T, f *datadir.Folder) {
	t.Helper()
	ctx := record.WithOrigin(t.Context(), record.Origin{Actor: record.Actor{Kind: record.KindUser, ID: "ada"}})
	reg, err := modreg.Open(ctx, modreg.WithJournal(f.Trail.Journal()), modreg.WithAuditor(f.Trail), modreg.WithRuntime(elsewhere{}))
	must(t, err)
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0"} {
		must(t, reg.Register(ctx, modreg.Manifest{Name: "upper", Version: version, Runtime: "process"}))
	}
	_, err = reg.KeepSnapshot(ctx)
	must(t, err)
	must(t, reg.Close(ctx))
}

type elsewhere struct{}

func (elsewhere) Name() string                { return "process" }
func (elsewhere) Admit(modreg.Manifest) error { return nil }
func (elsewhere) Start(context.Context, modreg.Launch) (modreg.Instance, error) {
	return nil, errors.New("it is elsewhere")
}

// prune lets go of the first records of the registry, as if they were old.
func prune(t *testing.T, dir string, before uint64) {
	t.Helper()
	j, err := boltjournal.Open(filepath.Join(dir, datadir.JournalName))
	must(t, err)
	trail, err := audit.Open(t.Context(), filepath.Join(dir, datadir.AuditName), audit.Options{Registry: j, Retention: time.Nanosecond})
	must(t, err)
	done, err := trail.Export(t.Context(), io.Discard, audit.FormatRecords, audit.Query{Log: audit.LogRegistry})
	must(t, err)
	must(t, trail.Prune(t.Context(), audit.LogRegistry, before, done.Digest))
	must(t, trail.Close())
	must(t, j.Close())
}

// state returns what identifies the newest state of a folder's registry, and verifies both logs.
func state(t *testing.T, dir string) []byte {
	t.Helper()
	f, err := datadir.Open(t.Context(), dir, datadir.Options{})
	must(t, err)
	defer func() { must(t, f.Close()) }()
	_, err = f.Trail.Verify(t.Context(), audit.VerifyOptions{})
	must(t, err)
	_, err = f.Trail.Prove(t.Context(), audit.LogRegistry, 6)
	must(t, err)
	head, err := f.Journal.Head(t.Context(), audit.LogRegistry)
	must(t, err)
	s, err := modreg.SnapshotAt(t.Context(), f.Journal, head)
	must(t, err)
	return s.Encode()
}

func TestRestore_isTheFolderThatWasBackedUp(t *testing.T) {
	t.Parallel()
	for name, pruned := range map[string]bool{"whole": false, "pruned": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := create(t)
			if pruned {
				prune(t, dir, 4)
			}
			want := state(t, dir)
			id, err := age.GenerateX25519Identity()
			must(t, err)
			file := filepath.Join(t.TempDir(), "a b.modreg")
			write(t, dir, file, backup.Options{Recipients: []age.Recipient{id.Recipient()}})
			again := filepath.Join(t.TempDir(), "again")
			must(t, restore(t, again, file, datadir.RestoreOptions{ReadOptions: backup.ReadOptions{Identities: []age.Identity{id}}}))
			if !bytes.Equal(state(t, again), want) {
				t.Error("another state was restored")
			}
		})
	}
}

func write(t *testing.T, dir, file string, o backup.Options) {
	t.Helper()
	f, err := datadir.Open(t.Context(), dir, datadir.Options{})
	must(t, err)
	_, err = f.WriteBackup(t.Context(), file, o)
	must(t, err)
	must(t, f.Close())
}

func restore(t *testing.T, dir, file string, o datadir.RestoreOptions) error {
	t.Helper()
	from, err := os.Open(file)
	must(t, err)
	defer from.Close() //nolint:errcheck // it is only read
	_, err = datadir.Restore(t.Context(), dir, from, o)
	return err
}

func TestRestore_withoutKeys(t *testing.T) {
	t.Parallel()
	dir := create(t)
	want := state(t, dir)
	file := filepath.Join(t.TempDir(), "plain.modreg")
	write(t, dir, file, backup.Options{})
	again := filepath.Join(t.TempDir(), "again")
	if err := restore(t, again, file, datadir.RestoreOptions{}); !errors.Is(err, datadir.ErrNoKeys) {
		t.Errorf("without keys: %v", err)
	}
	if _, err := os.Stat(again); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
	must(t, restore(t, again, file, datadir.RestoreOptions{Keys: filepath.Join(dir, datadir.AuditName)}))
	other := filepath.Join(t.TempDir(), "other")
	must(t, restore(t, other, file, datadir.RestoreOptions{NewNode: true}))
	for _, d := range []string{again, other} {
		if !bytes.Equal(state(t, d), want) {
			t.Errorf("%s has another state", d)
		}
	}
	one, err := datadir.Origin(again, audit.LogRegistry)
	must(t, err)
	two, err := datadir.Origin(other, audit.LogRegistry)
	must(t, err)
	if one != "modreg/node-1/registry" || one == two {
		t.Errorf("origins %q and %q", one, two)
	}
	prune(t, dir, 4)
	short := filepath.Join(t.TempDir(), "short.modreg")
	write(t, dir, short, backup.Options{})
	if err := restore(t, filepath.Join(t.TempDir(), "no"), short, datadir.RestoreOptions{NewNode: true}); err == nil {
		t.Error("a pruned log went on under another key")
	}
}

func TestCheckBackup_knowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	dir := create(t)
	file := filepath.Join(t.TempDir(), "x.modreg")
	f, err := datadir.Open(t.Context(), dir, datadir.Options{})
	must(t, err)
	defer func() { must(t, f.Close()) }()
	m, err := f.WriteBackup(t.Context(), file, backup.Options{})
	must(t, err)
	if found, err := f.CheckBackup(t.Context(), file); err != nil || found.Digest != m.Digest {
		t.Errorf("%v, %v", found, err)
	}
	data, err := os.ReadFile(file)
	must(t, err)
	data[len(data)/2] ^= 1
	must(t, os.WriteFile(file, data, 0o600))
	if _, err := f.CheckBackup(t.Context(), file); err == nil {
		t.Error("a changed file passes")
	}
}

func TestOpen_lostKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := create(t)
	key := filepath.Join(dir, datadir.AuditName, "registry.key")
	kept, err := os.ReadFile(key)
	must(t, err)
	must(t, os.Remove(key))
	if _, err := datadir.Open(t.Context(), dir, datadir.Options{}); err == nil {
		t.Error("a log whose key is lost was opened")
	}
	if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another key is in its place: %v", err)
	}
	must(t, os.WriteFile(key, kept, 0o600))
	state(t, dir)
}

func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	if _, err := datadir.Open(t.Context(), t.TempDir(), datadir.Options{}); !errors.Is(err, datadir.ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	dir := create(t)
	if _, err := datadir.Open(t.Context(), dir, datadir.Options{Node: "node-2"}); err == nil {
		t.Error("the folder of another node was opened")
	}
	must(t, os.WriteFile(filepath.Join(dir, backup.Marker), nil, 0o600))
	if _, err := datadir.Open(t.Context(), dir, datadir.Options{}); !errors.Is(err, backup.ErrHalfRestored) {
		t.Errorf("a folder that is half restored: %v", err)
	}
}
