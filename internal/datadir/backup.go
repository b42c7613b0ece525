package datadir

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/internal/disk"
	"github.com/modreg/modreg/journal/boltjournal"
)

// The names of files in a backup, after the name of a log.
const (
	keyringSuffix    = ".keyring"
	checkpointSuffix = ".checkpoint"
	keySuffix        = ".key"

	largestFile = 1 << 20
)

// Origin returns the first line of the checkpoints of a log of the folder.
func Origin(path, log string) (string, error) {
	data, err := disk.Read(filepath.Join(path, AuditName, nodeName), largestFile)
	if err != nil {
		return "", err
	}
	return originOf(data, log), nil
}

func originOf(node []byte, log string) string {
	return "modreg/" + string(bytes.TrimSpace(node)) + "/" + log
}

// WriteBackup writes a backup of the folder into a new file while work goes on. If there are recipients it is encrypted and
// has the signing keys, so that a folder made of it goes on as this node; otherwise it has none. That it is
// written is itself an event.
func (f *Folder) WriteBackup(ctx context.Context, path string, o backup.Options) (m backup.Manifest, err error) {
	// Two events and no intent: the backup holds the first, and whoever restores it would find an intent without an end.
	e := audit.Event{
		Class: audit.ClassSystem, Action: "backup:begin", Outcome: audit.OutcomeAllow, Resource: audit.Resource{Kind: "backup", ID: resourceID(path)},
	}
	if err := f.Trail.Record(ctx, e); err != nil {
		return m, err
	}
	s, err := f.source(ctx, len(o.Recipients) > 0)
	if err == nil {
		m, err = backup.WriteFile(ctx, path, s, o)
	}
	e.Action, e.Outcome, e.Resource.Digest = "backup:write", audit.OutcomeSuccess, "sha256:"+m.Digest.String()
	if err != nil {
		e.Outcome, e.Resource.Digest = audit.OutcomeFailure, ""
	}
	return m, errors.Join(err, f.Trail.Record(context.WithoutCancel(ctx), e))
}

// CheckBackup verifies a backup that cannot be read here, because it is encrypted for others: the audit log must say that
// exactly this file was written. Of the manifest it returns the digest and the size.
func (f *Folder) CheckBackup(ctx context.Context, path string) (m backup.Manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, err
	}
	hash := sha256.New()
	m.Size, err = io.Copy(hash, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return m, err
	}
	m.Encrypted, m.Digest = true, backup.Digest(hash.Sum(nil))
	q := audit.Query{Log: audit.LogNode, Action: "backup:write", Resource: resourceID(path), Outcome: audit.OutcomeSuccess}
	for e, err := range audit.Read(ctx, f.Journal, f.Journal, q) {
		if err != nil {
			return m, err
		}
		if e.Resource.Digest == "sha256:"+m.Digest.String() {
			return m, nil
		}
	}
	return m, fmt.Errorf("%q is not what the audit log says was written", path)
}

// resourceID makes the name of a file fit for an event.
func resourceID(path string) string {
	name := []byte(filepath.Base(path))
	for i, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
		default:
			name[i] = '_'
		}
	}
	return string(name[:min(len(name), 100)])
}

// source says what a backup of the folder is made of.
func (f *Folder) source(ctx context.Context, withKeys bool) (backup.Source, error) {
	s := backup.Source{
		Journal: f.Journal, Streams: Logs(), Files: map[string][]byte{}, Secrets: map[string][]byte{},
		Leaves: f.leaves,
	}
	node, err := disk.Read(f.file(nodeName), largestFile)
	if err != nil {
		return s, err
	}
	s.Files[nodeName], s.Node = node, string(bytes.TrimSpace(node))
	for _, log := range Logs() {
		cp, err := f.Trail.Checkpoint(ctx, log)
		if err != nil {
			return s, err
		}
		s.Files[log+checkpointSuffix] = cp.Note
		s.Files[log+keyringSuffix] = f.Trail.Keyring(log).Text()
		if !withKeys {
			continue
		}
		if s.Secrets[log+keySuffix], err = disk.Read(f.file(log+keySuffix), largestFile); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (f *Folder) file(name string) string { return filepath.Join(f.Path, AuditName, name) }

// leaves yields the hashes of pruned records.
func (f *Folder) leaves(ctx context.Context, stream string, first uint64) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		l, err := OpenLog(ctx, f.Path, f.Journal, stream, "", nil, func(error) {})
		if err != nil {
			yield(tlog.Hash{}, err)
			return
		}
		for hash, err := range l.LeafHashes(ctx, 1, first-1) {
			if !yield(hash, err) {
				break
			}
		}
		_ = l.Close() // it was only read
	}
}

// RestoreOptions say how a folder is made of a backup.
type RestoreOptions struct {
	backup.ReadOptions
	// Keys is a folder with the signing keys, registry.key and audit.key, for a backup that has none.
	Keys string
	// NewNode goes on as another node, with keys of its own, where the old ones are lost. The records stay; the
	// checkpoints of the old node vouch for them, and for nothing later.
	NewNode bool
	// Problem is told what does not fail the restoration.
	Problem func(error)
}

// ErrNoKeys says that a backup holds no signing keys, and nothing says what to do without.
var ErrNoKeys = errors.New("the backup has no signing keys")

// Restore makes a folder of a backup: all of it or nothing. The folder must not be there, or be empty. Its streams have the
// heads that the backup names, and its logs verify. It writes down, in the new folder, what it was made of. Errors are
// those of [backup.Restore] and [backup.MakeFolder], [ErrNoKeys], and those of opening the folder.
func Restore(ctx context.Context, path string, from io.Reader, o RestoreOptions) (m backup.Manifest, err error) {
	err = backup.MakeFolder(ctx, path, func(ctx context.Context, dir string) error {
		m, err = restore(ctx, dir, from, o)
		return err
	})
	return m, err
}

func restore(ctx context.Context, dir string, from io.Reader, o RestoreOptions) (m backup.Manifest, err error) {
	journal, err := boltjournal.Open(filepath.Join(dir, JournalName))
	if err != nil {
		return m, err
	}
	r := &restoration{dir: dir, journal: journal, files: map[string][]byte{}, keys: map[string][]byte{}, newNode: o.NewNode}
	m, err = backup.Restore(ctx, from, backup.Target{
		Journal: journal, Leaves: r.leaves,
		File:   func(name string, data []byte) error { r.files[name] = data; return nil },
		Secret: func(name string, data []byte) error { r.keys[name] = data; return nil },
	}, o.ReadOptions)
	if err == nil {
		err = r.finish(ctx, o)
	}
	if err = errors.Join(err, journal.Close()); err != nil {
		return m, err
	}
	f, err := Open(ctx, dir, Options{Problem: o.Problem})
	if err != nil {
		return m, err
	}
	err = f.Trail.Record(ctx, audit.Event{
		Class: audit.ClassSystem, Action: "backup:restore", Outcome: audit.OutcomeSuccess,
		Resource: audit.Resource{Kind: "backup", ID: m.Node, Digest: "sha256:" + m.Digest.String()},
	})
	return m, errors.Join(err, f.Close())
}

// A restoration is a folder on its way.
type restoration struct {
	dir     string
	journal *boltjournal.Journal
	files   map[string][]byte
	keys    map[string][]byte
	newNode bool
	seeded  map[string]bool
}

// leaves makes the Merkle log of a stream that was pruned.
func (r *restoration) leaves(_ context.Context, stream string, hashes iter.Seq2[tlog.Hash, error]) error {
	if r.newNode {
		return fmt.Errorf("records of the log %q are pruned: it cannot go on under another key", stream)
	}
	if r.seeded == nil {
		r.seeded = map[string]bool{}
	}
	r.seeded[stream] = true
	return r.seed(stream, hashes)
}

// seed makes the folder of a log of its first hashes.
func (r *restoration) seed(log string, hashes iter.Seq2[tlog.Hash, error]) error {
	origin := originOf(r.files[nodeName], log)
	ring, err := merkle.ParseKeyring(r.files[log+keyringSuffix], origin, "")
	if err != nil {
		return err
	}
	cp, err := merkle.ParseCheckpoint(r.files[log+checkpointSuffix], ring, origin)
	if err != nil {
		return err
	}
	return merkle.Seed(filepath.Join(r.dir, AuditName, log), ring, cp, firstOf(cp.Size, hashes))
}

// firstOf yields the first n hashes.
func firstOf(n uint64, hashes iter.Seq2[tlog.Hash, error]) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		if n == 0 {
			return
		}
		for hash, err := range hashes {
			if n--; !yield(hash, err) || n == 0 {
				return
			}
		}
	}
}

// finish makes the logs that were not pruned, and puts the keys where they belong.
func (r *restoration) finish(ctx context.Context, o RestoreOptions) error {
	if o.NewNode {
		return nil
	}
	if err := r.findKeys(o.Keys); err != nil {
		return err
	}
	for _, log := range Logs() {
		if r.seeded[log] {
			continue
		}
		if err := r.seed(log, r.hashes(ctx, log)); err != nil {
			return err
		}
	}
	folder := filepath.Join(r.dir, AuditName)
	for name, data := range r.keys {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, nodeName), r.files[nodeName], 0o600)
}

// hashes yields the hashes of all records of a log.
func (r *restoration) hashes(ctx context.Context, log string) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		for rec, err := range r.journal.Read(ctx, log, 1) {
			if !yield(tlog.RecordHash(rec.Data), err) {
				return
			}
		}
	}
}

// findKeys takes the keys from a folder if the backup has none. Names that no key has are refused.
func (r *restoration) findKeys(folder string) error {
	want := map[string]bool{}
	for _, log := range Logs() {
		want[log+keySuffix] = true
	}
	for name := range maps.Keys(r.keys) {
		if !want[name] {
			return fmt.Errorf("the backup has a secret %q, which belongs nowhere", name)
		}
	}
	for name := range want {
		if r.keys[name] != nil {
			continue
		}
		if folder == "" {
			return ErrNoKeys
		}
		data, err := disk.Read(filepath.Join(folder, name), largestFile)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w, and %q is not in the folder of the keys", ErrNoKeys, name)
		}
		if err != nil {
			return err
		}
		r.keys[name] = data
	}
	return nil
}
