package journaltest

import (
	"context"
	"math"

	"github.com/modreg/modreg"
)

func snapshotFaults() []fault {
	return []fault{
		{"has an error when there is no snapshot", noneIsError, []string{"snapshot: there is none at first"}, false},
		{"loads the newest snapshot, however new", tooNew, []string{"snapshot: the newest that is not too new is loaded"}, false},
		{"keeps one snapshot", keepOne, []string{
			"snapshot: the newest that is not too new is loaded", "snapshot: the two newest are kept, in whatever order they come",
			"snapshot: one of 8 MiB", "prune: snapshots stay",
		}, false},
		{"keeps the snapshots that came last", keepLast, []string{"snapshot: the two newest are kept, in whatever order they come"}, false},
		{"accepts any snapshot", acceptBeyond, []string{"snapshot: one beyond the head is refused", "snapshot: streams have their own"}, false},
		{"cuts large snapshots", cutSnapshot, []string{"snapshot: one of 8 MiB"}, false},
		{"keeps the caller's snapshot", keepSnapshot, []string{"snapshot: data is copied in and handed out for good"}, false},
		{"has snapshots of all streams in one place", oneSnapshotForAll, []string{"snapshot: streams have their own"}, false},
		{"appends a record for a snapshot", snapshotAsRecord, []string{
			"snapshot: the newest that is not too new is loaded", "snapshot: they hold up no append and change no record",
		}, false},
		{"ignores contexts of snapshots", ignoreSnapshotContexts, []string{"snapshot: an ended context ends the call"}, false},
	}
}

func noneIsError(f *faulty) {
	f.load = func(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
		s, err := f.sound.LoadSnapshot(ctx, stream, atMost)
		if err == nil && s.Seq == 0 {
			err = errClosed
		}
		return s, err
	}
}

func tooNew(f *faulty) {
	f.load = func(ctx context.Context, stream string, _ uint64) (modreg.StoredSnapshot, error) {
		return f.sound.LoadSnapshot(ctx, stream, math.MaxUint64)
	}
}

// drop forgets snapshots of a stream.
func (j *able) drop(stream string, choose func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.snaps[stream] = choose(j.snaps[stream])
}

func keepOne(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		defer f.sound.drop(stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot { return kept[max(0, len(kept)-1):] })
		return f.sound.PutSnapshot(ctx, stream, s)
	}
}

func keepLast(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		f.sound.drop(stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot { return kept[max(0, len(kept)-1):] })
		return f.sound.PutSnapshot(ctx, stream, s)
	}
}

func acceptBeyond(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.sound.drop(stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot { return append(kept, s) })
		return nil
	}
}

func cutSnapshot(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		s.Data = s.Data[:min(len(s.Data), 8<<20-1)]
		return f.sound.PutSnapshot(ctx, stream, s)
	}
}

func keepSnapshot(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		err := f.sound.PutSnapshot(ctx, stream, s)
		f.sound.drop(stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot {
			for i := range kept {
				if kept[i].Seq == s.Seq {
					kept[i].Data = s.Data
				}
			}
			return kept
		})
		return err
	}
}

func oneSnapshotForAll(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		err := f.sound.PutSnapshot(ctx, stream, s)
		if err == nil {
			f.sound.drop("all", func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot { return append(kept, s) })
		}
		return err
	}
	f.load = func(ctx context.Context, _ string, atMost uint64) (modreg.StoredSnapshot, error) {
		return f.sound.LoadSnapshot(ctx, "all", atMost)
	}
}

func snapshotAsRecord(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		if err := f.sound.PutSnapshot(ctx, stream, s); err != nil {
			return err
		}
		_, err := atHead(ctx, f.Journal, stream, [][]byte{s.Data})
		return err
	}
}

func ignoreSnapshotContexts(f *faulty) {
	f.put = func(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
		return f.sound.PutSnapshot(context.WithoutCancel(ctx), stream, s)
	}
	f.load = func(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
		return f.sound.LoadSnapshot(context.WithoutCancel(ctx), stream, atMost)
	}
}
