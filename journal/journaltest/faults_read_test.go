package journaltest

import (
	"context"

	"github.com/modreg/modreg"
)

func readFaults() []fault {
	return []fault{
		{"reads from the first record always", readAll, []string{"read: it begins where it is asked to"}, false},
		{"reads to the head of the moment", readOn, []string{"read: it ends at the head of the call"}, false},
		{"hands out one buffer for all", oneBuffer, []string{"read: data that was handed out stays"}, false},
		{"locks appenders out of a read", lockedRead, []string{"read: it holds up no append, not even its reader's"}, true},
		{"locks for ever when a read is broken off", leakedLock, []string{"read: breaking off releases it"}, true},
		{"reads without the last record at times", readBehind, []string{"concurrency: readers see a stream that only grows"}, false},
		{"watches from the first record always", watchFromFirst, []string{"watch: it begins where it is asked to"}, false},
		{"locks for ever when a watch is broken off", leakedWatch, []string{"watch: breaking off releases it"}, true},
		{"locks appenders out while a watcher has a record", lockedWatch, []string{
			"watch: it holds up no append, not even its watcher's", "watch: a slow watcher holds nobody up and misses nothing",
		}, true},
		{"repeats records in a watch", repeat, []string{
			"watch: existing records come first, then new ones", "watch: every watcher sees everything",
			"concurrency: watchers all see the one order",
		}, false},
		{"skips what exists in a watch", skipExisting, []string{"watch: existing records come first, then new ones"}, true},
		{"does not wait for the future", noFuture, []string{"watch: a record of the future is waited for"}, false},
		{"ends a watch that has caught up", endWatch, []string{
			"watch: existing records come first, then new ones", "watch: a stream may be watched before it exists",
		}, false},
		{"forgets watchers that wait", deafWatch, []string{"watch: existing records come first, then new ones"}, true},
		{"ends a watch without an error", silentEnd, []string{"context: ended while a watch waits"}, false},
		{"goes on after an error", goOn, []string{"context: ended before the call", "context: ended while a watch catches up"}, false},
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

func leakedLock(f *faulty) { f.read = leaking(lockAppends(f), f.read) }

func leakedWatch(f *faulty) { f.watch = leaking(lockAppends(f), f.watch) }

// leaking keeps the token when a sequence is broken off.
func leaking(token <-chan struct{}, seq sequenceFunc) sequenceFunc {
	return func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range seq(ctx, stream, from) {
				if !yield(rec, err) {
					<-token
					return
				}
			}
		}
	}
}

func lockedWatch(f *faulty) {
	token := lockAppends(f)
	watch := f.watch
	f.watch = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range watch(ctx, stream, from) {
				select {
				case <-token:
				case <-ctx.Done():
					yield(modreg.Record{}, ctx.Err())
					return
				}
				more := yield(rec, err)
				token <- struct{}{}
				if !more {
					return
				}
			}
		}
	}
}

func watchFromFirst(f *faulty) {
	f.watch = func(ctx context.Context, stream string, _ uint64) sequence { return f.Journal.Watch(ctx, stream, 1) }
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

func deafWatch(f *faulty) { f.watch = deaf(f.Journal.Read) }

// deaf is a watch that yields what a read does, and waits in vain for more.
func deaf(read sequenceFunc) sequenceFunc {
	return func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range read(ctx, stream, from) {
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
