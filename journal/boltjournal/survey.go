package boltjournal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A survey is what a walk through the file found. It checks that every stream has exactly the records that it should
// have; if it is deep, also what they and the snapshots hold.
type survey struct {
	path    string
	deep    bool
	version int
	extents map[string]extent // of the bucket of streams
	found   map[string]extent // of the buckets of records; first 0 if there are none
	fixed   int               // how many of the other buckets there are
	shots   map[string]shot   // by key; deep only
	chunks  map[uint64]uint32 // how many chunks there are, by the id of the snapshot; deep only
	problem error             // the first thing that is wrong with the content
}

func newSurvey(path string, deep bool) *survey {
	return &survey{
		path: path, deep: deep, extents: map[string]extent{}, found: map[string]extent{},
		shots: map[string]shot{}, chunks: map[uint64]uint32{},
	}
}

// walk walks through one state of the file.
func (s *survey) walk(ctx context.Context, r io.ReaderAt, size int64, m meta) error {
	err := walk(ctx, r, size, m, s.bucket, func(bucket string, key, value []byte) error {
		s.visit(bucket, key, value)
		return nil
	})
	if err == nil {
		err = s.finish()
	}
	if e, ok := errors.AsType[*CorruptError](err); ok && e.Path == "" {
		e.Path = s.path
	}
	return err
}

func (s *survey) fail(where string, seq uint64, format string, args ...any) {
	if s.problem == nil {
		s.problem = &CorruptError{Path: s.path, Where: where, Seq: seq, Err: fmt.Errorf(format, args...)}
	}
}

// bucket notes a bucket. What is wrong with the content is held back until the version is known: a later
// layout may have other buckets.
func (s *survey) bucket(name string) {
	if stream, ok := strings.CutPrefix(name, recordsPrefix); ok {
		s.found[stream] = extent{}
		return
	}
	switch name {
	case headerBucket, streamsBucket, snapshotBucket, chunkBucket:
		s.fixed++
	default:
		s.fail(fmt.Sprintf("bucket %q", name), 0, "no journal has one of that name")
	}
}

func (s *survey) visit(bucket string, key, value []byte) {
	switch bucket {
	case headerBucket:
		if version, err := decodeVersion(value); err != nil || string(key) != versionKey {
			s.fail("the version", 0, "%w", errors.Join(err, unlessEqual(string(key), versionKey)))
		} else {
			s.version = version
		}
	case streamsBucket:
		e, err := decodeExtent(string(key), value)
		if err != nil {
			s.fail(fmt.Sprintf("the head of stream %q", key), 0, "%w", err)
		}
		s.extents[string(key)] = e
	case snapshotBucket:
		s.visitSnapshot(key, value)
	case chunkBucket:
		s.visitChunk(key, value)
	default:
		s.visitRecord(strings.TrimPrefix(bucket, recordsPrefix), key, value)
	}
}

func unlessEqual(got, want string) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("it is called %q", got)
}

// visitRecord checks that the records of a stream follow each other.
func (s *survey) visitRecord(stream string, key, value []byte) {
	where := streamPlace(stream)
	if len(key) != 8 {
		s.fail(where, 0, "a record has a key of %d bytes", len(key))
		return
	}
	e, seq := s.found[stream], binary.BigEndian.Uint64(key)
	switch {
	case e.first == 0:
		e.first = seq
	case e.head+1 != seq:
		s.fail(where, e.head+1, "it is missing: record %d follows record %d", seq, e.head)
	}
	e.head = seq
	s.found[stream] = e
	if !s.deep {
		return
	}
	if _, err := checkRecord(stream, seq, value); err != nil {
		s.fail(where, seq, "%w", err)
	}
}

func streamPlace(stream string) string { return fmt.Sprintf("stream %q", stream) }

// finish draws the conclusions.
func (s *survey) finish() error {
	switch {
	case s.version > layoutVersion:
		return &VersionError{Path: s.path, Found: s.version, Supported: layoutVersion}
	case s.problem != nil:
		return s.problem
	case s.version == 0:
		return &CorruptError{Path: s.path, Where: "the version", Err: errors.New("it is missing: the file is not a journal")}
	case s.version == 1: // which has records only, and as many as there are
		return nil
	}
	if s.fixed != 4 {
		return &CorruptError{Path: s.path, Where: "the root", Err: errors.New("a bucket is missing")}
	}
	for stream, e := range s.extents {
		found, ok := s.found[stream]
		switch {
		case !ok:
			s.fail(streamPlace(stream), 0, "its records are missing")
		case e.head < e.first && found.first != 0:
			s.fail(streamPlace(stream), found.first, "it should not be there")
		case e.head >= e.first && found.first != e.first:
			s.fail(streamPlace(stream), e.first, "it is missing: the first one is record %d", found.first)
		case e.head >= e.first && found.head != e.head:
			s.fail(streamPlace(stream), e.head, "it is missing: the last one is record %d", found.head)
		}
	}
	for stream := range s.found {
		if _, ok := s.extents[stream]; !ok {
			s.fail(streamPlace(stream), 0, "its head is missing")
		}
	}
	s.finishSnapshots()
	return s.problem
}
