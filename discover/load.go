package discover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/modreg/modreg/semver"
)

// FormatError says that what was loaded is no stored index, or a damaged one. It
// is always used by pointer.
type FormatError struct {
	Section string // the part: "header", "keys", "postings", …
	Reason  string // what is wrong with it
	Err     error  // the cause, if there is one
}

// Error returns one line.
func (e *FormatError) Error() string { return "load index: " + e.Section + " " + e.Reason }

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// Load reads a view that [View.Save] wrote. For each key it asks resolve for the
// document, which then belongs to the index; nil leaves the document out. A
// document that is not what it was, by a fingerprint of everything that the
// index depends on, is indexed anew, so the answers are always those of the
// documents that resolve returns. Documents that were not there when the index
// was saved are the caller's to add, by [View.With].
//
// Memory is taken in proportion to what r has. The error is a [*FormatError], or
// wraps that of r.
func Load(r io.Reader, resolve func(Key) *Doc, opts ...Option) (*View, error) {
	v := NewView(opts...)
	l := &loader{r: r, resolve: resolve, opt: v.opt}
	mark := make([]byte, len(fileMark))
	if _, err := io.ReadFull(r, mark); err != nil {
		return nil, l.readError("header", err)
	}
	if string(mark) != fileMark {
		return nil, &FormatError{Section: "header", Reason: "is not that of a stored index of this version"}
	}
	d, err := l.section(sectionView, "header")
	if err != nil {
		return nil, err
	}
	n := d.below(maxSegments + 1)
	if d.end(); d.bad != "" {
		return nil, &FormatError{Section: "header", Reason: d.bad}
	}
	for range n {
		s, err := l.segment()
		if err != nil {
			return nil, err
		}
		v.segs = append(v.segs, s)
		v.n += s.live
	}
	v.order()
	if len(l.changed) > 0 {
		v = v.with(l.changed, nil)
	}
	return v, nil
}

type loader struct {
	r       io.Reader
	resolve func(Key) *Doc
	opt     options
	changed []*Doc // those that have to be indexed anew
	kind    uint32 // of a section whose head has been read, else 0
}

func (l *loader) readError(section string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{Section: section, Reason: "ends early", Err: io.ErrUnexpectedEOF}
	}
	return fmt.Errorf("load index: %w", err)
}

// next reads the kind of the next section.
func (l *loader) next() (uint32, error) {
	if l.kind == 0 {
		var b [4]byte
		if _, err := io.ReadFull(l.r, b[:]); err != nil {
			return 0, l.readError("section", err)
		}
		l.kind = binary.LittleEndian.Uint32(b[:])
	}
	return l.kind, nil
}

// section reads a whole section.
func (l *loader) section(kind uint32, name string) (*decoder, error) {
	k, err := l.next()
	if err != nil {
		return nil, err
	}
	if l.kind = 0; k != kind {
		return nil, &FormatError{Section: name, Reason: "is missing"}
	}
	var b [8]byte
	if _, err := io.ReadFull(l.r, b[:]); err != nil {
		return nil, l.readError(name, err)
	}
	size := binary.LittleEndian.Uint64(b[:])
	if size > maxSection {
		return nil, &FormatError{Section: name, Reason: "is too long"}
	}
	// The buffer grows with what is there, not with what the length says.
	var buf bytes.Buffer
	buf.Grow(int(min(size, 1<<20)) + bytes.MinRead)
	if n, err := io.Copy(&buf, io.LimitReader(l.r, int64(size))); err != nil {
		return nil, l.readError(name, err)
	} else if uint64(n) < size {
		return nil, l.readError(name, io.ErrUnexpectedEOF)
	}
	if _, err := io.ReadFull(l.r, b[:4]); err != nil {
		return nil, l.readError(name, err)
	}
	if crc32.Checksum(buf.Bytes(), crcTable()) != binary.LittleEndian.Uint32(b[:4]) {
		return nil, &FormatError{Section: name, Reason: "does not have its checksum"}
	}
	return &decoder{data: buf.Bytes()}, nil
}

// read reads a section and gives it to parse.
func (l *loader) read(kind uint32, name string, parse func(d *decoder)) error {
	d, err := l.section(kind, name)
	if err != nil {
		return err
	}
	parse(d)
	if d.bad == "" {
		d.end()
	}
	if d.bad != "" {
		return &FormatError{Section: name, Reason: d.bad}
	}
	return nil
}

func (l *loader) segment() (segView, error) {
	s := &stored{segment: &segment{}, loader: l}
	for _, part := range []struct {
		kind  uint32
		name  string
		parse func(d *decoder)
	}{
		{sectionKeys, "keys", s.readKeys},
		{sectionWords, "bitsets", s.readWords},
		{sectionLists, "lists", s.readLists},
		{sectionColumns, "columns", func(d *decoder) { s.columns = d.data; d.skip(len(d.data)) }},
		{sectionVariants, "variants", s.readVariants},
		{sectionTerms, "terms", s.readTerms},
	} {
		if err := l.read(part.kind, part.name, part.parse); err != nil {
			return segView{}, err
		}
	}
	if k, err := l.next(); err != nil {
		return segView{}, err
	} else if k == sectionText {
		if err := l.read(sectionText, "words", s.readText); err != nil {
			return segView{}, err
		}
	}
	if err := l.read(sectionEnd, "end", func(*decoder) {}); err != nil {
		return segView{}, err
	}
	if s.text == nil && l.opt.text {
		s.text = buildText(s.docs)
	}
	return segView{segment: s.segment, dead: s.dead, live: len(s.docs) - s.gone}, nil
}

// stored is a segment that is being loaded.
type stored struct {
	*segment
	*loader
	dead    tombs
	gone    int // how many are dead
	scratch []byte
}

// readKeys finds the documents.
func (s *stored) readKeys(d *decoder) {
	d.text = string(d.data)
	n := d.count(4)
	if n > maxDocs {
		d.fail("has too many documents")
	}
	s.docs = make([]*Doc, n)
	s.tiles = tilesFor(n)
	var k keyReader
	var last Doc // the document before, alive or not
	for id := range s.docs {
		stub, dead, mark := k.read(d)
		if d.bad == "" && id > 0 && compareDocs(&last, &stub) >= 0 {
			d.fail("has documents that are not in order")
		}
		if d.bad != "" {
			s.docs = nil
			return
		}
		if last = stub; !dead {
			s.docs[id] = s.find(&stub, mark)
		}
		if s.docs[id] == nil {
			// A copy, or the document would keep the text of all alive.
			s.docs[id] = &Doc{Name: strings.Clone(stub.Name), Version: ownVersion(stub.Version), Rank: stub.Rank}
			s.dead = s.dead.with(nil, n, uint32(id))
			s.gone++
		}
	}
	s.indexDocs()
}

// find returns the document that is stored as stub, or nil if it is not there
// or not what it was.
func (s *stored) find(stub *Doc, mark uint64) *Doc {
	doc := s.resolve(stub.Key())
	switch {
	case doc == nil || !sameKey(doc, stub):
		return nil
	case doc.fingerprint(&s.scratch) != mark:
		s.changed = append(s.changed, doc)
		return nil
	}
	return doc
}

func ownVersion(v semver.Version) semver.Version {
	w, err := semver.Parse(v.String())
	if err != nil {
		return v // it is one that was parsed
	}
	return w
}

// keyReader reads the keys of documents.
type keyReader struct {
	rank    int64
	text    string // the version before, which often comes again
	version semver.Version
}

func (k *keyReader) read(d *decoder) (stub Doc, dead bool, mark uint64) {
	stub.Name = d.string()
	text := d.take(int(d.byte()))
	if text != k.text || text == "" {
		v, err := semver.Parse(text)
		if err != nil {
			d.fail("has a version that is none")
		}
		k.text, k.version = text, v
	}
	stub.Version = k.version
	k.rank += d.int()
	if k.rank != int64(int32(k.rank)) {
		d.fail("has a rank that is none")
	}
	stub.Rank = int32(k.rank)
	if dead = d.bool(); !dead {
		mark = d.uint64()
	}
	return stub, dead, mark
}
