package journaltest

import (
	"context"
	"iter"

	"github.com/modreg/modreg"
)

// faulty is a sound journal with a fault in one or more methods.
type faulty struct {
	modreg.Journal
	sound *able // the same, with its abilities

	append appendFunc
	head   headFunc
	read   sequenceFunc
	watch  sequenceFunc
	put    putFunc
	load   loadFunc
	prune  pruneFunc
	first  headFunc
}

type (
	appendFunc   func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error)
	headFunc     func(ctx context.Context, stream string) (uint64, error)
	sequenceFunc func(ctx context.Context, stream string, from uint64) sequence
	sequence     = iter.Seq2[modreg.Record, error]
	putFunc      func(ctx context.Context, stream string, s modreg.StoredSnapshot) error
	loadFunc     func(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error)
	pruneFunc    func(ctx context.Context, stream string, before uint64) error
)

// newFaulty returns a journal that is sound until a method is replaced.
func newFaulty() *faulty {
	j := newAble()
	return &faulty{
		Journal: j, sound: j,
		append: j.Append, head: j.Head, read: j.Read, watch: j.Watch,
		put: j.PutSnapshot, load: j.LoadSnapshot, prune: j.Prune, first: j.First,
	}
}

func (f *faulty) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	return f.append(ctx, stream, head, batch)
}

func (f *faulty) Head(ctx context.Context, stream string) (uint64, error) { return f.head(ctx, stream) }

func (f *faulty) Read(ctx context.Context, stream string, from uint64) sequence {
	return f.read(ctx, stream, from)
}

func (f *faulty) Watch(ctx context.Context, stream string, from uint64) sequence {
	return f.watch(ctx, stream, from)
}

func (f *faulty) PutSnapshot(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
	return f.put(ctx, stream, s)
}

func (f *faulty) LoadSnapshot(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
	return f.load(ctx, stream, atMost)
}

func (f *faulty) Prune(ctx context.Context, stream string, before uint64) error {
	return f.prune(ctx, stream, before)
}

func (f *faulty) First(ctx context.Context, stream string) (uint64, error) {
	return f.first(ctx, stream)
}

// mapped changes what a sequence yields.
func mapped(seq sequenceFunc, change func(rec modreg.Record, err error) (modreg.Record, error)) sequenceFunc {
	return func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range seq(ctx, stream, from) {
				if !yield(change(rec, err)) {
					return
				}
			}
		}
	}
}

// A fault makes a sound journal break the contract, and names the checks that must see it.
type fault struct {
	name   string
	plant  func(f *faulty)
	caught []string
	hangs  bool // what a check waits for does not come
}
