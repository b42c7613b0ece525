package journaltest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/modreg/modreg"
)

func pruneFaults() []fault {
	return []fault{
		{"says that an empty stream begins at 0", firstOfNothing, []string{"prune: a stream that was never pruned begins at 1"}, false},
		{"does not prune", noPrune, []string{"prune: what is before goes, what is after stays", "prune: of thousands of records"}, false},
		{"prunes what it is to keep", pruneTooMuch, []string{"prune: what is before goes, what is after stays", "prune: the last record stays"}, false},
		{"reads on from what is left", readWhatIsLeft, []string{"prune: what is before goes, what is after stays"}, false},
		{"reads nothing of what is gone, without a word", silentlyGone, []string{"prune: what is before goes, what is after stays"}, false},
		{"counts the records that are left", headOfWhatIsLeft, []string{"prune: what is before goes, what is after stays", "prune: appends and watches go on"}, false},
		{"prunes back and forth", pruneBack, []string{"prune: to the same or an earlier point changes nothing"}, false},
		{"has an error for what is pruned already", prunedAlready, []string{"prune: to the same or an earlier point changes nothing"}, false},
		{"prunes all that is there for what is beyond", pruneToHead, []string{"prune: beyond the head is refused"}, false},
		{"prunes all streams", pruneAll, []string{"prune: other streams are untouched"}, false},
		{"drops snapshots of what is pruned", pruneSnapshots, []string{"prune: snapshots stay"}, false},
		{"skips what is pruned underway", skipPruned, []string{"prune: whoever is underway misses nothing unawares"}, false},
		{"ends watches when it prunes", pruneEndsWatches, []string{"prune: a watcher that has caught up is not disturbed"}, false},
		{"loses an append that meets pruning", pruneLosesAppends, []string{"prune: it holds up no append"}, false},
		{"ignores contexts of pruning", ignorePruneContexts, []string{"prune: an ended context ends the call"}, false},
	}
}

func firstOfNothing(f *faulty) {
	f.first = func(ctx context.Context, stream string) (uint64, error) {
		if head, err := f.Journal.Head(ctx, stream); head == 0 {
			return 0, err
		}
		return f.sound.First(ctx, stream)
	}
}

func noPrune(f *faulty) {
	f.prune = func(ctx context.Context, _ string, _ uint64) error { return ctx.Err() }
}

func pruneTooMuch(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		err := f.sound.Prune(ctx, stream, before)
		if err == nil && before > 1 {
			f.sound.mu.Lock()
			defer f.sound.mu.Unlock()
			f.sound.first[stream]++
		}
		return err
	}
	f.first = func(ctx context.Context, stream string) (uint64, error) {
		first, err := f.sound.First(ctx, stream)
		return max(first, 2) - 1, err
	}
}

func readWhatIsLeft(f *faulty) {
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		first, _ := f.sound.First(ctx, stream)
		return f.Journal.Read(ctx, stream, max(from, first))
	}
}

func silentlyGone(f *faulty) {
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if errors.Is(err, modreg.ErrPruned) || !yield(rec, err) {
					return
				}
			}
		}
	}
}

func headOfWhatIsLeft(f *faulty) {
	left := func(ctx context.Context, stream string) uint64 {
		first, _ := f.sound.First(ctx, stream)
		return first - 1
	}
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		head, err := f.Journal.Head(ctx, stream)
		return head - left(ctx, stream), err
	}
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		return f.Journal.Append(ctx, stream, head+left(ctx, stream), batch)
	}
}

func pruneBack(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		err := f.sound.Prune(ctx, stream, before)
		if err == nil {
			f.sound.mu.Lock()
			defer f.sound.mu.Unlock()
			f.sound.first[stream] = before
		}
		return err
	}
}

func prunedAlready(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		if first, err := f.sound.First(ctx, stream); err == nil && before < first {
			return modreg.ErrPruned
		}
		return f.sound.Prune(ctx, stream, before)
	}
}

func pruneToHead(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		head, err := f.Journal.Head(ctx, stream)
		if err != nil {
			return err
		}
		return f.sound.Prune(ctx, stream, min(before, head))
	}
}

func pruneAll(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		_ = f.sound.Prune(ctx, "abc", before)
		return f.sound.Prune(ctx, stream, before)
	}
}

func pruneSnapshots(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		f.sound.drop(stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot {
			for len(kept) > 0 && kept[0].Seq < before {
				kept = kept[1:]
			}
			return kept
		})
		return f.sound.Prune(ctx, stream, before)
	}
}

func skipPruned(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for next := max(from, 1); ; {
				for rec, err := range f.Journal.Watch(ctx, stream, next) {
					if errors.Is(err, modreg.ErrPruned) {
						break
					}
					if !yield(rec, err) || err != nil {
						return
					}
					next = rec.Seq + 1
				}
				first, _ := f.sound.First(ctx, stream)
				next = max(next, first)
			}
		}
	}
}

func pruneEndsWatches(f *faulty) {
	var pruned atomic.Bool
	f.watch = mapped(f.watch, func(rec modreg.Record, err error) (modreg.Record, error) {
		if pruned.Load() {
			err = modreg.ErrPruned
		}
		return rec, err
	})
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		pruned.Store(true)
		return f.sound.Prune(ctx, stream, before)
	}
}

func pruneLosesAppends(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if first, err := f.sound.First(ctx, stream); err == nil && first > 1 && head%8 == 7 {
			return head + uint64(len(batch)), nil
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

func ignorePruneContexts(f *faulty) {
	f.prune = func(ctx context.Context, stream string, before uint64) error {
		return f.sound.Prune(context.WithoutCancel(ctx), stream, before)
	}
	f.first = func(ctx context.Context, stream string) (uint64, error) {
		return f.sound.First(context.WithoutCancel(ctx), stream)
	}
}
