package boltjournal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The form of a bbolt file, as go.etcd.io/bbolt v1.5.0 writes it. Numbers are in the byte order of the machine. bbolt
// trusts these pages when it reads them, and runs out of bounds or in circles where they are damaged, so they are
// checked here before bbolt sees them.
const (
	pageHeaderSize = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize    = 16 // leaf: flags, pos, key size, value size; branch: pos, key size uint32, page uint64
	bucketSize     = 16 // root page uint64, sequence uint64; an inline bucket has root 0 and a page behind this
	metaSize       = 64

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	bucketElement = 0x01

	metaMagic   = 0xED0CDAED
	metaVersion = 2
	noFreelist  = ^uint64(0)

	minPageSize = 1 << 10
	maxPageSize = 1 << 16
)

// A meta is what one of the two meta pages says. The one with the higher transaction counts.
type meta struct {
	pageSize int
	root     uint64
	freelist uint64
	hwm      uint64 // pages from here on were never used
	txid     uint64
}

// readMeta reads the meta page at an offset.
func readMeta(r io.ReaderAt, offset int64) (meta, error) {
	var b [pageHeaderSize + metaSize]byte
	if n, err := r.ReadAt(b[:], offset); n < len(b) {
		return meta{}, fmt.Errorf("the file ends in it: %w", noEOF(err))
	}
	return parseMeta(b[pageHeaderSize:])
}

func parseMeta(b []byte) (meta, error) {
	u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
	if u32(b) != metaMagic || u32(b[4:]) != metaVersion {
		return meta{}, errors.New("it is not a meta page of bbolt as this machine writes it")
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8])
	if sum.Sum64() != u64(b[metaSize-8:]) {
		return meta{}, errors.New("its checksum does not fit")
	}
	m := meta{pageSize: int(u32(b[8:])), root: u64(b[16:]), freelist: u64(b[32:]), hwm: u64(b[40:]), txid: u64(b[48:])}
	if m.pageSize < minPageSize || m.pageSize > maxPageSize || m.pageSize&(m.pageSize-1) != 0 {
		return meta{}, fmt.Errorf("it has pages of %d bytes", m.pageSize)
	}
	return m, nil
}

// readMetas reads both meta pages and returns the one that counts. Both must be whole: a damaged one may have
// been that of the last transaction.
func readMetas(r io.ReaderAt) (meta, error) {
	first, err := readMeta(r, 0)
	if err != nil {
		return meta{}, &CorruptError{Where: "meta page 0", Err: err}
	}
	second, err := readMeta(r, int64(first.pageSize))
	if err == nil && second.pageSize != first.pageSize {
		err = fmt.Errorf("it has pages of %d bytes and the other one of %d", second.pageSize, first.pageSize)
	}
	if err != nil {
		return meta{}, &CorruptError{Where: "meta page 1", Err: err}
	}
	if second.txid > first.txid {
		first = second
	}
	return first, nil
}

// noEOF makes of the end of a file an error that may stand in a sentence.
func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A page is a page of a tree, with the pages that it overflows into.
type page struct {
	leaf  bool
	count int
	data  []byte
}

// An element is one entry of a page: a key with a value or a bucket (leaf), or with a child (branch).
type element struct {
	key, value []byte
	bucket     bool
	child      uint64
}

// parsePage checks a page whole: it must be exactly what bbolt writes, elements side by side and no page too many. An
// inline page has number 0.
func parsePage(data []byte, id uint64, pageSize int) (page, error) {
	if len(data) < pageHeaderSize {
		return page{}, errors.New("it is cut off")
	}
	flags := binary.NativeEndian.Uint16(data[8:])
	p := page{leaf: flags == leafPage, count: int(binary.NativeEndian.Uint16(data[10:])), data: data}
	if got := binary.NativeEndian.Uint64(data); got != id {
		return page{}, fmt.Errorf("it says it is page %d", got)
	}
	if flags != leafPage && flags != branchPage {
		return page{}, fmt.Errorf("it has type %#x", flags)
	}
	end := pageHeaderSize + p.count*elementSize
	if end > len(data) {
		return page{}, fmt.Errorf("it has %d elements in %d bytes", p.count, len(data))
	}
	for i := range p.count {
		start := pageHeaderSize + i*elementSize
		flags, pos, keySize, valueSize := p.element(i)
		if start+pos != end || keySize == 0 || keySize > len(data)-end || valueSize > len(data)-end-keySize || flags > bucketElement {
			return page{}, fmt.Errorf("element %d does not fit", i)
		}
		end += keySize + valueSize
	}
	if p.count == 0 && !empty(data[end:]) { // which all other counts show by where the first element lies
		return page{}, errors.New("it has no elements, and yet something in it")
	}
	overflow := int(binary.NativeEndian.Uint32(data[12:]))
	if used := (end + pageSize - 1) / pageSize; overflow != used-1 {
		return page{}, fmt.Errorf("it takes %d pages and needs %d", overflow+1, used)
	}
	return p, nil
}

// empty reports whether there are only zeros in data.
func empty(data []byte) bool {
	for _, c := range data {
		if c != 0 {
			return false
		}
	}
	return true
}

// element returns the head of an element. On a 32-bit machine a size beyond an int is negative, which is refused.
func (p *page) element(i int) (flags uint32, pos, keySize, valueSize int) {
	b := p.data[pageHeaderSize+i*elementSize:]
	u32 := func(at int) int { return int(min(binary.NativeEndian.Uint32(b[at:]), 1<<31-1)) }
	if p.leaf {
		return binary.NativeEndian.Uint32(b), u32(4), u32(8), u32(12)
	}
	return 0, u32(0), u32(4), 0
}

// at returns an element of a page that was parsed.
func (p *page) at(i int) element {
	flags, pos, keySize, valueSize := p.element(i)
	start := pageHeaderSize + i*elementSize
	key := start + pos
	e := element{key: p.data[key : key+keySize : key+keySize]}
	if !p.leaf {
		e.child = binary.NativeEndian.Uint64(p.data[start+8:])
		return e
	}
	e.bucket = flags == bucketElement
	e.value = p.data[key+keySize : key+keySize+valueSize : key+keySize+valueSize]
	return e
}
