package journaltest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/modreg/modreg"
)

func historyChecks() []check {
	return []check{{"random histories agree with a model in memory", randomHistory}}
}

// seedVariable is the environment variable that repeats a random history.
const seedVariable = "JOURNALTEST_SEED"

func randomHistory(ctx context.Context, t *trial) {
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	h := &history{trial: t, rng: rand.New(rand.NewPCG(seed, 0)), streams: map[string]*expected{}}
	defer func() {
		if t.Failed() {
			t.Logf("%s=%d repeats this history: %s", seedVariable, seed, strings.Join(h.steps, ", "))
		}
	}()
	for _, name := range []string{"a", "b", "ab"} {
		h.streams[name] = &expected{first: 1, snapshots: map[uint64]modreg.StoredSnapshot{}}
	}
	for range 250 {
		h.step(ctx)
	}
	h.restart()
	h.wantAll(ctx)
}

// A history is a journal, what it should hold, and what has been done to it.
type history struct {
	*trial
	rng     *rand.Rand
	streams map[string]*expected
	steps   []string
}

// expected is what a stream should hold.
type expected struct {
	all       [][]byte // that were ever appended
	first     uint64   // that is not pruned
	snapshots map[uint64]modreg.StoredSnapshot
}

func (h *history) note(format string, args ...any) {
	h.steps = append(h.steps, fmt.Sprintf(format, args...))
}

// step does one thing.
func (h *history) step(ctx context.Context) {
	h.Helper()
	name := []string{"a", "a", "b", "ab"}[h.rng.IntN(4)]
	e := h.streams[name]
	switch n := h.rng.IntN(20); {
	case n < 9:
		batch := h.batch()
		h.note("append %d to %s", len(batch), name)
		h.append(ctx, name, uint64(len(e.all)), batch...)
		e.all = append(e.all, batch...)
	case n < 11:
		h.note("append to %s at a wrong head", name)
		wrong := h.rng.Uint64N(uint64(len(e.all)) + 4)
		if wrong == uint64(len(e.all)) {
			wrong++
		}
		h.refuses(ctx, name, wrong, h.batch()...)
	case n < 13:
		h.snapshot(ctx, name, e)
	case n < 15:
		h.pruneAt(ctx, name, e)
	case n < 17:
		from := e.first + h.rng.Uint64N(uint64(len(e.all))+2-e.first)
		h.note("watch %s from %d", name, from)
		f := h.follow(ctx, name, from)
		f.want(from, e.all[from-1:]...)
		f.stop()
	case n < 19:
		h.wantExpected(ctx, name, e)
	default:
		h.note("restart")
		h.restart()
		h.wantAll(ctx)
	}
}

// batch returns transactions of all sizes, most of them small.
func (h *history) batch() [][]byte {
	batch := make([][]byte, 1+h.rng.IntN(4))
	for i := range batch {
		size := h.rng.IntN(300)
		switch h.rng.IntN(30) {
		case 0:
			size = 0
		case 1:
			size = h.rng.IntN(50_000)
		}
		batch[i] = bytes.Repeat([]byte{byte(h.rng.Uint32())}, size)
		copy(batch[i], strconv.Itoa(len(h.steps)))
	}
	return batch
}

func (h *history) snapshot(ctx context.Context, name string, e *expected) {
	h.Helper()
	store, ok := h.journal.(modreg.SnapshotStore)
	if !ok {
		return
	}
	head := uint64(len(e.all))
	s := snapshotOf(name, 1+h.rng.Uint64N(head+2))
	h.note("snapshot of %s at %d", name, s.Seq)
	if s.Seq <= head {
		h.put(ctx, name, s)
		e.snapshots[s.Seq] = s
	} else if err := store.PutSnapshot(ctx, name, s); err == nil {
		h.Fatalf("a snapshot of %q at %d was accepted, beyond the head %d", name, s.Seq, head)
	}
}

func (h *history) pruneAt(ctx context.Context, name string, e *expected) {
	h.Helper()
	p, ok := h.journal.(modreg.Pruner)
	if !ok || len(e.all) == 0 {
		return
	}
	head := uint64(len(e.all))
	before := min(e.first+h.rng.Uint64N(12), 2+h.rng.Uint64N(head))
	h.note("prune %s before %d", name, before)
	if before <= head {
		h.prune(ctx, name, before)
		e.first = max(e.first, before)
	} else if err := p.Prune(ctx, name, before); err == nil {
		h.Fatalf("pruning %q before %d was accepted, beyond the head %d", name, before, head)
	}
}

func (h *history) wantAll(ctx context.Context) {
	h.Helper()
	for name, e := range h.streams {
		h.wantExpected(ctx, name, e)
	}
}

// wantExpected compares a stream with what it should hold.
func (h *history) wantExpected(ctx context.Context, name string, e *expected) {
	h.Helper()
	if _, ok := h.journal.(modreg.Pruner); ok {
		h.wantPruned(ctx, name, e.first, e.all)
	} else {
		h.wantStream(ctx, name, e.all)
	}
	if _, ok := h.journal.(modreg.SnapshotStore); !ok {
		return
	}
	atMost := uint64(len(e.all)) + 1
	newest := slices.Sorted(maps.Keys(e.snapshots))
	for _, seq := range slices.Backward(newest[max(0, len(newest)-2):]) { // those that it must have kept
		h.wantSnapshot(ctx, name, atMost, e.snapshots[seq])
		atMost = seq - 1
	}
	if s := h.load(ctx, name, atMost); s.Seq > atMost || !sameSnapshot(s, e.snapshots[s.Seq]) {
		h.Fatalf("the newest snapshot of %q at or before %d is of %d %s, which nobody put", name, atMost, s.Seq, excerpt(s.Data))
	}
}
