package modreg

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
)

// recordsPerChunk keeps an append from ever copying the records before it: a stream grows by whole chunks.
const recordsPerChunk = 1024

// A MemJournal is a [Journal] in memory: it lasts as long as the value. Several registries of one process may
// share it. The zero value is not usable; see [NewMemJournal].
type MemJournal struct {
	mu      sync.RWMutex
	streams map[string]*memStream // guarded by mu
}

type memStream struct {
	chunks [][][]byte    // each but the last holds recordsPerChunk transactions
	head   uint64        // number of records
	grown  chan struct{} // closed and replaced when records arrive; nil while nobody waits
}

// NewMemJournal returns an empty journal in memory.
func NewMemJournal() *MemJournal {
	return &MemJournal{streams: map[string]*memStream{}}
}

// Append implements [Journal]. It fails on a head that moved, on an empty batch and on an ended context only.
func (j *MemJournal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(batch) == 0 {
		return 0, errors.New("append: empty batch")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.streams[stream]
	if s == nil {
		s = &memStream{}
		j.streams[stream] = s
	}
	if s.head != head {
		return 0, fmt.Errorf("append to %q at %d: %w to %d", stream, head, ErrHeadMoved, s.head)
	}
	for _, data := range batch {
		s.add(append([]byte(nil), data...))
	}
	if s.grown != nil {
		close(s.grown)
		s.grown = nil
	}
	return s.head, nil
}

func (s *memStream) add(data []byte) {
	if s.head%recordsPerChunk == 0 {
		s.chunks = append(s.chunks, nil)
	}
	last := len(s.chunks) - 1
	s.chunks[last] = append(s.chunks[last], data)
	s.head++
}

// Head implements [Journal]. It fails on an ended context only.
func (j *MemJournal) Head(ctx context.Context, stream string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	if s := j.streams[stream]; s != nil {
		return s.head, nil
	}
	return 0, nil
}

// Read implements [Journal].
func (j *MemJournal) Read(ctx context.Context, stream string, from uint64) iter.Seq2[Record, error] {
	head, err := j.Head(ctx, stream)
	return func(yield func(Record, error) bool) {
		if err != nil {
			yield(Record{}, err)
			return
		}
		j.yield(ctx, stream, max(from, 1), head, yield)
	}
}

// Watch implements [Journal].
func (j *MemJournal) Watch(ctx context.Context, stream string, from uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for next := max(from, 1); ; {
			head, grown := j.await(stream)
			if !j.yield(ctx, stream, next, head, yield) {
				return
			}
			next = max(next, head+1)
			select {
			case <-grown:
			case <-ctx.Done():
				yield(Record{}, ctx.Err())
				return
			}
		}
	}
}

// await returns the head of the stream and a channel that is closed when it grows beyond that.
func (j *MemJournal) await(stream string) (uint64, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.streams[stream]
	if s == nil {
		s = &memStream{}
		j.streams[stream] = s
	}
	if s.grown == nil {
		s.grown = make(chan struct{})
	}
	return s.head, s.grown
}

// yield passes on the records from..to and reports whether the caller should go on.
func (j *MemJournal) yield(ctx context.Context, stream string, from, to uint64, yield func(Record, error) bool) bool {
	for seq := from; seq <= to; seq++ {
		if err := ctx.Err(); err != nil {
			yield(Record{}, err)
			return false
		}
		if !yield(Record{Seq: seq, Data: j.at(stream, seq)}, nil) {
			return false
		}
	}
	return true
}

func (j *MemJournal) at(stream string, seq uint64) []byte {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.streams[stream].chunks[(seq-1)/recordsPerChunk][(seq-1)%recordsPerChunk]
}

// A forgetfulJournal is the journal of a registry that shares it with nobody: as nobody can ever read it, it
// remembers how many records there were and nothing else. The registry's writer is its only caller.
type forgetfulJournal struct{ head uint64 }

func (j *forgetfulJournal) Append(_ context.Context, _ string, _ uint64, batch [][]byte) (uint64, error) {
	j.head += uint64(len(batch))
	return j.head, nil
}

func (j *forgetfulJournal) Head(context.Context, string) (uint64, error) { return j.head, nil }

func (j *forgetfulJournal) Read(context.Context, string, uint64) iter.Seq2[Record, error] {
	return func(func(Record, error) bool) {}
}

func (j *forgetfulJournal) Watch(context.Context, string, uint64) iter.Seq2[Record, error] {
	return func(func(Record, error) bool) {}
}
