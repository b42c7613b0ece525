package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// The kinds of frames.
const (
	kindStream   = 'S'
	kindLeaves   = 'L'
	kindRecord   = 'R'
	kindSnapshot = 'P'
	kindFile     = 'F'
	kindEnd      = 'E'
)

const (
	frameHead    = 1 + 4
	leavesFrame  = 4096    // hashes in a frame
	snapshotPart = 1 << 20 // bytes in a frame
	maxEnd       = MaxHeader + MaxStreams*128
)

// A frameWriter writes frames and sums up those of a section.
type frameWriter struct {
	w       io.Writer
	section hash.Hash
	head    [frameHead + 8]byte
}

func newFrameWriter(w io.Writer) *frameWriter { return &frameWriter{w: w, section: sha256.New()} }

// frame writes one frame.
func (f *frameWriter) frame(kind byte, payload []byte) error {
	f.head[0] = kind
	binary.BigEndian.PutUint32(f.head[1:], uint32(len(payload)))
	return f.write(f.head[:frameHead], payload)
}

// record writes the frame of one record.
func (f *frameWriter) record(seq uint64, data []byte) error {
	f.head[0] = kindRecord
	binary.BigEndian.PutUint32(f.head[1:], uint32(8+len(data)))
	binary.BigEndian.PutUint64(f.head[frameHead:], seq)
	return f.write(f.head[:], data)
}

func (f *frameWriter) write(head, payload []byte) error {
	f.section.Write(head)
	f.section.Write(payload)
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(payload)
	return err
}

// endSection returns the sum of the frames since the last call.
func (f *frameWriter) endSection() (d Digest) {
	f.section.Sum(d[:0])
	f.section.Reset()
	return d
}

// A frameReader reads frames and sums up those of a section.
type frameReader struct {
	next    func() ([]byte, error) // more bytes; io.EOF after the last
	rest    []byte                 // of those, not yet read
	buf     []byte
	section hash.Hash
}

func newFrameReader(next func() ([]byte, error)) *frameReader {
	return &frameReader{next: next, section: sha256.New()}
}

// frame returns the payload of the next frame, valid until the next call. It must be of that kind and have at most
// limit bytes.
func (f *frameReader) frame(kind byte, limit int) ([]byte, error) {
	head, err := f.take(frameHead)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(head[1:]))
	if head[0] != kind {
		return nil, damaged("a frame", "it is of kind %q where one of kind %q belongs", head[0], kind)
	}
	if n < 0 || n > limit {
		return nil, damaged("a frame", "one of kind %q has %d bytes, at most %d are allowed", kind, n, limit)
	}
	f.section.Write(head)
	payload, err := f.take(n)
	f.section.Write(payload)
	return payload, err
}

// take returns the next n bytes.
func (f *frameReader) take(n int) ([]byte, error) {
	if len(f.rest) >= n {
		taken := f.rest[:n]
		f.rest = f.rest[n:]
		return taken, nil
	}
	f.buf = f.buf[:0]
	for len(f.buf) < n {
		if len(f.rest) == 0 {
			var err error
			if f.rest, err = f.next(); err != nil {
				if errors.Is(err, io.EOF) {
					err = ErrUnfinished
				}
				return nil, err
			}
		}
		some := min(n-len(f.buf), len(f.rest))
		f.buf = append(f.buf, f.rest[:some]...)
		f.rest = f.rest[some:]
	}
	return f.buf, nil
}

// end returns nil if nothing follows.
func (f *frameReader) end() error {
	rest := f.rest
	var err error
	if len(rest) == 0 {
		rest, err = f.next()
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return damaged("the end", "%d bytes or more follow it", len(rest))
	}
}

// endSection returns the sum of the frames since the last call.
func (f *frameReader) endSection() (d Digest) {
	f.section.Sum(d[:0])
	f.section.Reset()
	return d
}
