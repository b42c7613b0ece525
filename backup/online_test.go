package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

func TestWrite_whileAppendsGoOn(t *testing.T) {
	t.Parallel()
	j := newStore()
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"registry", "audit"} {
		fill(t, j, r, name, 300, 400)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var appending sync.WaitGroup
	defer appending.Wait()
	defer cancel()
	begun := make(chan struct{}, 2)
	for i, name := range []string{"registry", "audit"} {
		appending.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(i)))
			for n := 0; ctx.Err() == nil && n < 3_000; n++ {
				fill(t, j, r, name, 1, 400)
				if n == 10 {
					begun <- struct{}{}
				}
			}
		})
	}
	<-begun
	<-begun
	for range 4 {
		var b bytes.Buffer
		before := map[string]uint64{}
		for _, name := range []string{"registry", "audit"} {
			before[name], _ = j.Head(t.Context(), name)
		}
		m, err := backup.Write(t.Context(), &b, backup.Source{Journal: j, Streams: []string{"registry", "audit"}}, backup.Options{})
		if err != nil {
			t.Fatal(err)
		}
		to := newStore()
		if _, err := backup.Restore(t.Context(), &b, backup.Target{Journal: to}, backup.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, s := range m.Streams {
			got := records(t, to, s.Name, 1)
			if uint64(len(got)) != s.Head || s.Head < before[s.Name] {
				t.Fatalf("stream %q: %d records of %d; there were %d when it began", s.Name, len(got), s.Head, before[s.Name])
			}
			if all := records(t, j, s.Name, 1); !slices.EqualFunc(got, all[:len(got)], bytes.Equal) {
				t.Fatalf("stream %q: what was restored is no prefix", s.Name)
			}
		}
	}
}

// A hook calls at before record seq of a stream is read, and may change what is yielded.
type hook struct {
	*store
	stream string
	seq    uint64
	at     func(*modreg.Record) error
}

func (h *hook) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		for rec, err := range h.store.Read(ctx, stream, from) {
			if err == nil && stream == h.stream && rec.Seq == h.seq {
				err = h.at(&rec)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// A growing journal has another record whenever it is read.
type growing struct {
	*store
	tb testing.TB
	r  *rand.Rand
}

func (g *growing) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	fill(g.tb, g.store, g.r, stream, 1, 50)
	return g.store.Read(ctx, stream, from)
}

func TestWrite_endsAtTheHeadOfItsBeginning(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	g := &growing{newStore(), t, r}
	fill(t, g.store, r, "audit", 20, 50)
	fill(t, g.store, r, "registry", 30, 50)
	data, m := write(t, backup.Source{Journal: g, Streams: []string{"audit", "registry"}}, backup.Options{})
	if m.Streams[0].Head != 20 || m.Streams[1].Head != 30 {
		t.Fatalf("streams %+v", m.Streams)
	}
	if _, err := backup.Inspect(t.Context(), bytes.NewReader(data), backup.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
}

// A lossy writer takes less than it is given and does not say so.
type lossy struct{}

func (lossy) Write(p []byte) (int, error) { return len(p) - len(p)/100, nil }

func TestWrite_shortWrite(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	if _, err := backup.Write(t.Context(), lossy{}, source, backup.Options{}); !errors.Is(err, io.ErrShortWrite) {
		t.Fatalf("error %v", err)
	}
}

func TestWrite_journalsThatDoNotBehave(t *testing.T) {
	t.Parallel()
	broken := errors.New("cannot read")
	for name, at := range map[string]func(j *store, rec *modreg.Record) error{
		"error":         func(*store, *modreg.Record) error { return broken },
		"another place": func(_ *store, rec *modreg.Record) error { rec.Seq++; return nil },
		"pruned":        func(*store, *modreg.Record) error { return modreg.ErrPruned },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newStore()
			fill(t, j, rand.New(rand.NewPCG(1, 2)), "audit", 50, 40)
			h := &hook{store: j, stream: "audit", seq: 30, at: func(rec *modreg.Record) error { return at(j, rec) }}
			_, err := backup.Write(t.Context(), io.Discard, backup.Source{Journal: h, Streams: []string{"audit"}}, backup.Options{})
			if err == nil || name == "error" && !errors.Is(err, broken) || name == "pruned" && !errors.Is(err, modreg.ErrPruned) {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestWrite_lastRecordChangesMeanwhile(t *testing.T) {
	t.Parallel()
	j := newStore()
	fill(t, j, rand.New(rand.NewPCG(1, 2)), "audit", 50, 40)
	reads := 0
	h := &hook{store: j, stream: "audit", seq: 50, at: func(rec *modreg.Record) error {
		if reads++; reads > 1 {
			rec.Data = []byte("another")
		}
		return nil
	}}
	if _, err := backup.Write(t.Context(), io.Discard, backup.Source{Journal: h, Streams: []string{"audit"}}, backup.Options{}); err == nil {
		t.Fatal("nobody noticed")
	}
}

// A full writer fails after so many bytes.
type full struct {
	bytes.Buffer
	left int
}

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	f.left -= n
	f.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestWrite_failsWhereverTheDiskIsFull(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	fill(t, source.Journal, rand.New(rand.NewPCG(1, 2)), "audit", 160, 16000)
	id := identity(t)
	for name, o := range map[string]backup.Options{
		"plain":     {Now: fixed},
		"encrypted": {Now: fixed, Recipients: recipients(id)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, _ := write(t, source, o)
			for n := 0; n < len(data)-1; n += len(data)/16 + 1 {
				w := &full{left: n}
				if _, err := backup.Write(t.Context(), w, source, o); !errors.Is(err, errFull) {
					t.Fatalf("full after %d of %d bytes: error %v", n, len(data), err)
				}
			}
			w := &full{left: len(data) - 1}
			if _, err := backup.Write(t.Context(), w, source, o); !errors.Is(err, errFull) {
				t.Fatalf("full before the last byte: error %v", err)
			}
			if _, err := backup.Inspect(t.Context(), &w.Buffer, backup.ReadOptions{Identities: identities(o, id)}); err == nil {
				t.Fatal("what was written passes for a backup")
			}
		})
	}
}

func TestWrite_canceled(t *testing.T) {
	t.Parallel()
	j := newStore()
	fill(t, j, rand.New(rand.NewPCG(1, 2)), "audit", 300, 16000)
	ctx, cancel := context.WithCancel(t.Context())
	h := &hook{store: j, stream: "audit", seq: 30, at: func(*modreg.Record) error { cancel(); return nil }}
	if _, err := backup.Write(ctx, io.Discard, backup.Source{Journal: h, Streams: []string{"audit"}}, backup.Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

// A stubborn journal fails its n-th append.
type stubborn struct {
	*store
	left int
}

var errStubborn = errors.New("does not append")

func (s *stubborn) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if s.left--; s.left < 0 {
		return 0, errStubborn
	}
	return s.store.Append(ctx, stream, head, batch)
}

func TestRestore_targetErrorsComeBack(t *testing.T) {
	t.Parallel()
	j := newStore()
	fill(t, j, rand.New(rand.NewPCG(1, 2)), "audit", 10_000, 10)
	fill(t, j, rand.New(rand.NewPCG(1, 2)), "other", 10, 10)
	data, _ := write(t, backup.Source{Journal: j, Streams: []string{"audit", "other"}, Files: map[string][]byte{"f": {1}}}, backup.Options{})
	n := 0
	for ; ; n++ {
		target, _ := into(&stubborn{newStore(), n})
		_, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{})
		if err == nil {
			break
		}
		if !errors.Is(err, errStubborn) {
			t.Fatalf("append %d: error %v", n, err)
		}
	}
	if n < 4 {
		t.Fatalf("%d appends: the test shows little", n)
	}
	target, _ := into(newStore())
	target.File = func(string, []byte) error { return errStubborn }
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{}); !errors.Is(err, errStubborn) {
		t.Fatalf("file: error %v", err)
	}
}
