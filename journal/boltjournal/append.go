package boltjournal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

// maxGroupBytes is how much is put into one transaction, unless a single batch is larger.
const maxGroupBytes = 32 << 20

// A request is one caller's batch, encoded and waiting for a transaction.
type request struct {
	stream string
	head   uint64   // that the caller expects
	values [][]byte // one for each record
	size   int
	err    error         // guarded by done
	done   chan struct{} // closed once the request has come to its end
}

// A queue holds the requests that wait.
type queue struct {
	mu      sync.Mutex
	waiting []*request // guarded by mu
}

func (q *queue) push(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// take takes what goes into one transaction.
func (q *queue) take() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.waiting) && (n == 0 || size+q.waiting[n].size <= maxGroupBytes) {
		size += q.waiting[n].size
		n++
	}
	group := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if len(q.waiting) == 0 {
		q.waiting = nil
	}
	return group
}

// Append implements [modreg.Journal]. A stream's name has 1 to 100 lower-case letters, digits, - and /. A batch has up to
// 65,536 records and 64 MiB, a record up to 16 MiB. Once ctx was found alive the batch is carried through.
//
// It returns an error that wraps [modreg.ErrHeadMoved] if the head is another; [ErrReadOnly], [ErrClosed], or a
// [CorruptError], and then nothing is appended; an error that wraps [ErrBroken] if the outcome is in doubt, or
// was in doubt before; and any other error, such as that of a full disk, if nothing was appended and a later append may succeed.
func (j *Journal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if err := checkBatch(stream, batch); err != nil {
		return 0, fmt.Errorf("append to %q: %w", stream, err)
	}
	if err := j.begin(ctx); err != nil {
		return 0, fmt.Errorf("append to %q: %w", stream, err)
	}
	defer j.end()
	if j.readOnly {
		return 0, fmt.Errorf("append to %q: %w", stream, ErrReadOnly)
	}
	r := newRequest(stream, head, batch)
	j.queue.push(r)
	select {
	case <-r.done:
	case j.token <- struct{}{}:
		j.lead(r)
		<-j.token
	}
	if r.err != nil {
		return 0, fmt.Errorf("append to %q at %d: %w", stream, head, r.err)
	}
	return head + uint64(len(batch)), nil
}

func checkBatch(stream string, batch [][]byte) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	if len(batch) == 0 || len(batch) > maxBatch {
		return fmt.Errorf("the batch has %d records; give it 1 to %d", len(batch), maxBatch)
	}
	size := 0
	for i, data := range batch {
		if len(data) > maxRecord {
			return fmt.Errorf("record %d of the batch has %d bytes; a record has up to %d", i, len(data), maxRecord)
		}
		size += len(data)
	}
	if size > maxBatchBytes {
		return fmt.Errorf("the batch has %d bytes; a batch has up to %d", size, maxBatchBytes)
	}
	return nil
}

// newRequest encodes a batch for its place: the numbers of the records are known, or else it is refused.
func newRequest(stream string, head uint64, batch [][]byte) *request {
	r := &request{stream: stream, head: head, values: make([][]byte, len(batch)), done: make(chan struct{})}
	for _, data := range batch {
		r.size += sumSize + len(data)
	}
	slab := make([]byte, 0, r.size+placeSize(stream, 1))
	for i, data := range batch {
		start := len(slab)
		slab = append(slab[:start+sumSize], data...)
		sealed := appendPlace(slab, kindRecord, stream, head+uint64(i)+1)
		s := sha256.Sum256(sealed[start+sumSize:])
		copy(slab[start:], s[:sumSize])
		r.values[i] = slab[start:len(slab):len(slab)]
	}
	return r
}

// lead carries transactions through until own has been in one. The caller holds the token.
func (j *Journal) lead(own *request) {
	for {
		select {
		case <-own.done:
			return
		default:
		}
		j.gather()
		j.commit(j.queue.take())
	}
}

// gather lets those who were woken by the last transactions get into the next one, as long as some come. A flush takes
// longer than they do. The caller holds the token.
func (j *Journal) gather() {
	n := j.queue.len()
	for before := 0; n > before && n < j.crowd; n = j.queue.len() {
		before = n
		runtime.Gosched()
	}
	j.crowd = max(n, j.crowd-1)
}

// commit puts a group of requests into one transaction, and brings each of them to its end.
func (j *Journal) commit(group []*request) {
	changes := map[string]extent{}
	err := j.update(changes, func(tx *bbolt.Tx) error {
		tails := map[string]*tail{}
		for _, r := range group {
			var t *tail
			if t, r.err = j.admit(tx, tails, r); r.err != nil {
				continue
			}
			if err := t.add(tx, r); err != nil {
				return err
			}
			changes[r.stream] = t.extent
		}
		if len(changes) == 0 {
			return errNothing
		}
		return putExtents(tx, changes)
	})
	for _, r := range group {
		if r.err == nil && err != nil {
			r.err = err
		}
		close(r.done)
	}
}

// errNothing ends a transaction in which there is nothing to write.
var errNothing = errors.New("nothing is left to write")

// A tail is the end of a stream inside a transaction.
type tail struct {
	extent
	bucket *bbolt.Bucket // nil for a stream without records
}

// admit returns the tail that a request's records go to, or why it is refused.
func (j *Journal) admit(tx *bbolt.Tx, tails map[string]*tail, r *request) (*tail, error) {
	t, err := j.tail(tx, tails, r.stream)
	switch {
	case err != nil:
		return nil, err
	case t.head != r.head:
		return nil, fmt.Errorf("%w to %d", modreg.ErrHeadMoved, t.head)
	case r.head > maxSeq-uint64(len(r.values)):
		return nil, errors.New("the stream is full")
	}
	return t, nil
}

// add adds a request's records. An error leaves some of them, and so the transaction must not be committed.
func (t *tail) add(tx *bbolt.Tx, r *request) (err error) {
	if t.bucket == nil {
		if t.bucket, err = tx.CreateBucket(recordsBucket(r.stream)); err != nil {
			return err
		}
	}
	t.bucket.FillPercent = 1 // records are only ever added at the end
	var key [8]byte
	for _, value := range r.values {
		binary.BigEndian.PutUint64(key[:], t.head+1)
		if err := t.bucket.Put(key[:], value); err != nil { // which copies the key
			return err
		}
		t.head++
	}
	return nil
}

// tail returns the end of a stream, after it has checked that the file has what was acknowledged.
func (j *Journal) tail(tx *bbolt.Tx, tails map[string]*tail, stream string) (*tail, error) {
	if t := tails[stream]; t != nil {
		return t, nil
	}
	known, ok := j.known(stream)
	t := &tail{extent: known, bucket: tx.Bucket(recordsBucket(stream))}
	value := tx.Bucket([]byte(streamsBucket)).Get([]byte(stream))
	if ok || value != nil || t.bucket != nil {
		if err := checkTail(t, stream, value); err != nil {
			return nil, &CorruptError{Path: j.path, Where: streamPlace(stream), Err: err}
		}
	}
	tails[stream] = t
	return t, nil
}

func checkTail(t *tail, stream string, value []byte) error {
	stored, err := decodeExtent(stream, value)
	switch {
	case err != nil:
		return fmt.Errorf("its head: %w", err)
	case stored != t.extent:
		return fmt.Errorf("it has records %d to %d, and had %d to %d", stored.first, stored.head, t.first, t.head)
	case t.bucket == nil:
		return errors.New("its records are missing")
	}
	var want []byte
	if t.head >= t.first {
		want = seqKey(t.head)
	}
	if last, _ := t.bucket.Cursor().Last(); !bytes.Equal(last, want) {
		return fmt.Errorf("its last record is not record %d", t.head)
	}
	return nil
}

func putExtents(tx *bbolt.Tx, extents map[string]extent) error {
	heads := tx.Bucket([]byte(streamsBucket))
	for stream, e := range extents {
		if err := heads.Put([]byte(stream), e.encode(stream)); err != nil {
			return err
		}
	}
	return nil
}
