package journaltest

import (
	"context"
	"iter"

	"github.com/modreg/modreg"
)

// faulty is a sound journal with a fault in one or more methods.
type faulty struct {
	modreg.Journal
	append appendFunc
	head   headFunc
	read   sequenceFunc
	watch  sequenceFunc
}

type (
	appendFunc   func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error)
	headFunc     func(ctx context.Context, stream string) (uint64, error)
	sequenceFunc func(ctx context.Context, stream string, from uint64) sequence
	sequence     = iter.Seq2[modreg.Record, error]
)

// newFaulty returns a journal that is sound until a method is replaced.
func newFaulty() *faulty {
	j := modreg.NewMemJournal()
	return &faulty{Journal: j, append: j.Append, head: j.Head, read: j.Read, watch: j.Watch}
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
}
