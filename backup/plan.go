package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// A Source is what a backup is made of.
type Source struct {
	// Journal has the streams. It may be written to meanwhile. If it is a [modreg.Pruner] streams may be pruned, and if it is
	// a [modreg.SnapshotStore] too, the oldest snapshot that the records reach back to is taken for those.
	Journal modreg.Journal
	// Streams are their names: up to 100 lower-case letters, digits, "-" and "/".
	Streams []string
	// Leaves yields the hashes of the leaves of the records before first, from record 1 on, in a stream that was pruned:
	// merkle.Log.LeafHashes does. It returns nil for a stream without a Merkle log. Without these hashes the Merkle
	// log of a stream that was pruned cannot be restored.
	Leaves func(ctx context.Context, stream string, first uint64) iter.Seq2[tlog.Hash, error]
	// Files are small files by name: lower-case letters and digits, with ".-_" between them. They must have been read before
	// Write is called: a checkpoint then never covers more records than the backup has. Write refuses what looks like a
	// private key.
	Files map[string][]byte
	// Secrets are files with private keys. Write refuses them if the backup is not encrypted.
	Secrets map[string][]byte
	// Node names whose backup it is; an identifier as in package record.
	Node string
}

// Options say how a backup is written.
type Options struct {
	// Recipients can read the backup, nobody else. Without any it is not encrypted.
	Recipients []age.Recipient
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// A plan is what Write has to write.
type plan struct {
	source    *Source
	manifest  Manifest
	snapshots map[string]modreg.StoredSnapshot
	leaves    map[string]iter.Seq2[tlog.Hash, error]
	contents  [][]byte // of the files
}

// plan looks at the heads of all streams before anything else is read, so that they are of nearly one moment.
func (s *Source) plan(ctx context.Context, o Options) (*plan, error) {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	p := &plan{source: s, snapshots: map[string]modreg.StoredSnapshot{}, leaves: map[string]iter.Seq2[tlog.Hash, error]{}}
	p.manifest = Manifest{
		Format: format, Created: now().UTC().Truncate(time.Second), Node: s.Node, Encrypted: len(o.Recipients) > 0,
		Streams: make([]Stream, len(s.Streams)), Files: []File{},
	}
	if s.Journal == nil && len(s.Streams) > 0 {
		return nil, errors.New("there is no journal to read the streams from")
	}
	for i, name := range s.Streams {
		if err := checkStream(name); err != nil {
			return nil, err
		}
		head, err := s.Journal.Head(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("stream %q: %w", name, err)
		}
		p.manifest.Streams[i] = Stream{Name: name, First: 1, Head: head}
	}
	for i := range p.manifest.Streams {
		if err := p.stream(ctx, &p.manifest.Streams[i]); err != nil {
			return nil, fmt.Errorf("stream %q: %w", p.manifest.Streams[i].Name, err)
		}
	}
	if err := p.files(); err != nil {
		return nil, err
	}
	return p, p.manifest.check()
}

// stream fills in what the header says of a stream.
func (p *plan) stream(ctx context.Context, s *Stream) error {
	if s.Head == 0 {
		return nil
	}
	if pruner, ok := p.source.Journal.(modreg.Pruner); ok {
		first, err := pruner.First(ctx, s.Name)
		if err != nil {
			return err
		}
		if first > s.Head {
			return fmt.Errorf("%w up to %d meanwhile: try again", modreg.ErrPruned, first-1)
		}
		s.First = first
	}
	var err error
	if s.Hash, err = p.hash(ctx, s.Name, s.Head); err != nil || s.First == 1 {
		return err
	}
	if p.source.Leaves != nil {
		p.leaves[s.Name] = p.source.Leaves(ctx, s.Name, s.First)
		s.Leaves = p.leaves[s.Name] != nil
	}
	return p.snapshot(ctx, s)
}

// snapshot finds the oldest snapshot from which the records that are there can be folded.
func (p *plan) snapshot(ctx context.Context, s *Stream) error {
	store, ok := p.source.Journal.(modreg.SnapshotStore)
	for atMost := s.Head; ok && atMost >= s.First; {
		kept, err := store.LoadSnapshot(ctx, s.Name, atMost)
		if err != nil {
			return err
		}
		if kept.Seq < s.First || kept.Seq > atMost {
			break
		}
		hash, err := p.hash(ctx, s.Name, kept.Seq)
		if err != nil {
			return err
		}
		if hash == Digest(kept.Hash) && len(kept.Data) <= MaxSnapshot {
			s.Snapshot, s.SnapshotSize = kept.Seq, uint64(len(kept.Data))
			p.snapshots[s.Name] = kept
		}
		atMost = kept.Seq - 1
	}
	return nil
}

func (p *plan) hash(ctx context.Context, stream string, seq uint64) (Digest, error) {
	for rec, err := range p.source.Journal.Read(ctx, stream, seq) {
		if err == nil && rec.Seq != seq {
			err = fmt.Errorf("the journal yields record %d where %d belongs", rec.Seq, seq)
		}
		return sha256.Sum256(rec.Data), err
	}
	return Digest{}, fmt.Errorf("the journal does not have record %d", seq)
}

// files fills in what the header says of the files, by name, the secret ones last.
func (p *plan) files() error {
	for _, secret := range []bool{false, true} {
		from := p.source.Files
		if secret {
			from = p.source.Secrets
		}
		for _, name := range slices.Sorted(maps.Keys(from)) {
			data := from[name]
			if !secret && looksSecret(data) {
				return fmt.Errorf("file %q looks like a private key: it belongs into an encrypted backup, and there under Secrets", name)
			}
			p.manifest.Files = append(p.manifest.Files, File{Name: name, Size: len(data), Digest: sha256.Sum256(data), Secret: secret})
			p.contents = append(p.contents, data)
		}
	}
	return nil
}
