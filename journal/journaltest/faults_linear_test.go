package journaltest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg"
)

const (
	oneOrder  = "linearizability: calls have one order that explains all results"
	brokenOff = "linearizability: appends that are broken off have a place in it or none"
)

func linearFaults() []fault {
	return []fault{
		{"remembers the head for a while", oldHeads, []string{oneOrder, brokenOff}, false},
		{"accepts an append at the head of before", acceptBehind, []string{oneOrder}, false},
		{"accepts two appends at one head if they meet", acceptTwo, []string{oneOrder}, false},
		{"appends and says that the head has moved", denyAppend, []string{oneOrder}, false},
		{"says that the head has moved when it has not", denyHead, []string{oneOrder}, false},
		{"reads without the last record", readBehind, []string{oneOrder}, false},
		{"shows a head before its records", headAhead, []string{oneOrder}, false},
		{"appends a part of what is broken off", halfWhenBrokenOff, []string{brokenOff}, false},
		{"takes back what is broken off after it was seen", seenThenGone, []string{brokenOff}, false},
	}
}

func oldHeads(f *faulty) {
	var calls, old atomic.Uint64
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		if calls.Add(1)%3 != 1 {
			return old.Load(), ctx.Err()
		}
		head, err := f.Journal.Head(ctx, stream)
		old.Store(head)
		return head, err
	}
}

// atHead appends at whatever the head is.
func atHead(ctx context.Context, j modreg.Journal, stream string, batch [][]byte) (uint64, error) {
	for {
		head, err := j.Head(ctx, stream)
		if err != nil {
			return 0, err
		}
		if next, err := j.Append(ctx, stream, head, batch); !errors.Is(err, modreg.ErrHeadMoved) {
			return next, err
		}
	}
}

func acceptBehind(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if now, err := f.Journal.Head(ctx, stream); err == nil && now == head+1 {
			return atHead(ctx, f.Journal, stream, batch)
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

// acceptTwo looks at the head and appends later, which is wrong only if another append comes between.
func acceptTwo(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if now, err := f.Journal.Head(ctx, stream); err != nil || now != head {
			return f.Journal.Append(ctx, stream, head, batch)
		}
		runtime.Gosched()
		return atHead(ctx, f.Journal, stream, batch)
	}
}

func denyAppend(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		next, err := f.Journal.Append(ctx, stream, head, batch)
		if err == nil && next%7 == 0 {
			return 0, modreg.ErrHeadMoved
		}
		return next, err
	}
}

func denyHead(f *faulty) {
	var calls atomic.Uint64
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if calls.Add(1)%4 == 0 {
			return 0, modreg.ErrHeadMoved
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

func readBehind(f *faulty) {
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		head, _ := f.Journal.Head(ctx, stream)
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if rec.Seq == head && head%2 == 0 || !yield(rec, err) {
					return
				}
			}
		}
	}
}

func headAhead(f *faulty) {
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		head, err := f.Journal.Head(ctx, stream)
		if head > 5 {
			head++
		}
		return head, err
	}
}

func halfWhenBrokenOff(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if ctx.Done() == nil || len(batch) == 1 { // whatever may be broken off is
			return f.Journal.Append(ctx, stream, head, batch)
		}
		if _, err := f.Journal.Append(context.WithoutCancel(ctx), stream, head, batch[:1]); err != nil {
			return 0, err
		}
		return 0, context.Canceled
	}
}

// seenThenGone keeps what is broken off beside the stream, and shows it there to the next reader only.
func seenThenGone(f *faulty) {
	var mu sync.Mutex
	ghosts := map[string][]byte{}
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		next, err := f.Journal.Append(ctx, stream, head, batch)
		if errors.Is(err, context.Canceled) {
			mu.Lock()
			defer mu.Unlock()
			ghosts[stream] = batch[0]
		}
		return next, err
	}
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			next := from
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if !yield(rec, err) {
					return
				}
				next = rec.Seq + 1
			}
			mu.Lock()
			ghost := ghosts[stream]
			delete(ghosts, stream)
			mu.Unlock()
			if head, _ := f.Journal.Head(ctx, stream); ghost != nil && head == next-1 {
				yield(modreg.Record{Seq: next, Data: ghost}, nil)
			}
		}
	}
}
