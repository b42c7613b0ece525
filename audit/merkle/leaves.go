package merkle

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"iter"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

const (
	jobRecords = 512     // records that one worker hashes at a time,
	jobBytes   = 1 << 20 // or fewer if they are large
	serialMost = 64      // fewer records are hashed where they are read
)

// A hasher computes the hashes of leaves.
type hasher struct {
	h      hash.Hash
	prefix []byte
	sum    []byte
}

func newHasher() *hasher {
	return &hasher{h: sha256.New(), prefix: []byte{0}, sum: make([]byte, 0, sha256.Size)}
}

// leaf returns the hash of a leaf with the data: SHA-256 of a zero byte and the data, RFC 6962, 2.1.
func (h *hasher) leaf(data []byte) tlog.Hash {
	h.h.Reset()
	h.h.Write(h.prefix)
	h.h.Write(data)
	h.sum = h.h.Sum(h.sum[:0])
	return tlog.Hash(h.sum)
}

// leaves yields the hashes of the leaves from ≤ n < to in order, some at a time: computed from the records of the journal,
// and for those before the record first, which are pruned, read from known. What is yielded is valid until the next.
// If check is not nil it is called with every record, in order and from one goroutine.
func (l *Log) leaves(ctx context.Context, known hashes, first, from, to uint64, check func(modreg.Record) error) iter.Seq2[[]tlog.Hash, error] {
	return func(yield func([]tlog.Hash, error) bool) {
		var batch []tlog.Hash
		for kept := min(max(first, 1)-1, to); from < kept; {
			end := min(from+4096, kept)
			var err error
			if batch, err = known.readLeaves(batch[:0], from, end); err != nil {
				yield(nil, fmt.Errorf("hashes of pruned records: %w", err))
				return
			}
			if !yield(batch, nil) {
				return
			}
			from = end
		}
		switch {
		case from >= to:
		case to-from <= serialMost && check == nil:
			l.hashSerially(ctx, from, to, yield)
		default:
			l.hashInParallel(ctx, from, to, check, yield)
		}
	}
}

// records yields the records of the leaves from ≤ n < to and fails if the journal leaves one out.
func (l *Log) records(ctx context.Context, from, to uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		next := from + 1
		for rec, err := range l.journal.Read(ctx, l.o.Stream, next) {
			if err == nil && rec.Seq != next {
				err = fmt.Errorf("the journal yields record %d where %d belongs", rec.Seq, next)
			}
			if err != nil {
				yield(modreg.Record{}, fmt.Errorf("read stream %q from record %d: %w", l.o.Stream, next, err))
				return
			}
			if !yield(rec, nil) || next == to {
				return
			}
			next++
		}
		yield(modreg.Record{}, fmt.Errorf("read stream %q: it ends before record %d of %d", l.o.Stream, next, to))
	}
}

func (l *Log) hashSerially(ctx context.Context, from, to uint64, yield func([]tlog.Hash, error) bool) {
	batch := make([]tlog.Hash, 0, to-from)
	h := newHasher()
	for rec, err := range l.records(ctx, from, to) {
		if err != nil {
			yield(nil, err)
			return
		}
		batch = append(batch, h.leaf(rec.Data))
	}
	yield(batch, nil)
}

// A job is a run of records to be hashed by one worker.
type job struct {
	records []modreg.Record
	leaves  []tlog.Hash
	err     error         // why there are no more
	done    chan struct{} // closed when the leaves are there
}

// hashInParallel reads in one goroutine, checks in another, hashes in as many as there are processors, and yields in
// order from the caller's. All have ended when it returns.
func (l *Log) hashInParallel(ctx context.Context, from, to uint64, check func(modreg.Record) error, yield func([]tlog.Hash, error) bool) {
	workers := runtime.GOMAXPROCS(0)
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	todo, ordered := make(chan *job, 4*workers), make(chan *job, 4*workers)
	running.Go(func() {
		defer close(todo)
		defer close(ordered)
		l.readJobs(ctx, from, to, todo, ordered)
	})
	for range workers {
		running.Go(func() {
			h := newHasher()
			for j := range todo {
				for _, rec := range j.records {
					j.leaves = append(j.leaves, h.leaf(rec.Data))
				}
				close(j.done)
			}
		})
	}
	checked := ordered
	if check != nil {
		checked = make(chan *job, 4*workers)
		running.Go(func() {
			defer close(checked)
			checkJobs(ctx, check, ordered, checked, cancel)
		})
	}
	for j := range checked {
		<-j.done
		err := j.err
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause // why the reading ended
		}
		if !yield(j.leaves, err) || err != nil {
			return
		}
	}
	if err := context.Cause(ctx); err != nil {
		yield(nil, err)
	}
}

// readJobs cuts the records into jobs and passes each on to be hashed and, in order, to be taken.
func (l *Log) readJobs(ctx context.Context, from, to uint64, todo, ordered chan<- *job) {
	j, size := newJob(), 0
	flush := func() bool {
		for _, c := range []chan<- *job{todo, ordered} {
			select {
			case c <- j:
			case <-ctx.Done():
				return false
			}
		}
		j, size = newJob(), 0
		return true
	}
	for rec, err := range l.records(ctx, from, to) {
		if err != nil {
			j.err = err
			break
		}
		j.records = append(j.records, rec)
		size += len(rec.Data)
		if (len(j.records) == jobRecords || size >= jobBytes) && !flush() {
			return
		}
	}
	if len(j.records) > 0 || j.err != nil {
		flush()
	}
}

func newJob() *job {
	return &job{records: make([]modreg.Record, 0, jobRecords), leaves: make([]tlog.Hash, 0, jobRecords), done: make(chan struct{})}
}

// checkJobs calls check for every record on the way from one channel to the other, and ends all with its error.
func checkJobs(ctx context.Context, check func(modreg.Record) error, from <-chan *job, to chan<- *job, cancel context.CancelCauseFunc) {
	for j := range from {
		for _, rec := range j.records {
			if err := check(rec); err != nil {
				cancel(fmt.Errorf("record %d: %w", rec.Seq, err))
				return
			}
		}
		select {
		case to <- j:
		case <-ctx.Done():
			return
		}
	}
}
