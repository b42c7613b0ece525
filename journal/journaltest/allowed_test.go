package journaltest

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

// TestRun_passesWhatTheContractLeavesOpen keeps the suite from asking for more than the contract does.
func TestRun_passesWhatTheContractLeavesOpen(t *testing.T) {
	t.Parallel()
	for _, quirk := range []struct {
		name   string
		choose func(f *faulty)
		topics []string
	}{
		{"what is broken off is appended", appendAnyway, []string{"context", "linearizability", "concurrency"}},
		{"what is broken off is appended later", appendLater, []string{"context", "linearizability", "concurrency"}},
		{"reads go on in what is pruned", readPruned, []string{"prune"}},
		{"a put that is broken off is kept", putAnyway, []string{"snapshot"}},
		{"pruning that is broken off goes on", pruneAnyway, []string{"prune"}},
	} {
		t.Run(quirk.name, func(t *testing.T) {
			t.Parallel()
			chosen := slices.DeleteFunc(topics(), func(topic topic) bool { return !slices.Contains(quirk.topics, topic.name) })
			runTopics(t, chosen, func(t *testing.T) *trial {
				t.Helper()
				j := newFaulty()
				quirk.choose(j)
				return &trial{TB: t, journal: j, patience: patience}
			})
		})
	}
}

func appendAnyway(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		next, err := f.Journal.Append(context.WithoutCancel(ctx), stream, head, batch)
		return next, errors.Join(err, ctx.Err())
	}
}

// appendLater leaves what is broken off to the next call of all.
func appendLater(f *faulty) {
	var mu sync.Mutex
	var late []func()
	catchUp := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, fn := range late {
			fn()
		}
		late = nil
	}
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		catchUp()
		next, err := f.Journal.Append(ctx, stream, head, batch)
		if errors.Is(err, context.Canceled) {
			mu.Lock()
			defer mu.Unlock()
			late = append(late, func() { _, _ = f.Journal.Append(context.Background(), stream, head, batch) })
		}
		return next, err
	}
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		catchUp()
		return f.Journal.Head(ctx, stream)
	}
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		catchUp()
		return f.Journal.Read(ctx, stream, from)
	}
}

// readPruned ends a sequence where it would begin with what is gone, and no other.
func readPruned(f *faulty) {
	unpruned := func(sound sequenceFunc) sequenceFunc {
		return func(ctx context.Context, stream string, from uint64) sequence {
			if first, err := f.sound.First(ctx, stream); err == nil && max(from, 1) < first {
				return f.Journal.Read(ctx, stream, from)
			}
			return sound(ctx, stream, from)
		}
	}
	f.read, f.watch = unpruned(f.sound.MemJournal.Read), unpruned(f.sound.MemJournal.Watch)
}

func putAnyway(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		return errors.Join(f.sound.PutSnapshot(context.WithoutCancel(ctx), stream, s), ctx.Err())
	}
}

func pruneAnyway(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		return errors.Join(f.sound.Prune(context.WithoutCancel(ctx), stream, before), ctx.Err())
	}
}

func TestRun_drawsHistoriesThatHaveNoOrder(t *testing.T) {
	t.Parallel()
	j := newFaulty()
	headAhead(j)
	found := strings.Join(modregtest.Findings(t, func(tb testing.TB) {
		tb.Helper()
		tr := &trial{TB: tb, journal: j, patience: atLength}
		tr.linear(tb.Context(), 0)
	}), "\n")
	at := regexp.MustCompile(`see (\S+\.html)`).FindStringSubmatch(found)
	if at == nil {
		t.Fatalf("no picture is named: %s", found)
	}
	if picture, err := os.ReadFile(at[1]); err != nil || !strings.Contains(string(picture), "append a00") {
		t.Errorf("a picture of %d bytes, %v", len(picture), err)
	}
	if !strings.Contains(found, "comes none of [client ") {
		t.Errorf("it does not say what does not fit: %s", found)
	}
	t.Log(found)
}
