package journaltest

import (
	"context"

	"github.com/modreg/modreg"
)

func readFaults() []fault {
	return []fault{
		{"reads from the first record always", readAll, []string{"read: it begins where it is asked to"}},
		{"reads to the head of the moment", readOn, []string{"read: it ends at the head of the call"}},
		{"hands out one buffer for all", oneBuffer, []string{"read: data that was handed out stays"}},
		{"locks appenders out of a read", lockedRead, []string{"read: it holds up no append, not even its reader's"}},
		{"locks for ever when a read is broken off", leakedLock, []string{"read: breaking off releases it"}},
		{"repeats records in a watch", repeat, []string{
			"watch: existing records come first, then new ones", "watch: every watcher sees everything",
			"concurrency: watchers all see the one order",
		}},
		{"skips what exists in a watch", skipExisting, []string{"watch: existing records come first, then new ones"}},
		{"does not wait for the future", noFuture, []string{"watch: a record of the future is waited for"}},
		{"ends a watch that has caught up", endWatch, []string{
			"watch: existing records come first, then new ones", "watch: a stream may be watched before it exists",
		}},
		{"forgets watchers that wait", deafWatch, []string{"watch: existing records come first, then new ones"}},
		{"ends a watch without an error", silentEnd, []string{"context: ended while a watch waits"}},
		{"goes on after an error", goOn, []string{"context: ended before the call", "context: ended while a watch catches up"}},
	}
}

func readAll(f *faulty) {
	f.read = func(ctx context.Context, stream string, _ uint64) sequence { return f.Journal.Read(ctx, stream, 1) }
}

func readOn(f *faulty) {
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) { f.Journal.Read(ctx, stream, from)(yield) }
	}
}

func oneBuffer(f *faulty) {
	var buf []byte
	f.read = mapped(f.read, func(rec modreg.Record, err error) (modreg.Record, error) {
		buf = append(buf[:0], rec.Data...)
		return modreg.Record{Seq: rec.Seq, Data: buf}, err
	})
}

// lockAppends makes appends wait for a token, which they give back.
func lockAppends(f *faulty) chan struct{} {
	token := make(chan struct{}, 1)
	token <- struct{}{}
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		select {
		case <-token:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		defer func() { token <- struct{}{} }()
		return f.Journal.Append(ctx, stream, head, batch)
	}
	return token
}

func lockedRead(f *faulty) {
	token := lockAppends(f)
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			<-token
			defer func() { token <- struct{}{} }()
			f.Journal.Read(ctx, stream, from)(yield)
		}
	}
}

func leakedLock(f *faulty) {
	token := lockAppends(f)
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if !yield(rec, err) {
					<-token
					return
				}
			}
		}
	}
}

func repeat(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Watch(ctx, stream, from) {
				if !yield(rec, err) || (rec.Seq%4 == 0 && err == nil && !yield(rec, err)) {
					return
				}
			}
		}
	}
}

func skipExisting(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		head, _ := f.Journal.Head(ctx, stream)
		return f.Journal.Watch(ctx, stream, max(from, head+1))
	}
}

func noFuture(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		head, _ := f.Journal.Head(ctx, stream)
		return f.Journal.Watch(ctx, stream, min(from, head+1))
	}
}

func endWatch(f *faulty) { f.watch = f.read }

func deafWatch(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if !yield(rec, err) {
					return
				}
			}
			<-ctx.Done()
			yield(modreg.Record{}, ctx.Err())
		}
	}
}

func silentEnd(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Watch(ctx, stream, from) {
				if err != nil || !yield(rec, nil) {
					return
				}
			}
		}
	}
}

func goOn(f *faulty) {
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Watch(ctx, stream, from) {
				if !yield(rec, err) || (err != nil && !yield(modreg.Record{Seq: from}, nil)) {
					return
				}
			}
		}
	}
}
