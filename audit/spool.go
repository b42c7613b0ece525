package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/modreg/modreg/internal/disk"
)

// The emergency spool is one file of fixed size, written in full when it is made, so that a disk that is full later
// does not matter. It begins with two blocks, written in turn so that one is whole whatever happens:
//
//	magic "modreg-spool-1\n\x00" | turn | generation | start | lost | CRC-32C of what is before
//
// Entries follow one another from start on: length, CRC-32C over generation and data, data. What does not carry the sum
// of the current generation is free, which is how a torn entry ends the list. All numbers are little-endian.
const (
	spoolSize    = 1 << 20
	spoolBlock   = 512
	spoolData    = 2 * spoolBlock // where entries begin
	spoolMagic   = "modreg-spool-1\n\x00"
	spoolHeader  = len(spoolMagic) + 4*8 + 4
	entryHeader  = 4 + 4
	spoolFiller  = 0xa5 // not zero: there are disks that do not store zeroes
	spoolPattern = 64 << 10
)

// errSpoolFull is returned for an entry that has no room; it is counted as lost.
var errSpoolFull = errors.New("the emergency spool is full")

// spoolFile is what a spool needs of its file, and what tests break.
type spoolFile interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
	Close() error
}

// A spool keeps events that the log cannot take. It is safe for concurrent use.
type spool struct {
	mu   sync.Mutex
	file spoolFile
	head spoolHead // guarded by mu
	end  int64     // where the next entry goes; guarded by mu
}

type spoolHead struct{ turn, generation, start, lost uint64 }

// openSpool opens the spool in a file, and makes it if it is not there or was not made to its end.
func openSpool(path string) (*spool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < spoolSize {
		if err = allocate(f); err == nil {
			err = disk.SyncDir(filepath.Dir(path))
		}
	}
	var s *spool
	if err == nil {
		s, err = readSpool(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the emergency spool %q: %w", path, err), f.Close())
	}
	return s, nil
}

// allocate fills a file from behind the blocks to the end, and then writes the blocks: until they are there it is no spool.
func allocate(f *os.File) error {
	filler := make([]byte, spoolPattern)
	for i := range filler {
		filler[i] = spoolFiller
	}
	for at := int64(0); at < spoolSize; at += int64(len(filler)) {
		if _, err := f.WriteAt(filler, at); err != nil {
			return err
		}
	}
	s := &spool{file: f}
	for range 2 {
		if err := s.writeHead(spoolHead{generation: 1, start: spoolData}); err != nil {
			return err
		}
	}
	return nil
}

// readSpool reads the newer block and finds the end of the entries.
func readSpool(f spoolFile) (*spool, error) {
	s := &spool{file: f}
	found := false
	for i := range int64(2) {
		var b [spoolHeader]byte
		if _, err := f.ReadAt(b[:], i*spoolBlock); err != nil {
			return nil, err
		}
		if h, ok := parseHead(b); ok && (!found || h.turn > s.head.turn) {
			s.head, found = h, true
		}
	}
	if !found {
		return nil, errors.New("neither of its heads is whole (if what it holds is not needed, delete the file)")
	}
	s.end = int64(s.head.start)
	for {
		data, err := s.entry(s.end)
		if err != nil {
			return nil, err
		}
		if data == nil {
			return s, nil
		}
		s.end += int64(entryHeader + len(data))
	}
}

func parseHead(b [spoolHeader]byte) (h spoolHead, ok bool) {
	n := len(b) - 4
	if string(b[:len(spoolMagic)]) != spoolMagic || binary.LittleEndian.Uint32(b[n:]) != checksum(b[:n]) {
		return h, false
	}
	v := b[len(spoolMagic):]
	h = spoolHead{
		turn: binary.LittleEndian.Uint64(v), generation: binary.LittleEndian.Uint64(v[8:]),
		start: binary.LittleEndian.Uint64(v[16:]), lost: binary.LittleEndian.Uint64(v[24:]),
	}
	return h, h.start >= spoolData && h.start <= spoolSize
}

// writeHead makes h the head of the spool, durably. It is called with mu held.
func (s *spool) writeHead(h spoolHead) error {
	h.turn = s.head.turn + 1
	b := make([]byte, 0, spoolHeader)
	b = append(b, spoolMagic...)
	for _, v := range []uint64{h.turn, h.generation, h.start, h.lost} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	if _, err := s.file.WriteAt(b, int64(h.turn%2)*spoolBlock); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.head = h
	return nil
}

// entry returns the data of the entry at a place; nil if there is none.
func (s *spool) entry(at int64) ([]byte, error) {
	var head [entryHeader]byte
	if at+int64(len(head)) > spoolSize {
		return nil, nil
	}
	if _, err := s.file.ReadAt(head[:], at); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n == 0 || n > MaxEvent || at+int64(len(head))+n > spoolSize {
		return nil, nil
	}
	data := make([]byte, n)
	if _, err := s.file.ReadAt(data, at+int64(len(head))); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head[4:]) != s.sum(data) {
		return nil, nil
	}
	return data, nil
}

// sum returns the check sum of an entry of the current generation.
func (s *spool) sum(data []byte) uint32 {
	var g [8]byte
	binary.LittleEndian.PutUint64(g[:], s.head.generation)
	return crc32.Update(checksum(g[:]), castagnoli(), data)
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli()) }

// put keeps an entry, durably. What it cannot keep it counts as lost, as durably as it can, and returns why.
func (s *spool) put(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(data)
	if err == nil {
		return nil
	}
	h := s.head
	h.lost++
	if headErr := s.writeHead(h); headErr != nil {
		s.head.lost = h.lost // as long as the process lives
		err = errors.Join(err, headErr)
	}
	return err
}

// write is called with mu held.
func (s *spool) write(data []byte) error {
	n := int64(entryHeader + len(data))
	if s.end+n > spoolSize {
		return errSpoolFull
	}
	b := make([]byte, 0, n)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, s.sum(data))
	b = append(b, data...)
	if _, err := s.file.WriteAt(b, s.end); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.end += n
	return nil
}

// pending returns the entries, where they end, and how many were lost.
func (s *spool) pending() (entries [][]byte, end int64, lost uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := int64(s.head.start); at < s.end; {
		data, err := s.entry(at)
		if err != nil {
			return nil, 0, 0, err
		}
		if data == nil { // the file was damaged while it was open: where the entries after this one begin is not known
			return entries, s.end, s.head.lost + 1, nil
		}
		entries = append(entries, data)
		at += int64(entryHeader + len(data))
	}
	return entries, s.end, s.head.lost, nil
}

// drop forgets the entries before end and lost of those that were lost, durably: they are in the log.
func (s *spool) drop(end int64, lost uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.head
	h.start, h.lost = uint64(end), h.lost-min(lost, h.lost)
	if end == s.end { // nothing came after: all of it is free again
		h.start, h.generation = spoolData, h.generation+1
	}
	if err := s.writeHead(h); err != nil {
		return err
	}
	if h.start == spoolData {
		s.end = spoolData
	}
	return nil
}

// use returns how many bytes are taken and how many events were lost.
func (s *spool) use() (bytes int64, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end - int64(s.head.start), s.head.lost
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.Close()
}
