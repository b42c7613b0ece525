package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/tlog"
)

// ReadOptions say how a backup is read.
type ReadOptions struct {
	// Identities open an encrypted backup. With identities a backup that is not encrypted is refused.
	Identities []age.Identity
}

// Inspect reads a backup to its end, verifies all of it, and returns what it holds: the checksums, that no record is
// missing, and of the stream "registry" also that every record holds the hash of the one before.
//
// Errors are [ErrUnfinished], [ErrEncrypted], [ErrNotEncrypted], a [*FormatError], a [*DamageError], one of age if none
// of the identities opens the backup (then errors.As finds an [*age.NoIdentityMatchError]), that of r, and that of ctx,
// which is looked at between two calls of r. Inspect reads ahead in a goroutine, which has ended when it returns.
func Inspect(ctx context.Context, r io.Reader, o ReadOptions) (Manifest, error) {
	m, err := read(ctx, r, o, nothing{})
	if err != nil {
		return Manifest{}, fmt.Errorf("inspect: %w", err)
	}
	return m, nil
}

// A taker takes what is in a backup: the files, then stream by stream the records, the end, and the hashes of pruned
// records. Data is valid until it returns.
type taker interface {
	begin(ctx context.Context, m *Manifest) error
	file(f *File, data []byte) error
	record(ctx context.Context, s *Stream, data []byte) error
	// end comes after the last record, with the parts of the snapshot and the hash of the record that it is after.
	end(ctx context.Context, s *Stream, after Digest, snapshot iter.Seq2[[]byte, error]) error
	leaves(ctx context.Context, s *Stream, hashes iter.Seq2[tlog.Hash, error]) error
}

// read reads and verifies a backup. What a taker is given was verified as far as the backup had been read then.
func read(ctx context.Context, r io.Reader, o ReadOptions, t taker) (Manifest, error) {
	src := &source{ctx: ctx, r: r, sum: sha256.New()}
	m, err := open(ctx, src, o, t)
	if err != nil {
		return Manifest{}, err
	}
	src.sum.Sum(m.Digest[:0])
	m.Size = src.n
	return m, nil
}

// open decrypts a backup, if it is encrypted, and reads it.
func open(ctx context.Context, src *source, o ReadOptions, t taker) (Manifest, error) {
	buffered := bufio.NewReaderSize(src, 64<<10)
	start, err := buffered.Peek(len(agePrefix))
	if err != nil && !errors.Is(err, io.EOF) {
		return Manifest{}, err
	}
	encrypted := string(start) == agePrefix
	switch {
	case !begins(start, agePrefix) && !begins(start, magic):
		return Manifest{}, notMagic("")
	case encrypted && len(o.Identities) == 0:
		return Manifest{}, ErrEncrypted
	case !encrypted && len(o.Identities) > 0 && bytes.HasPrefix(start, []byte(magic)):
		return Manifest{}, ErrNotEncrypted
	case !encrypted:
		return readPlain(ctx, buffered, false, t)
	}
	opened, err := age.Decrypt(buffered, o.Identities...)
	if err != nil {
		return Manifest{}, src.sealed(err)
	}
	return readPlain(ctx, bufio.NewReaderSize(&unsealed{opened, src}, 64<<10), true, t)
}

// begins reports whether the two agree as far as both go.
func begins(start []byte, with string) bool {
	n := min(len(start), len(with))
	return string(start[:n]) == with[:n]
}

// unsealed reads what age decrypts.
type unsealed struct {
	r   io.Reader
	src *source
}

func (u *unsealed) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // an error that wraps io.EOF is none
		err = u.src.sealed(err)
	}
	return n, err
}

// sealed returns what an error of age means: if reading did not fail the backup is at fault, or the identity.
func (s *source) sealed(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case s.err != nil:
		return s.err
	case errors.As(err, &none):
		return fmt.Errorf("open it: %w", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrUnfinished
	default:
		return &DamageError{Where: "its encryption", Err: err}
	}
}

func readPlain(ctx context.Context, r *bufio.Reader, encrypted bool, t taker) (Manifest, error) {
	m, sum, err := readText(r, encrypted)
	if err != nil {
		return Manifest{}, err
	}
	if err := t.begin(ctx, &m); err != nil {
		return Manifest{}, err
	}
	blocks, err := newBlockReader(ctx, r, sum)
	if err != nil {
		return Manifest{}, err
	}
	defer blocks.close()
	f := newFrameReader(blocks.next)
	for i := range m.Files {
		if err := readFile(f, &m.Files[i], t); err != nil {
			return Manifest{}, err
		}
	}
	f.endSection()
	for i := range m.Streams {
		s := &m.Streams[i]
		if err := readSection(ctx, f, s, t); err != nil {
			return Manifest{}, fmt.Errorf("stream %q: %w", s.Name, err)
		}
		s.Digest = f.endSection()
	}
	return m, readEnd(f, &m)
}

func readEnd(f *frameReader, m *Manifest) error {
	want, err := m.end()
	if err != nil {
		return &DamageError{Where: "the end", Err: err}
	}
	got, err := f.frame(kindEnd, maxEnd)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return damaged("the end", "it does not sum up what is before it")
	}
	return f.end()
}

// readSection reads one stream.
func readSection(ctx context.Context, f *frameReader, s *Stream, t taker) error {
	name, err := f.frame(kindStream, MaxName)
	if err != nil {
		return err
	}
	if string(name) != s.Name {
		return damaged("a stream", "its name is another")
	}
	c := newCourse(s)
	for s.Head > 0 && c.next <= s.Head {
		payload, err := f.frame(kindRecord, 8+MaxRecord)
		if err != nil {
			return err
		}
		if len(payload) < 8 {
			return damaged("a record", "it has no sequence number")
		}
		if err := c.take(binary.BigEndian.Uint64(payload), payload[8:]); err != nil {
			return &DamageError{Where: "the records", Err: err}
		}
		if err := t.record(ctx, s, payload[8:]); err != nil {
			return err
		}
	}
	if err := c.end(); err != nil {
		return &DamageError{Where: "the records", Err: err}
	}
	s.Bytes = c.bytes
	if err := readSnapshot(ctx, f, s, c.at, t); err != nil || !s.Leaves {
		return err
	}
	return readLeaves(ctx, f, s, t)
}

// readSnapshot ends the records and hands on the parts of the snapshot, of which there may be none.
func readSnapshot(ctx context.Context, f *frameReader, s *Stream, after Digest, t taker) error {
	left := int(s.SnapshotSize)
	var failed error
	parts := func(yield func([]byte, error) bool) {
		for failed == nil && left > 0 {
			n := min(left, snapshotPart)
			part, err := f.frame(kindSnapshot, n)
			if err == nil && len(part) != n {
				err = damaged("the snapshot", "a part has %d bytes, not %d", len(part), n)
			}
			if left -= n; !yield(part, err) || err != nil {
				failed = err
				return
			}
		}
	}
	if err := t.end(ctx, s, after, parts); err != nil {
		return err
	}
	for _, err := range parts { // those that were not taken
		if err != nil {
			return err
		}
	}
	return failed
}

// readLeaves hands on the hashes of the pruned records.
func readLeaves(ctx context.Context, f *frameReader, s *Stream, t taker) error {
	left := s.First - 1
	var batch []byte
	var failed error
	hashes := func(yield func(tlog.Hash, error) bool) {
		for failed == nil && (left > 0 || len(batch) > 0) {
			if len(batch) == 0 {
				if batch, failed = leavesOf(f, min(left, leavesFrame)); failed != nil {
					yield(tlog.Hash{}, failed)
					return
				}
				left -= uint64(len(batch) / sha256.Size)
			}
			leaf := tlog.Hash(batch[:sha256.Size])
			if batch = batch[sha256.Size:]; !yield(leaf, nil) {
				return
			}
		}
	}
	if err := t.leaves(ctx, s, hashes); err != nil {
		return err
	}
	for _, err := range hashes { // those that were not taken
		if err != nil {
			return err
		}
	}
	return failed
}

// leavesOf reads the frame of n hashes.
func leavesOf(f *frameReader, n uint64) ([]byte, error) {
	batch, err := f.frame(kindLeaves, int(n)*sha256.Size)
	if err == nil && len(batch) != int(n)*sha256.Size {
		err = damaged("the hashes of pruned records", "a frame has %d bytes, not %d", len(batch), n*sha256.Size)
	}
	return batch, err
}

func readFile(f *frameReader, file *File, t taker) error {
	data, err := f.frame(kindFile, file.Size)
	if err != nil {
		return err
	}
	if len(data) != file.Size || sha256.Sum256(data) != file.Digest {
		return damaged("the files", "%q is not the one that the header names", file.Name)
	}
	return t.file(file, data)
}

// nothing takes a backup and does nothing with it.
type nothing struct{}

func (nothing) begin(context.Context, *Manifest) error { return nil }

func (nothing) leaves(context.Context, *Stream, iter.Seq2[tlog.Hash, error]) error { return nil }

func (nothing) record(context.Context, *Stream, []byte) error { return nil }

func (nothing) end(context.Context, *Stream, Digest, iter.Seq2[[]byte, error]) error { return nil }

func (nothing) file(*File, []byte) error { return nil }
