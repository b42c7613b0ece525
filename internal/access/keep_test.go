package access

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/modreg/modreg"
)

// An archive is a journal that keeps snapshots.
type archive struct {
	modreg.Journal
	mu   sync.Mutex
	kept modreg.StoredSnapshot // guarded by mu
}

func (a *archive) PutSnapshot(_ context.Context, _ string, s modreg.StoredSnapshot) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = s
	return nil
}

func (a *archive) LoadSnapshot(_ context.Context, _ string, atMost uint64) (modreg.StoredSnapshot, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept.Seq > atMost {
		return modreg.StoredSnapshot{}, nil
	}
	return a.kept, nil
}

func TestKeep(t *testing.T) {
	t.Parallel()
	j := &archive{Journal: filled(t, keepAtClose)}
	w := openWorld(t, j)
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		w.step(t.Context(), r, 100)
	}
	user := w.user(t, "user/pw")
	must(t, w.SetPassword(as(t.Context(), user), user, goodPassword))
	must(t, w.Update(as(t.Context(), "system"), "user/u000001", 0, "", nil))
	_, err := w.Reset(as(t.Context(), "system"), 0)
	must(t, err)
	issued := w.token(t, user)
	must(t, w.Close())
	want := dump(t, w.Snapshot())
	if j.kept.Seq == 0 || j.kept.Seq != w.Snapshot().Seq() {
		t.Fatalf("kept at %d of %d", j.kept.Seq, w.Snapshot().Seq())
	}
	opened, err := w.openSnapshot(j.kept)
	must(t, err)
	sameDump(t, dump(t, opened), want)
	again := openWorld(t, j)
	if again.kept.Load() != j.kept.Seq {
		t.Error("the store did not begin with what was kept")
	}
	sameDump(t, dump(t, again.Snapshot()), want)
	_, err = again.Authenticate(t.Context(), issued.Secret.Reveal(), home)
	must(t, err)
	_, err = again.CheckPassword(t.Context(), user, goodPassword, home)
	must(t, err)
	again.user(t, "user/later")
	head, err := j.Head(t.Context(), stream)
	must(t, err)
	third := openWorld(t, j)
	for again.Snapshot().Seq() < head {
		runtime.Gosched()
	}
	sameDump(t, dump(t, third.Snapshot()), dump(t, again.Snapshot()))
}

// Whoever writes into the file of the journal makes no admin by a snapshot.
func TestKeep_forged(t *testing.T) {
	t.Parallel()
	j := &archive{Journal: filled(t, keepAtClose)}
	w := openWorld(t, j)
	must(t, w.Close())
	want, good := dump(t, w.Snapshot()), j.kept
	other := openWorld(t, modreg.NewMemJournal())
	other.keys, _ = newKeys(make([]byte, KeySize))
	foreign, err := other.sealSnapshot(w.Snapshot())
	must(t, err)
	for name, data := range map[string][]byte{
		"changed":     bytes.Replace(good.Data, []byte(`user/u000007`), []byte(`user/u00000x`), 1),
		"other key":   foreign.Data,
		"cut":         good.Data[:len(good.Data)-1],
		"only magic":  []byte(keptMagic),
		"empty":       nil,
		"other magic": append([]byte("access9\n"), good.Data[len(keptMagic):]...),
	} {
		forged := good
		forged.Data = data
		if _, err := w.openSnapshot(forged); err == nil {
			t.Errorf("%s: it is taken for one of this store", name)
		}
		again := openWorld(t, &archive{Journal: j.Journal, kept: forged})
		sameDump(t, dump(t, again.Snapshot()), want)
	}
	for _, change := range []func(*modreg.StoredSnapshot){func(s *modreg.StoredSnapshot) { s.Seq-- }, func(s *modreg.StoredSnapshot) { s.Hash[0]++ }} {
		forged := good
		change(&forged)
		again := openWorld(t, &archive{Journal: j.Journal, kept: forged})
		sameDump(t, dump(t, again.Snapshot()), want)
	}
}

func BenchmarkOpen_100000kept(b *testing.B) {
	j := &archive{Journal: filled(b, 100_000)}
	w := openWorld(b, j)
	must(b, w.Close())
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(b.Context(), j, Options{Key: testKey})
		must(b, err)
		if s.Snapshot().Len() != 100_000 || s.kept.Load() == 0 {
			b.Fatal("some are missing")
		}
		b.StopTimer()
		must(b, s.Close())
		b.StartTimer()
	}
}

// A snapshot of another history, as after a backup was restored, is not one of this.
func TestKeep_otherHistory(t *testing.T) {
	t.Parallel()
	a, b := openWorld(t, modreg.NewMemJournal()), openWorld(t, modreg.NewMemJournal())
	a.user(t, "user/ada")
	b.user(t, "user/bob")
	k, err := a.sealSnapshot(a.Snapshot())
	must(t, err)
	again := openWorld(t, &archive{Journal: b.journal, kept: k})
	sameDump(t, dump(t, again.Snapshot()), dump(t, b.Snapshot()))
}
