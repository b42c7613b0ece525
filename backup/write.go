package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/modreg/modreg"
)

// Write writes a backup of the source to w and returns what it holds. Appends to the journal may go on: what is appended
// after the call has begun is not in it. It verifies what it reads as [Inspect] does, so that no backup is
// made of a journal that is damaged.
//
// After an error what was written is not a backup, and is refused by everything that reads one. Errors are those of the
// journal, wrapped, of w, of ctx, and of a source that is outside the limits. One that wraps [modreg.ErrPruned] says
// that records were pruned while they were being read; then a second try succeeds.
func Write(ctx context.Context, w io.Writer, s Source, o Options) (Manifest, error) {
	p, err := s.plan(ctx, o)
	if err != nil {
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	all := &tally{w: w, sum: sha256.New()}
	if err := p.write(ctx, all, o); err != nil {
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	all.sum.Sum(p.manifest.Digest[:0])
	p.manifest.Size = all.n
	return p.manifest, nil
}

// write writes what is planned, encrypted if it is to be.
func (p *plan) write(ctx context.Context, w io.Writer, o Options) error {
	if len(o.Recipients) == 0 {
		return p.plain(ctx, w)
	}
	// The header and the chunks of age are small.
	buffered := bufio.NewWriterSize(w, blockSize)
	sealed, err := age.Encrypt(buffered, o.Recipients...)
	if err != nil {
		return err
	}
	if err := p.plain(ctx, sealed); err != nil {
		return err // without the last chunk it is not a file of age
	}
	return errors.Join(sealed.Close(), buffered.Flush())
}

// plain writes what is planned.
func (p *plan) plain(ctx context.Context, w io.Writer) error {
	sum, err := writeText(w, &p.manifest)
	if err != nil {
		return err
	}
	blocks, err := newBlockWriter(ctx, w, sum)
	if err != nil {
		return err
	}
	err = p.frames(ctx, newFrameWriter(blocks))
	if failed := blocks.close(err != nil); err == nil {
		err = failed
	}
	return err
}

func (p *plan) frames(ctx context.Context, f *frameWriter) error {
	for _, data := range p.contents {
		if err := f.frame(kindFile, data); err != nil {
			return err
		}
	}
	f.endSection()
	for i := range p.manifest.Streams {
		s := &p.manifest.Streams[i]
		if err := p.section(ctx, f, s); err != nil {
			return fmt.Errorf("stream %q: %w", s.Name, err)
		}
		s.Digest = f.endSection()
	}
	data, err := p.manifest.end()
	if err != nil {
		return err
	}
	return f.frame(kindEnd, data)
}

// section writes one stream.
func (p *plan) section(ctx context.Context, f *frameWriter, s *Stream) error {
	if err := f.frame(kindStream, []byte(s.Name)); err != nil {
		return err
	}
	c := newCourse(s)
	if s.Head > 0 {
		for rec, err := range p.source.Journal.Read(ctx, s.Name, s.First) {
			if err != nil {
				return err
			}
			if err := c.take(rec.Seq, rec.Data); err != nil {
				return err
			}
			if err := f.record(rec.Seq, rec.Data); err != nil {
				return err
			}
			if rec.Seq == s.Head {
				break
			}
		}
	}
	if err := c.end(); err != nil {
		return err
	}
	s.Bytes = c.bytes
	if err := writeSnapshot(f, p.snapshots[s.Name]); err != nil || !s.Leaves {
		return err
	}
	if err := p.writeLeaves(f, s); err != nil {
		return fmt.Errorf("hashes of pruned records: %w", err)
	}
	return nil
}

// writeLeaves writes the hashes of the leaves of the pruned records.
func (p *plan) writeLeaves(f *frameWriter, s *Stream) error {
	left := s.First - 1
	batch := make([]byte, 0, leavesFrame*sha256.Size)
	for leaf, err := range p.leaves[s.Name] {
		if err != nil {
			return err
		}
		if left == 0 {
			return fmt.Errorf("there are more than %d", s.First-1)
		}
		left--
		if batch = append(batch, leaf[:]...); len(batch) == cap(batch) || left == 0 {
			if err := f.frame(kindLeaves, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if left > 0 {
		return fmt.Errorf("%d of %d are missing", left, s.First-1)
	}
	return nil
}

func writeSnapshot(f *frameWriter, s modreg.StoredSnapshot) error {
	for data := s.Data; len(data) > 0; {
		n := min(len(data), snapshotPart)
		if err := f.frame(kindSnapshot, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
