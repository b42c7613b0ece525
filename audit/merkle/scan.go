package merkle

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// A mark is what a signed text says about the tree at one size.
type mark struct {
	size  uint64
	root  tlog.Hash
	where string
	note  []byte
}

func markOf(cp Checkpoint, where string) mark {
	return mark{size: cp.Size, root: cp.Root, where: where, note: cp.Note}
}

func (l *Log) tampered(kind Tampering, m mark, head, record uint64, why string) *TamperError {
	return &TamperError{Kind: kind, Origin: l.o.Origin, Where: m.where, Size: m.size, Head: head, Record: record, Why: why, Note: m.note}
}

// ringMarks returns what the rotations of a keyring say.
func ringMarks(r *Keyring) (marks []mark) {
	if r == nil {
		return nil
	}
	for i, k := range r.keys {
		if i > 0 {
			marks = append(marks, mark{size: k.Size, root: k.Root, where: fmt.Sprintf("rotation %d in the keyring", i)})
		}
	}
	return marks
}

// A scan computes the tree anew from its leaves and holds it against the stored hashes and against marks.
type scan struct {
	edge
	against hashes
	marks   []mark   // by size
	missed  []mark   // those whose root is another, by size
	diffs   uint64   // stored hashes that are not what they should be
	others  []uint64 // the first records whose stored hash is another
	fix     io.WriterAt
	raw     []byte
	there   []byte
}

// scanTree reads the first size records. What is stored is left as it is, unless fix is given: then it is overwritten
// where it differs.
func (l *Log) scanTree(ctx context.Context, known hashes, first, size uint64, marks []mark, check func(modreg.Record) error, fix io.WriterAt) (*scan, error) {
	s := &scan{against: known, marks: slices.Clone(marks), fix: fix}
	slices.SortStableFunc(s.marks, func(a, b mark) int { return cmp.Compare(a.size, b.size) })
	s.mark()
	for leaves, err := range l.leaves(ctx, known, first, 0, size, check) {
		if err != nil {
			return nil, err
		}
		if err := s.take(leaves); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// take adds leaves and compares what is stored for them.
func (s *scan) take(leaves []tlog.Hash) error {
	from := s.size
	s.raw = s.raw[:0]
	for _, leaf := range leaves {
		s.raw = s.add(s.raw, leaf)
		s.mark()
	}
	if cap(s.there) < len(s.raw) {
		s.there = make([]byte, max(len(s.raw), 2*cap(s.there)))
	}
	there := s.there[:len(s.raw)]
	at := stored(from)
	if err := s.against.read(there, at); err != nil {
		clear(there) // what cannot be read differs
	}
	if bytes.Equal(there, s.raw) {
		return nil
	}
	s.compare(there, from)
	if s.fix == nil {
		return nil
	}
	inFile := min((s.against.written-at)*tlog.HashSize, int64(len(s.raw)))
	if inFile <= 0 {
		return nil
	}
	if _, err := s.fix.WriteAt(s.raw[:inFile], at*tlog.HashSize); err != nil {
		return fmt.Errorf("repair the tree file: %w", err)
	}
	return nil
}

// compare counts the differences in what is stored from a leaf on.
func (s *scan) compare(there []byte, from uint64) {
	leaf := int64(0) // index, from the first of there, of the hash of leaf number from
	base := tlog.StoredHashIndex(0, int64(from))
	for i := int64(0); i*tlog.HashSize < int64(len(there)); i++ {
		span := there[i*tlog.HashSize : (i+1)*tlog.HashSize]
		isLeaf := i == leaf
		if isLeaf {
			from++
			leaf = tlog.StoredHashIndex(0, int64(from)) - base
		}
		if bytes.Equal(span, s.raw[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			continue
		}
		s.diffs++
		if isLeaf && len(s.others) < 64 {
			s.others = append(s.others, from) // leaf n is record n+1
		}
	}
}

// mark compares the root if a mark is at this size.
func (s *scan) mark() {
	for len(s.marks) > 0 && s.marks[0].size == s.size {
		m := s.marks[0]
		s.marks = s.marks[1:]
		if s.root() != m.root {
			s.missed = append(s.missed, m)
		}
	}
}

// verdict returns a [*TamperError] if a mark was missed or lies beyond the end.
func (l *Log) verdict(s *scan) error {
	if len(s.missed) > 0 {
		m := s.missed[0]
		return l.tampered(Fork, m, s.size, s.culprit(m), "the records are not those that were signed")
	}
	if len(s.marks) > 0 {
		m := s.marks[0]
		return l.tampered(Rollback, m, s.size, 0, fmt.Sprintf("it covers %d records, the log has %d", m.size, s.size))
	}
	return nil
}

// culprit returns the first record that is not the one that was signed, as far as stored hashes can still prove it.
func (s *scan) culprit(m mark) uint64 {
	for _, seq := range s.others {
		index, size := int64(seq)-1, int64(m.size)
		path, err := tlog.ProveRecord(size, index, s.against) // fails if the record is beyond
		if err != nil {
			continue
		}
		leaf, err := s.against.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err == nil && tlog.CheckRecord(path, size, m.root, index, leaf[0]) == nil {
			return seq
		}
	}
	return 0
}

// agree holds the tree of a view against a mark with the stored hashes alone. It returns nil, a [*TamperError], or
// errDamaged if the stored hashes contradict the root of the view and nothing can be said.
func (l *Log) agree(v *view, m mark) error {
	if m.size > v.size {
		return l.tampered(Rollback, m, v.size, 0, fmt.Sprintf("it covers %d records, the log has %d", m.size, v.size))
	}
	fork := l.tampered(Fork, m, v.size, 0, "the log has other records than those that were signed")
	if m.size == 0 {
		if m.root != emptyRoot() {
			return fork
		}
		return nil
	}
	proof, err := tlog.ProveTree(int64(v.size), int64(m.size), v.hashes)
	if err != nil {
		return errDamaged
	}
	if tlog.CheckTree(proof, int64(v.size), v.root, int64(m.size), m.root) == nil {
		return nil
	}
	own, err := tlog.TreeHash(int64(m.size), v.hashes)
	if err != nil || tlog.CheckTree(proof, int64(v.size), v.root, int64(m.size), own) != nil {
		return errDamaged
	}
	return fork
}
