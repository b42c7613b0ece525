package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/modreg/modreg"
)

func appendFaults() []fault {
	return []fault{
		{"ignores the expected head", ignoreHead, []string{
			"conflict: another head is refused and nothing appended", "conflict: of appends at one head exactly one succeeds",
		}, false},
		{"appends a part of a refused batch", appendPart, []string{"conflict: another head is refused and nothing appended"}, false},
		{"has another error for a conflict", otherConflict, []string{"conflict: an empty stream has no other head than 0"}, false},
		{"has an error for a stream without records", errorOfNothing, []string{"append: an empty stream has head 0 and no records"}, false},
		{"keeps text only", textOnly, []string{"append: transactions are any bytes"}, false},
		{"accepts an empty batch", acceptEmpty, []string{"append: an empty batch is refused"}, false},
		{"keeps the caller's buffer", keepBuffer, []string{"append: transactions are copied in"}, false},
		{"has one stream for all", oneStream, []string{"append: streams are independent", "watch: it sees its own stream only"}, false},
		{"returns the head before the append", oldHead, []string{"append: records are numbered from 1 without gaps"}, false},
		{"shows a stale head", staleHead, []string{"append: records are numbered from 1 without gaps"}, false},
		{"loses every tenth append", loseSome, []string{"concurrency: appenders that retry lose and repeat nothing"}, false},
		{"ends reads after 5,000 records", endRead, []string{"size: 10,000 small records"}, false},
		{"cuts large records", cutLarge, []string{"size: records of 1 MiB"}, false},
		{"ignores contexts", ignoreContexts, []string{"context: ended before the call", "context: ended while a read goes on"}, false},
	}
}

func ignoreHead(f *faulty) {
	f.append = func(ctx context.Context, stream string, _ uint64, batch [][]byte) (uint64, error) {
		for {
			head, err := f.Journal.Head(ctx, stream)
			if err != nil {
				return 0, err
			}
			if next, err := f.Journal.Append(ctx, stream, head, batch); !errors.Is(err, modreg.ErrHeadMoved) {
				return next, err
			}
		}
	}
}

func appendPart(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		next, err := f.Journal.Append(ctx, stream, head, batch)
		if at, headErr := f.Journal.Head(ctx, stream); errors.Is(err, modreg.ErrHeadMoved) && headErr == nil {
			_, _ = f.Journal.Append(ctx, stream, at, batch[:1])
		}
		return next, err
	}
}

func otherConflict(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		next, err := f.Journal.Append(ctx, stream, head, batch)
		if err != nil {
			err = fmt.Errorf("conflict: %v", err) //nolint:errorlint // the fault: it does not wrap
		}
		return next, err
	}
}

func acceptEmpty(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if len(batch) == 0 {
			return head, nil
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

func errorOfNothing(f *faulty) {
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		head, err := f.Journal.Head(ctx, stream)
		if head == 0 && err == nil {
			err = errors.New("there is no such stream")
		}
		return head, err
	}
}

func textOnly(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		text := make([][]byte, len(batch))
		for i, data := range batch {
			text[i] = bytes.ToValidUTF8(data, nil)
		}
		return f.Journal.Append(ctx, stream, head, text)
	}
}

func keepBuffer(f *faulty) {
	kept := map[uint64][]byte{} // the check that must see it has one caller
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		for i, data := range batch {
			kept[head+uint64(i)+1] = data
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
	f.read = mapped(f.read, func(rec modreg.Record, err error) (modreg.Record, error) {
		return modreg.Record{Seq: rec.Seq, Data: kept[rec.Seq]}, err
	})
}

func oneStream(f *faulty) {
	f.append = func(ctx context.Context, _ string, _ uint64, batch [][]byte) (uint64, error) {
		head, err := f.Journal.Head(ctx, "all")
		if err != nil {
			return 0, err
		}
		return f.Journal.Append(ctx, "all", head, batch)
	}
	f.watch = func(ctx context.Context, _ string, from uint64) sequence { return f.Journal.Watch(ctx, "all", from) }
}

func oldHead(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		_, err := f.Journal.Append(ctx, stream, head, batch)
		return head, err
	}
}

func staleHead(f *faulty) {
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		head, err := f.Journal.Head(ctx, stream)
		return head - head%2, err
	}
}

func loseSome(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if head%10 == 9 {
			return head + uint64(len(batch)), nil
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

func cutLarge(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		cut := make([][]byte, len(batch))
		for i, data := range batch {
			cut[i] = data[:min(len(data), 1<<20-1)]
		}
		return f.Journal.Append(ctx, stream, head, cut)
	}
}

func endRead(f *faulty) {
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return func(yield func(modreg.Record, error) bool) {
			for rec, err := range f.Journal.Read(ctx, stream, from) {
				if rec.Seq >= from+5000 || !yield(rec, err) {
					return
				}
			}
		}
	}
}

func ignoreContexts(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		return f.Journal.Append(context.WithoutCancel(ctx), stream, head, batch)
	}
	f.head = func(ctx context.Context, stream string) (uint64, error) {
		return f.Journal.Head(context.WithoutCancel(ctx), stream)
	}
	f.read = func(ctx context.Context, stream string, from uint64) sequence {
		return f.Journal.Read(context.WithoutCancel(ctx), stream, from)
	}
}
