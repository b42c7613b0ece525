package merkle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg/audit/merkle"
)

// A recorder is a sink in memory.
type recorder struct {
	name string
	do   func(ctx context.Context, cp merkle.Checkpoint) error // instead of success

	mu    sync.Mutex
	sizes []uint64
	times []time.Time
	notes []byte
	last  func() ([]byte, error)
}

func (r *recorder) Name() string { return "recorder " + r.name }

func (r *recorder) Publish(ctx context.Context, cp merkle.Checkpoint) error {
	r.mu.Lock()
	r.times = append(r.times, time.Now())
	r.mu.Unlock()
	if r.do != nil {
		if err := r.do(ctx, cp); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sizes = append(r.sizes, cp.Size)
	r.notes = append(append(r.notes, '\n'), cp.Note...)
	return nil
}

func (r *recorder) Last(context.Context, string) ([]byte, error) {
	if r.last != nil {
		return r.last()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.notes), nil
}

// published returns the sizes that were kept, and called when there was a try.
func (r *recorder) published() ([]uint64, []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sizes), slices.Clone(r.times)
}

func with(sinks ...merkle.Sink) func(*merkle.Options) {
	return func(o *merkle.Options) { o.Sinks = sinks }
}

// The first checkpoint goes out at once, then one an interval at most, and always the newest.
func TestSink_newestWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := newBed(t), &recorder{}
		l := b.open(with(s))
		time.Sleep(50 * time.Millisecond)
		for range 50 {
			b.append(l, 1)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		sizes, times := s.published()
		if !slices.Equal(sizes, []uint64{0, 10, 20, 30, 40, 50}) {
			t.Errorf("published %v", sizes)
		}
		for i := range times[1:] {
			if d := times[i+1].Sub(times[i]); d < time.Second {
				t.Errorf("publications %d and %d are %v apart", i, i+1, d)
			}
		}
		st := l.Status().Sinks[0]
		if st.Size != 50 || st.Err != nil || st.Pending != 0 || st.At.IsZero() || st.Name != s.Name() {
			t.Errorf("status %+v", st)
		}
		b.append(l, 1)
		synctest.Wait() // goes out at once, as the last one is long ago
		b.append(l, 1)
		b.close(l) // and this one does not wait for its time
		if sizes, _ = s.published(); !slices.Equal(sizes[6:], []uint64{51, 52}) {
			t.Errorf("published %v", sizes)
		}
		if l = b.open(with(s)); l.Status().Sinks[0].Size != 52 {
			t.Errorf("status after opening: %+v", l.Status())
		}
		b.close(l)
		if sizes, _ = s.published(); len(sizes) != 8 {
			t.Errorf("a checkpoint that the sink had was published again: %v", sizes)
		}
	})
}

// A checkpoint that comes while an older one is being published is not forgotten.
func TestSink_slow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s := &recorder{do: func(context.Context, merkle.Checkpoint) error {
			time.Sleep(3 * time.Second)
			return nil
		}}
		l := b.open(with(s))
		time.Sleep(time.Second)
		b.append(l, 1)
		time.Sleep(time.Minute)
		if sizes, _ := s.published(); !slices.Equal(sizes, []uint64{0, 1}) {
			t.Errorf("published %v", sizes)
		}
		b.close(l)
	})
}

// A sink that fails is tried again, less and less often, and appends go on.
func TestSink_fails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, down := newBed(t), errors.New("no route")
		var up atomic.Bool
		s := &recorder{do: func(context.Context, merkle.Checkpoint) error {
			if up.Load() {
				return nil
			}
			return down
		}}
		l := b.open(with(s))
		b.append(l, 3)
		time.Sleep(100 * time.Second)
		st := l.Status().Sinks[0]
		if _, times := s.published(); !errors.Is(st.Err, down) || st.Pending != 3 || st.Failures != len(times) || len(times) < 5 || len(times) > 9 {
			t.Errorf("status %+v after %d calls", st, len(times))
		}
		if err := b.problems.take(); !errors.Is(err, down) {
			t.Errorf("told %v", err)
		}
		up.Store(true)
		b.append(l, 1)
		time.Sleep(time.Minute)
		if st := l.Status().Sinks[0]; st.Err != nil || st.Size != 4 || st.Failures != 0 {
			t.Errorf("status %+v", st)
		}
		up.Store(false)
		b.append(l, 1)
		if err := l.Close(); !errors.Is(err, down) {
			t.Errorf("close: %v", err)
		}
	})
}

// Sinks that hang, with and without heeding their context, and one that panics: nobody waits for them.
func TestSink_hangsAndPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, free := newBed(t), make(chan struct{})
		polite := &recorder{name: "polite", do: func(ctx context.Context, _ merkle.Checkpoint) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		deaf := &recorder{name: "deaf", do: func(context.Context, merkle.Checkpoint) error {
			<-free
			return nil
		}}
		wild := &recorder{name: "wild", do: func(context.Context, merkle.Checkpoint) error { panic("wild") }}
		good := &recorder{name: "good"}
		l := b.open(with(polite, deaf, wild, good))
		began := time.Now()
		for range 20 {
			b.append(l, 1)
		}
		if d := time.Since(began); d > 0 {
			t.Errorf("appends waited %v", d)
		}
		time.Sleep(time.Minute)
		st := l.Status().Sinks
		if _, times := deaf.published(); len(times) != 1 {
			t.Errorf("the deaf sink was called %d times", len(times))
		}
		if !errors.Is(st[0].Err, context.DeadlineExceeded) || st[1].Err == nil || st[3].Size != 20 {
			t.Errorf("status %+v", st)
		}
		if told := fmt.Sprint(b.problems.take()); !strings.Contains(told, "panicked: wild") || !strings.Contains(told, "hangs") {
			t.Errorf("told %v", told)
		}
		began = time.Now()
		err := l.Close()
		if d := time.Since(began); d > merkle.DefaultCloseTimeout+2*time.Second || err == nil {
			t.Errorf("close took %v and returned %v", d, err)
		}
		close(free)
	})
}

// What a sink has outside shows a rollback and a fork, also by the holder of the key.
func TestSink_contradicts(t *testing.T) {
	t.Parallel()
	for _, f := range forgeries() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			b, s := newBed(t), &recorder{}
			l := b.open(with(s))
			b.append(l, size)
			b.close(l)
			b.journal, b.dir = filled(t, f.how(b.journal.records(t))), t.TempDir()
			_, err := b.try(with(s))
			if e := b.tampering(err, f.kind); !strings.Contains(e.Where, s.Name()) {
				t.Errorf("found at %s", e.Where)
			}
		})
	}
}

// The whole folder and the journal are put back to an older copy, before a rotation: nothing in it is wrong.
func TestSink_rollbackOverRotation(t *testing.T) {
	t.Parallel()
	for _, lost := range []int{0, 5} { // records between the copy and the rotation
		b, s := newBed(t), &recorder{}
		l := b.open(with(s))
		b.append(l, 10)
		b.close(l)
		dir, records := b.copyDir(), b.journal.records(t)
		old := b.key
		l = b.open(with(s))
		if lost > 0 {
			b.append(l, lost)
		}
		next := newKey(t)
		if err := l.Rotate(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		b.close(l)
		b.key = next
		l = b.open(with(s))
		b.append(l, 3)
		b.close(l)

		b.dir, b.key, b.journal = dir, old, filled(t, records)
		_, err := b.try(with(s))
		kind := merkle.ForeignKey
		if lost > 0 {
			kind = merkle.Rollback
		}
		b.wantTampering(err, kind)
		b.open() // without the sink nothing shows
	}
}

func TestSink_doesNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		defer close(free)
		for name, last := range map[string]func() ([]byte, error){
			"fails":  func() ([]byte, error) { return nil, errors.New("no route") },
			"panics": func() ([]byte, error) { panic("wild") },
			"hangs":  func() ([]byte, error) { <-free; return nil, nil },
			"floods": func() ([]byte, error) { return make([]byte, 2<<20), nil },
		} {
			b, s := newBed(t), &recorder{last: last}
			if _, err := b.try(with(s), func(o *merkle.Options) { o.RequireSinks = true }); err == nil {
				t.Errorf("%s: opened although sinks are required", name)
			}
			b.close(b.open(with(s)))
			if b.problems.take() == nil {
				t.Errorf("%s: nobody was told", name)
			}
		}
		for name, answer := range map[string]string{
			"garbage": "garbage", "nothing": "", "another log": string(merkle.SignForTest(t, merkle.Checkpoint{Origin: "other"}, newKey(t))),
		} {
			b, s := newBed(t), &recorder{last: func() ([]byte, error) { return []byte(answer), nil }}
			b.close(b.open(with(s)))
			if told := b.problems.take(); (told == nil) != (answer == "") {
				t.Errorf("%s: told %v", name, told)
			}
		}
	})
}
