package boltjournal_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

// A specimen is a small journal with everything in it that there can be: records of all sizes, pages that were freed,
// streams that were pruned or seeded, snapshots.
type specimen struct {
	image   []byte
	streams map[string][]modreg.Record
	first   map[string]uint64
	shots   map[uint64]modreg.StoredSnapshot // of stream a
	opens   int
	read    int
}

func newSpecimen(tb testing.TB) *specimen {
	tb.Helper()
	return specimenOf(tb, 16) // so many streams that the heads do not fit into the page of the root
}

// specimenOf makes a journal with some small streams beside the others.
func specimenOf(tb testing.TB, small int) *specimen {
	tb.Helper()
	ctx := tb.Context()
	path := filepath.Join(tb.TempDir(), "journal")
	j, err := boltjournal.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	add := func(stream string, head uint64, n int) {
		tb.Helper()
		b := batchID{stream: stream, first: head + 1, n: n, nonce: head}
		_, err := j.Append(ctx, stream, head, b.records())
		must(err)
	}
	s := &specimen{streams: map[string][]modreg.Record{}, first: map[string]uint64{}, shots: map[uint64]modreg.StoredSnapshot{}}
	for head := range uint64(20) {
		add("a", head, 1)
	}
	add("a", 20, 20)
	for i := range small {
		add(fmt.Sprintf("small/%d", i), 0, 1)
	}
	must(j.Seed(ctx, "seeded", 7))
	must(j.Seed(ctx, "seeded-and-used", 500))
	add("seeded-and-used", 499, 2)
	for _, seq := range []uint64{10, 20, 30} {
		shot := snapshotAt("a", seq, seq+3)
		must(j.PutSnapshot(ctx, "a", shot))
		s.shots[seq] = shot
	}
	delete(s.shots, 10) // two are kept
	must(j.Prune(ctx, "a", 12))
	streams, err := j.Streams(ctx)
	must(err)
	for _, stream := range streams {
		first, err := j.First(ctx, stream)
		must(err)
		s.first[stream], s.streams[stream] = first, nil
		for rec, err := range j.Read(ctx, stream, first) {
			must(err)
			s.streams[stream] = append(s.streams[stream], rec)
		}
	}
	must(j.Verify(ctx))
	must(j.Close())
	s.image, err = os.ReadFile(path)
	must(err)
	return s
}

// fastDir returns a folder in memory if there is one.
func fastDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "boltjournal-")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// check opens a damaged copy and reads all of it. Whatever is returned without an error must be what was written, and
// errors must say that the file is damaged. If all is well it may be asked to write too, and must still be well then.
func (s *specimen) check(ctx context.Context, path string, write bool) error {
	j, err := boltjournal.Open(path)
	if err != nil {
		return damaged(err)
	}
	s.opens++
	err = s.compare(ctx, j)
	if err == nil {
		s.read++
		if write {
			err = s.write(ctx, j)
		}
	}
	if err := damaged(err); err != nil {
		return errors.Join(err, j.Close())
	}
	if err := j.Close(); err != nil {
		return err
	}
	if err == nil && write {
		if j, err = boltjournal.Open(path); err != nil {
			return fmt.Errorf("it was written to, and cannot be opened again: %v", err) //nolint:errorlint // this is no damage that was found
		}
		pruned := *s
		pruned.first, pruned.streams = maps.Clone(s.first), maps.Clone(s.streams)
		pruned.first["a"] += 5
		pruned.streams["a"] = s.streams["a"][5:]
		return errors.Join(pruned.compare(ctx, j), j.Close())
	}
	return nil
}

// damaged returns an error unless it says that the file is damaged.
func damaged(err error) error {
	if _, ok := errors.AsType[*boltjournal.CorruptError](err); ok {
		return nil
	}
	return err
}

// compare reads everything and returns the first error, or what is not as it was.
func (s *specimen) compare(ctx context.Context, j *boltjournal.Journal) error {
	streams, err := j.Streams(ctx)
	if err != nil {
		return err
	}
	if want := slices.Sorted(maps.Keys(s.streams)); !slices.Equal(streams, want) {
		return fmt.Errorf("streams %q, want %q", streams, want)
	}
	var firstErr error
	for stream, want := range s.streams {
		first, err := j.First(ctx, stream)
		if err != nil {
			return err
		}
		if first != s.first[stream] {
			return fmt.Errorf("the first record of %q is %d, want %d", stream, first, s.first[stream])
		}
		i := 0
		for rec, err := range j.Read(ctx, stream, first) {
			if err != nil {
				firstErr = err
				i = len(want)
				break
			}
			if i < len(want) && (rec.Seq != want[i].Seq || !bytes.Equal(rec.Data, want[i].Data)) {
				return fmt.Errorf("record %d of %q is not what it was", want[i].Seq, stream)
			}
			i++
		}
		if i < len(want) {
			return fmt.Errorf("%d records of %q, want %d", i, stream, len(want))
		}
	}
	shot, err := j.LoadSnapshot(ctx, "a", math.MaxUint64)
	if err != nil {
		return err
	}
	if shot.Seq != slices.Max(slices.Collect(maps.Keys(s.shots))) { // what was passed over must be damaged
		if err := j.Verify(ctx); err == nil || damaged(err) != nil {
			return fmt.Errorf("the snapshot that is loaded is at %d, and verify finds %v", shot.Seq, err) //nolint:errorlint // this is no damage that was found
		}
	}
	want, ok := s.shots[shot.Seq]
	if shot.Seq == 0 {
		want, ok = modreg.StoredSnapshot{}, true
	}
	if !ok || want.Hash != shot.Hash || !bytes.Equal(want.Data, shot.Data) {
		return fmt.Errorf("the snapshot at %d is not what it was", shot.Seq)
	}
	return firstErr
}

// write appends to every stream and prunes one.
func (s *specimen) write(ctx context.Context, j *boltjournal.Journal) error {
	if err := j.Prune(ctx, "a", s.first["a"]+5); err != nil {
		return err
	}
	for stream := range s.streams {
		head, err := j.Head(ctx, stream)
		if err != nil {
			return err
		}
		if _, err := j.Append(ctx, stream, head, [][]byte{[]byte("more")}); err != nil {
			return err
		}
	}
	return nil
}

// TestOpen_flippedBit flips bits: each one of the file in the long form, thousands in the short one, most of them in the
// heads of pages, where there is the most to break.
func TestOpen_flippedBit(t *testing.T) {
	t.Parallel()
	s := newSpecimen(t)
	rng := rand.New(rand.NewPCG(1, 2))
	bits := func(yield func(int) bool) {
		for range 800 {
			at := rng.IntN(len(s.image))
			if rng.IntN(3) > 0 {
				at = at&^4095 + rng.IntN(16+16*8)
			}
			if !yield(at*8 + rng.IntN(8)) {
				return
			}
		}
	}
	if torture() {
		bits = func(yield func(int) bool) {
			for bit := range len(s.image) * 8 {
				if !yield(bit) {
					return
				}
			}
		}
	}
	path := filepath.Join(fastDir(t), "journal")
	if err := os.WriteFile(path, s.image, 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for bit := range bits {
		n++
		s.flip(t, path, bit, n%16 == 0)
	}
	t.Logf("%d bits of %d bytes: %d times opened, %d times read whole", n, len(s.image), s.opens, s.read)
	if s.opens == 0 || s.opens == n || s.read == s.opens {
		t.Error("the bits that were flipped are not of all kinds")
	}
}

// flip flips one bit, checks, and flips it back.
func (s *specimen) flip(t *testing.T, path string, bit int, write bool) {
	t.Helper()
	set := func(at int, data []byte) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteAt(data, int64(at))
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	at := bit / 8
	set(at, []byte{s.image[at] ^ 1<<(bit%8)})
	if err := s.check(t.Context(), path, write); err != nil {
		t.Fatalf("bit %d of byte %d, in page %d: %v", bit%8, at, at/os.Getpagesize(), err)
	}
	if write {
		if err := os.WriteFile(path, s.image, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	set(at, s.image[at:at+1])
}

// TestOpen_flippedReference flips bits where bbolt would be led astray: in the meta pages, and in the heads and keys of
// branches. What passes must also be fit to be written to.
func TestOpen_flippedReference(t *testing.T) {
	t.Parallel()
	s := newSpecimen(t)
	path := filepath.Join(fastDir(t), "journal")
	for range 2 { // so that each meta page is once the newer one
		if err := os.WriteFile(path, s.image, 0o600); err != nil {
			t.Fatal(err)
		}
		const page, metaHead, metaSize = 4096, 16, 64
		for bit := range metaSize * 8 {
			if !torture() && bit%5 != 0 {
				continue
			}
			for _, at := range []int{0, page} {
				s.flip(t, path, (at+metaHead)*8+bit, bit%64 == 0)
			}
		}
		branches := 0
		for at := 0; at < len(s.image); at += page {
			if s.image[at+8] != 0x01 {
				continue
			}
			branches++
			elements := int(s.image[at+10])
			for bit := 0; bit < (16+elements*(16+8))*8; bit += 23 {
				s.flip(t, path, at*8+bit, true)
			}
		}
		if branches == 0 {
			t.Fatal("there is no branch")
		}
		s.more(t, path)
	}
}

// TestOpen_flippedHead flips the bits in the heads of pages, also of the small ones that lie within others: all in the long
// form, those of the counts in the short one.
func TestOpen_flippedHead(t *testing.T) {
	t.Parallel()
	for _, small := range []int{0, 16} {
		specimenOf(t, small).flipHeads(t)
	}
}

func (s *specimen) flipHeads(t *testing.T) {
	t.Helper()
	path := filepath.Join(fastDir(t), "journal")
	if err := os.WriteFile(path, s.image, 0o600); err != nil {
		t.Fatal(err)
	}
	heads := 0
	for at := 0; at+16 <= len(s.image); at += 8 {
		// A head has a type and a count, and within a bucket it has number 0.
		inline := binary.NativeEndian.Uint64(s.image[at:]) == 0 && s.image[at+8] == 2 && s.image[at+9] == 0 && s.image[at+10] > 0
		if at%4096 != 0 && !inline {
			continue
		}
		heads++
		first, end := 10*8, 12*8 // those of the count
		if torture() {
			first, end = 0, 16*8
		}
		for bit := first; bit < end; bit++ {
			s.flip(t, path, at*8+bit, false)
		}
	}
	if heads <= len(s.image)/4096 {
		t.Error("there are no pages within others")
	}
}

// more appends a record.
func (s *specimen) more(t *testing.T, path string) {
	t.Helper()
	j := open(t, path)
	n := uint64(len(s.streams["a"])) + s.first["a"] - 1
	mustAppend(t, j, "a", n, []byte("one more"))
	s.streams["a"] = append(s.streams["a"], modreg.Record{Seq: n + 1, Data: []byte("one more")})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.image = image
}

// TestOpen_truncated cuts the file off at every page and in the middle of it.
func TestOpen_truncated(t *testing.T) {
	t.Parallel()
	s := newSpecimen(t)
	path := filepath.Join(fastDir(t), "journal")
	step := 512
	if torture() {
		step = 16
	}
	for size := 0; size < len(s.image); size += step {
		for _, size := range []int{size, size + 1} {
			if err := os.WriteFile(path, s.image[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.check(t.Context(), path, false); err != nil {
				t.Fatalf("cut off after %d bytes: %v", size, err)
			}
		}
	}
	if s.opens > 0 && s.opens != s.read {
		t.Errorf("%d times opened, %d times read", s.opens, s.read)
	}
}

// TestOpen_zeroedPage loses pages whole, and torn at a sector.
func TestOpen_zeroedPage(t *testing.T) {
	t.Parallel()
	s := newSpecimen(t)
	path := filepath.Join(fastDir(t), "journal")
	const page, sector = 4096, 512
	for at := 0; at < len(s.image); at += page {
		for _, from := range []int{0, sector, page - sector} {
			torn := bytes.Clone(s.image)
			clear(torn[at+from : at+page])
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.check(t.Context(), path, false); err != nil {
				t.Fatalf("page %d without the bytes from %d on: %v", at/page, from, err)
			}
		}
	}
}

// FuzzOpen damages a file in several places. Each edit is four bytes: three say where, the last is combined
// with what is there.
func FuzzOpen(f *testing.F) {
	s := newSpecimen(f)
	f.Add([]byte{0, 0, 16, 1}, uint32(len(s.image)))
	f.Add([]byte{0, 16, 32, 4, 0, 32, 10, 255}, uint32(len(s.image)))
	f.Add([]byte{}, uint32(len(s.image)/2))
	f.Fuzz(func(t *testing.T, edits []byte, size uint32) {
		image := bytes.Clone(s.image[:min(int(size), len(s.image))])
		for ; len(edits) >= 4 && len(image) > 0; edits = edits[4:] {
			at := binary.BigEndian.Uint32([]byte{0, edits[0], edits[1], edits[2]})
			image[int(at)%len(image)] ^= edits[3]
		}
		path := filepath.Join(fastDir(t), "journal")
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		own := *s
		if err := own.check(t.Context(), path, true); err != nil {
			t.Fatal(err)
		}
	})
}
