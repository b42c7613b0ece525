package modreg_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

// keepingJournal is a journal in memory that keeps every snapshot.
type keepingJournal struct {
	*modreg.MemJournal
	mu   sync.Mutex
	kept []modreg.StoredSnapshot // guarded by mu
}

func newKeepingJournal() *keepingJournal { return &keepingJournal{MemJournal: modreg.NewMemJournal()} }

func (j *keepingJournal) PutSnapshot(_ context.Context, _ string, s modreg.StoredSnapshot) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.kept = append(j.kept, s)
	return nil
}

func (j *keepingJournal) LoadSnapshot(_ context.Context, _ string, atMost uint64) (best modreg.StoredSnapshot, _ error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.kept {
		if s.Seq <= atMost && s.Seq >= best.Seq {
			best = s
		}
	}
	return best, nil
}

// runtimeless is a runtime that admits everything and starts nothing.
type runtimeless struct{}

func (runtimeless) Name() string                { return "process" }
func (runtimeless) Admit(modreg.Manifest) error { return nil }
func (runtimeless) Start(context.Context, modreg.Launch) (modreg.Instance, error) {
	return nil, fmt.Errorf("it starts nothing")
}

// declared is a manifest with a bit of everything.
func declared(i, version int) modreg.Manifest {
	m := modreg.Manifest{
		Name: fmt.Sprintf("module-%d", i), Version: fmt.Sprintf("1.%d.0", version), Kind: "data-processor", Runtime: "process",
		Description: "it does something for somebody", Licence: "MIT",
		Provides: []manifest.Provision{
			{Capability: fmt.Sprintf("cap.c%d", i%50), Version: "1.2.0+b", Attributes: map[string]capability.Value{"lang": capability.String([]string{"en", "de"}[i%2]), "level": capability.Int(int64(i % 4))}},
			{Capability: fmt.Sprintf("cap.d%d", i%30), Version: fmt.Sprintf("1.%d.0", version%3)},
		},
		Requires: []manifest.Requirement{{Capability: "log.sink", Range: ">=1 <3", Optional: true, Filter: `lang = "en"`}},
	}
	switch i % 5 {
	case 0:
		m.Start = manifest.StartEager
	case 1: // says no more than a version has fields for
		return modreg.Manifest{Name: m.Name, Version: m.Version, Kind: m.Kind, Requires: m.Requires}
	case 2:
		m.Conditions = &manifest.Conditions{Capabilities: []string{"other.thing"}}
	}
	return m
}

func openDeclared(tb testing.TB, j modreg.Journal) *modreg.Registry {
	tb.Helper()
	return open(tb, modreg.WithJournal(j), modreg.WithRuntime(runtimeless{}))
}

func TestSnapshot_encodedAndFoldedAreTheSame(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	j := newKeepingJournal()
	reg := openDeclared(t, j)
	for i := range 400 {
		ctx := ctx
		if rnd.IntN(2) == 0 {
			ctx = request(fmt.Sprint(i))
		}
		n, version := rnd.IntN(20), rnd.IntN(4)
		m := declared(n, version)
		ref := m.Name + "@" + m.Version
		switch rnd.IntN(8) {
		case 0:
			_ = reg.Unregister(ctx, ref)
		case 1:
			_ = reg.Activate(ctx, ref)
		case 2:
			_ = reg.Configure(ctx, ref, map[string]int{"n": i})
		case 3:
			if _, err := reg.KeepSnapshot(ctx); err != nil {
				t.Fatal(err)
			}
		default:
			if m.Runtime == "" {
				_ = reg.Register(ctx, m, provideProbe("x", &stats{}))
			} else if err := reg.Register(ctx, m); err != nil && modreg.CodeOf(err) != modreg.CodeConflict {
				t.Fatal(err)
			}
		}
	}
	if len(j.kept) < 5 {
		t.Fatalf("only %d snapshots were kept", len(j.kept))
	}
	head := reg.Snapshot().Seq()
	for seq := range head + 1 {
		fromKept, err := modreg.SnapshotAt(ctx, j, seq)
		must(t, err)
		folded, err := modreg.SnapshotAt(ctx, j.MemJournal, seq)
		must(t, err)
		if !bytes.Equal(fromKept.Encode(), folded.Encode()) || fromKept.Hash() != folded.Hash() || fromKept.Len() != folded.Len() {
			t.Fatalf("at %d: the state from a kept snapshot differs from the folded one", seq)
		}
	}
	if at, err := modreg.SnapshotAt(ctx, j, head); err != nil || !bytes.Equal(at.Encode(), reg.Snapshot().Encode()) {
		t.Errorf("the newest state differs from the registry's: %v", err)
	}
	again := openDeclared(t, j)
	if !bytes.Equal(again.Snapshot().Encode(), reg.Snapshot().Encode()) {
		t.Error("a registry that starts from a kept snapshot has another state")
	}
	sameAnswers(t, reg.Snapshot(), again.Snapshot())
}

// sameAnswers holds that two snapshots answer alike.
func sameAnswers(t *testing.T, a, b *modreg.Snapshot) {
	t.Helper()
	for m := range a.All() {
		o, ok := b.Get(m.Ref())
		if !ok || o.Digest() != m.Digest() || o.Active() != m.Active() || o.Registered() != m.Registered() || !bytes.Equal(a.Config(m.Ref()), b.Config(m.Ref())) {
			t.Errorf("%s differs", m.Ref())
		}
	}
	for i := range 51 {
		q := modreg.Query{Require: []string{fmt.Sprintf("cap.c%d", i)}}
		if i == 50 { // the words of manifests that nobody has parsed yet
			q = modreg.Query{Text: "somebody"}
			if n, err := a.Count(q); err != nil || n == 0 {
				t.Errorf("%d modules have the word, %v", n, err)
			}
		}
		x, err := a.Discover(q)
		must(t, err)
		y, err := b.Discover(q)
		must(t, err)
		if refs(x) != refs(y) {
			t.Errorf("%v: %s and %s", q, refs(x), refs(y))
		}
	}
}

func TestSnapshotAt_outsideTheJournal(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := newKeepingJournal()
	reg := openDeclared(t, j)
	must(t, reg.Register(ctx, declared(3, 0)))
	_, err := modreg.SnapshotAt(ctx, j, 2)
	wantCode(t, err, modreg.CodeNotFound, "ends with record 1")
	s, err := modreg.SnapshotAt(ctx, j, 0)
	must(t, err)
	if s.Len() != 0 {
		t.Errorf("%d modules before the first record", s.Len())
	}
	_, err = reg.KeepSnapshot(ctx)
	must(t, err)
	_, err = open(t).KeepSnapshot(ctx)
	wantCode(t, err, modreg.CodeUnsupported)
}

func TestSnapshotAtTime(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := modreg.NewMemJournal()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var prev [32]byte
	for i := range 20 { // two records each minute
		checked, err := manifest.Check(declared(i, 0))
		must(t, err)
		tx := record.Transaction{Prev: prev, Time: start.Add(time.Duration(i/2) * time.Minute), Ops: []record.Op{{Do: record.Register, Manifest: checked}}}
		data := tx.Append(nil)
		_, err = j.Append(ctx, "registry", uint64(i), [][]byte{data})
		must(t, err)
		prev = sha256.Sum256(data)
	}
	for after, want := range map[time.Duration]int{
		-time.Second: 0, 0: 2, 59 * time.Second: 2, time.Minute: 4, 5*time.Minute + time.Nanosecond: 12, 9 * time.Minute: 20, time.Hour: 20,
	} {
		s, err := modreg.SnapshotAtTime(ctx, j, start.Add(after))
		must(t, err)
		if s.Len() != want {
			t.Errorf("after %v: %d modules, want %d", after, s.Len(), want)
		}
	}
}

func TestOpen_passesOverSnapshotsThatDoNotFit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, spoil := range map[string]func(*modreg.StoredSnapshot){
		"another history": func(s *modreg.StoredSnapshot) { s.Hash[0]++ },
		"cut off":         func(s *modreg.StoredSnapshot) { s.Data = s.Data[:len(s.Data)/2] },
		"another version": func(s *modreg.StoredSnapshot) { s.Data = append([]byte("modreg snapshot 9\n"), s.Data[18:]...) },
		"another number":  func(s *modreg.StoredSnapshot) { s.Seq-- },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newKeepingJournal()
			reg := openDeclared(t, j)
			for i := range 10 {
				must(t, reg.Register(ctx, declared(3, i)))
			}
			_, err := reg.KeepSnapshot(ctx)
			must(t, err)
			j.kept[0].Data = bytes.Clone(j.kept[0].Data)
			spoil(&j.kept[0])
			if again := openDeclared(t, j); !bytes.Equal(again.Snapshot().Encode(), reg.Snapshot().Encode()) {
				t.Error("the state differs")
			}
		})
	}
}

func TestRegistry_keepsSnapshotsByItself(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := newKeepingJournal()
	reg, err := modreg.Open(ctx, modreg.WithJournal(j), modreg.WithRuntime(runtimeless{}))
	must(t, err)
	must(t, reg.Register(ctx, declared(3, 0)))
	must(t, reg.Register(ctx, declared(3, 1)))
	for i := range 12_000 {
		must(t, reg.Activate(ctx, declared(3, i%2).Name+fmt.Sprintf("@1.%d.0", (i+1)%2)))
	}
	must(t, reg.Close(ctx))
	if n := len(j.kept); n != 2 || j.kept[1].Seq != 12_002 {
		t.Errorf("%d snapshots: %d", n, reg.Snapshot().Seq())
	}
}

// touchy is a runtime that panics when it is asked.
type touchy struct{ runtimeless }

func (touchy) Admit(modreg.Manifest) error { panic("not now") }

func TestOpen_runtimeThatPanicsHarmsNobody(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := newKeepingJournal()
	must(t, openDeclared(t, j).Register(ctx, declared(3, 0)))
	reg := open(t, modreg.WithJournal(j), modreg.WithRuntime(touchy{}))
	if st := stateOf(t, reg, "module-3"); st.Bound || !strings.Contains(st.Reason, "not now") {
		t.Errorf("%+v", st)
	}
	wantCode(t, reg.Start(ctx, "module-3"), modreg.CodeUnbound, "not now")
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	wantHello(t, lookup(t, reg, greet), "a")
}

// FuzzOpen_fromKeptSnapshot holds that what a journal keeps may be anything.
func FuzzOpen_fromKeptSnapshot(f *testing.F) {
	ctx := context.Background()
	j := newKeepingJournal()
	reg, err := modreg.Open(ctx, modreg.WithJournal(j), modreg.WithRuntime(runtimeless{}))
	must(f, err)
	for i := range 6 {
		if m := declared(i, i%3); m.Runtime != "" && m.Start == "" {
			must(f, reg.Register(request(fmt.Sprint(i)), m, modreg.WithConfig(map[string]int{"i": i})))
		}
	}
	_, err = reg.KeepSnapshot(ctx)
	must(f, err)
	must(f, reg.Close(ctx)) // what goes on beside would look like new paths to the fuzzer
	good := j.kept[0]
	f.Add(good.Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		j := &keepingJournal{MemJournal: j.MemJournal, kept: []modreg.StoredSnapshot{{Seq: good.Seq, Hash: good.Hash, Data: data}}}
		s, err := modreg.SnapshotAt(ctx, j, good.Seq)
		if err != nil {
			t.Fatal(err)
		}
		for m := range s.All() {
			_, _, _ = m.Manifest(), m.Digest(), m.Status()
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	for _, kept := range []bool{true, false} {
		b.Run(fmt.Sprintf("kept=%v", kept), func(b *testing.B) {
			ctx := context.Background()
			j := newKeepingJournal()
			reg := openDeclared(b, j)
			for i := range 100_000 {
				m := declared(i, 0)
				m.Runtime, m.Start, m.Conditions = "process", "", nil
				must(b, reg.Register(ctx, m))
			}
			_, err := reg.KeepSnapshot(ctx)
			must(b, err)
			b.ReportMetric(float64(len(j.kept[len(j.kept)-1].Data)), "B/snapshot")
			j.kept = j.kept[len(j.kept)-1:]
			if !kept {
				j.kept = nil
			}
			for b.Loop() {
				reg, err := modreg.Open(ctx, modreg.WithJournal(j), modreg.WithRuntime(runtimeless{}))
				must(b, err)
				if reg.Snapshot().Len() != 100_000 {
					b.Fatal(reg.Snapshot().Len())
				}
				b.StopTimer()
				must(b, reg.Close(ctx))
				b.StartTimer()
			}
		})
	}
}
