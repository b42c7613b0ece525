package journaltest

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/modreg/modreg"
)

// A durableFault is a fault of a journal in a folder.
type durableFault struct {
	name   string
	fault  folderFault
	caught []string
	hangs  bool // what a check waits for does not come
}

func durableFaults() []durableFault {
	return []durableFault{
		{"loses the last change", folderFault{found: loseLast}, []string{
			"restart: streams go on where they ended", "restart: a registry is what it was",
			"restart with abilities: snapshots are there", "restart with abilities: pruned records stay away",
		}, false},
		{"loses the last change, which is waited for", folderFault{found: loseLast}, []string{
			"restart: a watch goes on without gaps and repeats",
		}, true},
		{"loses empty records", folderFault{written: eachRecord(func(data []byte) bool { return len(data) > 0 })}, []string{
			"restart: records are there, whatever they hold",
		}, false},
		{"loses large records", folderFault{written: eachRecord(func(data []byte) bool { return len(data) < 1<<20 })}, []string{
			"restart: thousands of records and large ones",
		}, false},
		{"loses all but some of a batch", folderFault{written: eachBatch(func(batch [][]byte) [][]byte { return batch[:min(len(batch), 200)] })}, []string{
			"restart: thousands of records and large ones",
		}, false},
		{"repeats a batch that is written last", folderFault{found: repeatLast}, []string{
			"restart: streams go on where they ended", "restart: a watch goes on without gaps and repeats",
			"history: random histories agree with a model in memory",
		}, false},
		{"writes down what is refused", folderFault{refused: writeRefused}, []string{"restart: what was refused stays away"}, false},
		{"forgets snapshots", folderFault{found: without(func(l line) bool { return l.Snapshot != nil })}, []string{
			"restart with abilities: snapshots are there", "files: so have snapshots", "history: random histories agree with a model in memory",
		}, false},
		{"forgets that records were pruned", folderFault{found: without(func(l line) bool { return l.Before > 0 })}, []string{
			"restart with abilities: pruned records stay away", "restart with abilities: a pruned stream goes on where it ended",
			"files: so have prune points", "history: random histories agree with a model in memory",
		}, false},
		{"numbers anew what is left", folderFault{found: numberAnew}, []string{
			"restart with abilities: pruned records stay away", "restart with abilities: a pruned stream goes on where it ended",
		}, false},
		{"keeps a snapshot that it refuses", folderFault{refused: writeRefused, found: anySnapshot}, []string{
			"restart with abilities: snapshots that were refused stay away",
		}, false},
		{"keeps everything until it is closed", folderFault{written: hoard, close: writeHoard}, []string{
			"files: acknowledged records have left the process", "files: so have snapshots", "files: so have prune points",
		}, false},
		{"serves on when it is closed", folderFault{close: func(*folder) error { return nil }}, []string{"close: a closed journal says so"}, true},
		{"has an error when it is closed again", folderFault{close: closeOnce}, []string{"close: a closed journal says so"}, false},
		{"ends watches without a word", folderFault{watch: wordless}, []string{"close: watches end with an error"}, false},
		{"lets watches wait when it is closed", folderFault{watch: endless}, []string{"close: watches end with an error"}, true},
		{"acknowledges what it has not written when it is closed", folderFault{closed: unwritten}, []string{
			"close: appends at that moment are kept, or absent and said to be",
		}, false},
		{"writes a part of a batch when it is closed", folderFault{closed: torn}, []string{
			"close: appends at that moment are kept, or absent and said to be",
		}, false},
	}
}

func loseLast(_ *folder, lines []line) []line { return lines[:max(0, len(lines)-1)] }

func eachRecord(keep func(data []byte) bool) func(*folder, line) []line {
	return eachBatch(func(batch [][]byte) [][]byte {
		return slices.DeleteFunc(slices.Clone(batch), func(data []byte) bool { return !keep(data) })
	})
}

func eachBatch(change func(batch [][]byte) [][]byte) func(*folder, line) []line {
	return func(_ *folder, l line) []line {
		l.Batch = change(l.Batch)
		return []line{l}
	}
}

func repeatLast(_ *folder, lines []line) []line {
	for _, l := range slices.Backward(lines) {
		if l.Batch != nil {
			l.Head += uint64(len(l.Batch))
			return append(lines, l)
		}
	}
	return lines
}

// writeRefused writes an append that was refused down as one that was not, and a snapshot as it is.
func writeRefused(j *folder, l line) {
	if l.Batch != nil {
		l.Head, _ = j.able.Head(context.Background(), l.Stream)
	}
	_ = j.write(l)
}

func without(leaveOut func(l line) bool) func(*folder, []line) []line {
	return func(_ *folder, lines []line) []line { return slices.DeleteFunc(lines, leaveOut) }
}

// numberAnew begins a stream that was pruned at 1.
func numberAnew(_ *folder, lines []line) []line {
	left := map[string]line{}
	for _, l := range lines {
		all := left[l.Stream]
		all.Stream = l.Stream
		all.Batch = append(all.Batch, l.Batch...)
		if l.Before > 1 {
			all.Batch = all.Batch[l.Before-1:]
		}
		left[l.Stream] = all
	}
	return slices.Collect(maps.Values(left))
}

func anySnapshot(j *folder, lines []line) []line {
	for _, l := range lines {
		if l.Snapshot != nil {
			j.drop(l.Stream, func(kept []modreg.StoredSnapshot) []modreg.StoredSnapshot { return append(kept, *l.Snapshot) })
		}
	}
	return slices.DeleteFunc(lines, func(l line) bool { return l.Snapshot != nil })
}

func hoard(j *folder, l line) []line {
	j.hoard = append(j.hoard, l)
	return nil
}

func writeHoard(j *folder) error {
	if err := j.write(j.hoard...); err != nil {
		return err
	}
	j.hoard = nil
	return j.end()
}

func closeOnce(j *folder) error {
	if j.life.Err() != nil {
		return errClosed
	}
	return j.end()
}

func wordless(j *folder, ctx context.Context, stream string, from uint64) sequence {
	return func(yield func(modreg.Record, error) bool) {
		for rec, err := range j.whileOpen(ctx, func(ctx context.Context) sequence { return j.able.Watch(ctx, stream, from) }) {
			if j.life.Err() != nil || !yield(rec, err) {
				return
			}
		}
	}
}

func endless(j *folder, ctx context.Context, stream string, from uint64) sequence {
	return j.able.Watch(ctx, stream, from)
}

func unwritten(_ *folder, l line) (uint64, error) { return l.Head + uint64(len(l.Batch)), nil }

// torn writes one record of a batch that comes too late.
func torn(j *folder, l line) (uint64, error) {
	if len(l.Batch) < 2 {
		return 0, errClosed
	}
	file, err := os.OpenFile(j.file.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return 0, err
	}
	j.file = file
	l.Head, _ = j.able.Head(context.Background(), l.Stream)
	l.Batch = l.Batch[:1]
	_ = j.write(l)
	_ = file.Close()
	return 0, errClosed
}
