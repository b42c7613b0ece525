package boltjournal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds the walk. A tree of a billion pages is less than half as deep.
const maxDepth = 32

// A visitor is called for every key of every bucket, in order. What it is given is valid during the call only.
type visitor func(bucket string, key, value []byte) error

// A walker goes through the tree of one state of a bbolt file by reading it, not through bbolt, and checks it: every
// page is where it should be, used once, and has its keys in order and in the range that its parent gives it. A file
// that passes is one that bbolt can read and write without surprises.
type walker struct {
	r        io.ReaderAt
	pageSize int
	hwm      uint64
	used     []uint64 // one bit for each page below hwm
	bufs     [maxDepth + 2][]byte
	visit    visitor
	bucketed func(bucket string) // called for every bucket, before its keys
}

// walk checks the state that m describes in a file of the given size.
func walk(ctx context.Context, r io.ReaderAt, size int64, m meta, bucketed func(string), visit visitor) error {
	pages := uint64(size) / uint64(m.pageSize)
	if m.hwm > pages || m.hwm < 4 {
		return &CorruptError{Where: "the end of the file", Err: fmt.Errorf("%d pages are in use and the file has %d: it was cut off", m.hwm, pages)}
	}
	w := &walker{
		r: r, pageSize: m.pageSize, hwm: m.hwm, used: make([]uint64, m.hwm/64+1), visit: visit, bucketed: bucketed,
	}
	w.used[0] = 3 // the meta pages
	if err := w.walkTree(ctx, m.root, w.root(ctx), 0); err != nil {
		return err
	}
	return w.checkFreelist(m.freelist)
}

// An enter function is called for each element of the leaves of one tree.
type enter func(e element, depth int) error

// root returns what is done with the root's elements, which are buckets.
func (w *walker) root(ctx context.Context) enter {
	return func(e element, depth int) error {
		name := string(e.key)
		where := fmt.Sprintf("bucket %q", name)
		if !e.bucket {
			return &CorruptError{Where: where, Err: errors.New("it is not a bucket")}
		}
		if len(e.value) < bucketSize || binary.NativeEndian.Uint64(e.value[8:]) != 0 {
			return &CorruptError{Where: where, Err: errors.New("its head is not one that is written")}
		}
		w.bucketed(name)
		keys := func(e element, _ int) error {
			if e.bucket {
				return &CorruptError{Where: where, Err: errors.New("there is a bucket in it")}
			}
			return w.visit(name, e.key, e.value)
		}
		if root := binary.NativeEndian.Uint64(e.value); root != 0 {
			if len(e.value) != bucketSize {
				return &CorruptError{Where: where, Err: errors.New("it is both inline and not")}
			}
			return w.walkTree(ctx, root, keys, depth+1)
		}
		p, err := parsePage(e.value[bucketSize:], 0, w.pageSize)
		if err == nil && !p.leaf {
			err = errors.New("it has a branch in it")
		}
		if err != nil {
			return &CorruptError{Where: where, Err: err}
		}
		return w.walkLeaf(&p, where, nil, keys, depth)
	}
}

// walkTree walks the tree of one bucket.
func (w *walker) walkTree(ctx context.Context, root uint64, do enter, depth int) error {
	return w.walkPage(ctx, root, nil, nil, do, depth)
}

// walkPage walks a page whose first key must be first, unless that is nil for the root of a tree, and whose keys must
// be less than end, unless that is nil.
func (w *walker) walkPage(ctx context.Context, id uint64, first, end []byte, do enter, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	where := fmt.Sprintf("page %d", id)
	p, err := w.read(id, depth)
	if err == nil && first != nil && (p.count == 0 || !bytes.Equal(p.at(0).key, first)) {
		err = errors.New("it does not begin with the key that its parent has for it")
	}
	if err == nil && !p.leaf && p.count == 0 {
		err = errors.New("it is a branch without children")
	}
	if err != nil {
		return &CorruptError{Where: where, Err: err}
	}
	if p.leaf {
		return w.walkLeaf(&p, where, end, do, depth)
	}
	for i := range p.count {
		e, childEnd := p.at(i), end
		if i+1 < p.count {
			childEnd = p.at(i + 1).key
		}
		if err := inOrder(e.key, childEnd); err != nil {
			return &CorruptError{Where: where, Err: err}
		}
		if err := w.walkPage(ctx, e.child, e.key, childEnd, do, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) walkLeaf(p *page, where string, end []byte, do enter, depth int) error {
	for i := range p.count {
		e, next := p.at(i), end
		if i+1 < p.count {
			next = p.at(i + 1).key
		}
		if err := inOrder(e.key, next); err != nil {
			return &CorruptError{Where: where, Err: err}
		}
		if err := do(e, depth); err != nil {
			return err
		}
	}
	return nil
}

func inOrder(key, next []byte) error {
	if next != nil && bytes.Compare(key, next) >= 0 {
		return errors.New("its keys are not in order")
	}
	return nil
}

// read reads a page of a tree and marks it, and what it overflows into, as used.
func (w *walker) read(id uint64, depth int) (page, error) {
	if depth >= len(w.bufs) {
		return page{}, fmt.Errorf("it lies %d pages deep", depth)
	}
	data, err := w.load(id, depth)
	if err != nil {
		return page{}, err
	}
	return parsePage(data, id, w.pageSize)
}

// load reads a page into the buffer of a depth.
func (w *walker) load(id uint64, depth int) ([]byte, error) {
	if id >= w.hwm {
		return nil, fmt.Errorf("it lies beyond the %d pages that are in use", w.hwm)
	}
	buf := w.grow(depth, w.pageSize)
	if n, err := w.r.ReadAt(buf, int64(id)*int64(w.pageSize)); n < len(buf) {
		return nil, noEOF(err)
	}
	more := uint64(binary.NativeEndian.Uint32(buf[12:]))
	if more >= w.hwm-id {
		return nil, fmt.Errorf("it goes on for %d pages, beyond those that are in use", more)
	}
	for n := id; n <= id+more; n++ {
		if w.used[n/64]&(1<<(n%64)) != 0 {
			return nil, fmt.Errorf("page %d is used twice", n)
		}
		w.used[n/64] |= 1 << (n % 64)
	}
	if more == 0 {
		return buf, nil
	}
	buf = w.grow(depth, int(more+1)*w.pageSize)
	if n, err := w.r.ReadAt(buf, int64(id)*int64(w.pageSize)); n < len(buf) {
		return nil, noEOF(err)
	}
	return buf, nil
}

func (w *walker) grow(depth, size int) []byte {
	if cap(w.bufs[depth]) < size {
		w.bufs[depth] = make([]byte, size)
	}
	return w.bufs[depth][:size]
}

// checkFreelist checks a stored list of free pages. This package writes none, but bbolt's own tools do.
func (w *walker) checkFreelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	where := fmt.Sprintf("page %d, the list of free pages", id)
	if id < 2 {
		return &CorruptError{Where: where, Err: errors.New("it is a meta page")}
	}
	data, err := w.load(id, 0)
	if err != nil {
		return &CorruptError{Where: where, Err: err}
	}
	if err := w.checkFree(data, id); err != nil {
		return &CorruptError{Where: where, Err: err}
	}
	return nil
}

func (w *walker) checkFree(data []byte, id uint64) error {
	if got, flags := binary.NativeEndian.Uint64(data), binary.NativeEndian.Uint16(data[8:]); got != id || flags != freelistPage {
		return fmt.Errorf("it says it is page %d of type %#x", got, flags)
	}
	count, ids := uint64(binary.NativeEndian.Uint16(data[10:])), data[pageHeaderSize:]
	if count == 0xFFFF {
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("it lists %d pages in %d bytes", count, len(ids))
	}
	for ; count > 0; count, ids = count-1, ids[8:] {
		free := binary.NativeEndian.Uint64(ids)
		if free >= w.hwm || w.used[free/64]&(1<<(free%64)) != 0 {
			return fmt.Errorf("page %d is in it, and in use or listed twice", free)
		}
		w.used[free/64] |= 1 << (free % 64)
	}
	return nil
}
