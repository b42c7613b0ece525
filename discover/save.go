package discover

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Save writes the index of the view, in a form that [Load] reads: keys of
// documents, postings and words, but not the documents themselves. The error
// wraps that of w.
func (v *View) Save(w io.Writer) error {
	if v.delta.n > 0 {
		v = v.finish(job{from: len(v.segs), delta: true})
	}
	e := &encoder{w: w}
	if _, err := io.WriteString(w, fileMark); err != nil {
		return fmt.Errorf("save index: %w", err)
	}
	e.uint(uint64(len(v.segs)))
	e.flush(sectionView)
	for i := range v.segs {
		e.segment(&v.segs[i])
	}
	if e.err != nil {
		return fmt.Errorf("save index: %w", e.err)
	}
	return nil
}

func (e *encoder) segment(s *segView) {
	e.keys(s)
	e.uint64s(s.words)
	e.flush(sectionWords)
	e.lists(s.segment)
	e.buf = append(e.buf, s.columns...)
	e.flush(sectionColumns)
	e.variants(s.segment)
	e.terms(s.segment)
	if s.text != nil {
		e.buf, e.err = s.text.AppendBinary(e.buf)
		e.flush(sectionText)
	}
	e.flush(sectionEnd)
}

// keys writes of each document what identifies it. Of those that are dead the
// name and version are needed too, because the order of the others is that of
// the whole.
func (e *encoder) keys(s *segView) {
	e.uint(uint64(len(s.docs)))
	rank := int64(0)
	var scratch []byte
	for id, d := range s.docs {
		e.string(d.Name)
		at := len(e.buf)
		e.buf = append(e.buf, 0)
		e.buf, _ = d.Version.AppendText(e.buf)
		e.buf[at] = byte(len(e.buf) - at - 1) // a version has at most 256 bytes
		e.int(int64(d.Rank) - rank)
		rank = int64(d.Rank)
		dead := s.dead.has(uint32(id))
		e.bool(dead)
		if !dead {
			e.buf = binary.LittleEndian.AppendUint64(e.buf, d.fingerprint(&scratch))
		}
	}
	e.flush(sectionKeys)
}

func (e *encoder) lists(s *segment) {
	e.uint(uint64(len(s.heads)))
	for _, h := range s.heads {
		e.uint(uint64(h.chunk))
		e.uint(uint64(h.n))
	}
	for _, x := range s.list {
		e.buf = binary.LittleEndian.AppendUint16(e.buf, x)
	}
	e.flush(sectionLists)
}

func (e *encoder) variants(s *segment) {
	e.uint(uint64(len(s.offers)))
	for i := range s.offers {
		o := &s.offers[i]
		e.string(o.version.String())
		if o.attrs.IsZero() {
			e.string("")
		} else {
			e.string(string(o.attrs.AppendJSON(nil)))
		}
	}
	e.uint(uint64(len(s.groups)))
	for _, g := range s.groups {
		e.uint(uint64(g))
	}
	e.uint(uint64(len(s.variants)))
	for _, v := range s.variants {
		e.uint(uint64(v))
	}
	e.uint(uint64(len(s.versions)))
	for _, v := range s.versions {
		e.string(v.String())
	}
	e.column(s.version)
	e.flush(sectionVariants)
}

func (e *encoder) column(c column) {
	e.uint(uint64(c.form))
	e.uint(uint64(c.at))
}

func (e *encoder) posting(p posting) {
	e.uint(uint64(p.n))
	e.uint(uint64(p.first))
	e.uint(uint64(p.heads))
}

func (e *encoder) terms(s *segment) {
	e.uint(uint64(len(s.caps)))
	for i := range s.caps {
		c := &s.caps[i]
		e.string(c.id.Namespace)
		e.string(c.id.Name)
		e.posting(c.posting)
		e.uint(uint64(c.count))
		e.column(c.column)
		e.bool(c.releases)
	}
	e.uint(uint64(len(s.fields)))
	for i := range s.fields {
		f := &s.fields[i]
		e.field(f.key)
		e.posting(f.posting)
	}
	singles := s.singleTerms()
	e.uint(uint64(len(singles)))
	for _, t := range singles {
		e.uint(uint64(t.doc))
		if t.key.field == 0 {
			e.uint(0)
			e.string(t.id.Namespace)
			e.string(t.id.Name)
		} else {
			e.field(t.key)
		}
	}
	e.flush(sectionTerms)
}

func (e *encoder) field(k fieldKey) {
	e.uint(uint64(k.field))
	e.string(k.key)
	e.string(k.val)
}
