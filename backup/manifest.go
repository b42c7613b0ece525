package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/modreg/modreg/record"
)

// Limits of what a backup holds. What is beyond them is refused when it is written and when it is read.
const (
	MaxRecord   = 16 << 20 // bytes of a record
	MaxSnapshot = 1 << 30  // bytes of a snapshot
	MaxFile     = 16 << 20 // bytes of a file
	MaxHeader   = 1 << 20  // bytes of the header, and of the end
	MaxStreams  = 4096
	MaxFiles    = 256
	MaxName     = 100 // bytes of the name of a stream or a file

	maxSeq = 1 << 62 // of a record
)

// A Manifest says what a backup holds.
type Manifest struct {
	Format    int       `json:"format"`
	Created   time.Time `json:"created"` // when it was begun, in UTC, to the second
	Node      string    `json:"node,omitempty"`
	Encrypted bool      `json:"encrypted,omitempty"`
	Streams   []Stream  `json:"streams"`
	Files     []File    `json:"files"`
	Size      int64     `json:"size"`   // bytes of the whole backup, as it is stored
	Digest    Digest    `json:"sha256"` // of the whole backup, as it is stored
}

// A Stream says what a backup holds of one stream of the journal.
type Stream struct {
	Name         string `json:"name"`
	First        uint64 `json:"first"`                   // sequence number of the first record; those before were pruned
	Head         uint64 `json:"head"`                    // sequence number of the last record; 0 if there is none
	Hash         Digest `json:"hash,omitzero"`           // SHA-256 of the data of the last record
	Leaves       bool   `json:"leaves,omitempty"`        // whether it holds the leaf hashes of the pruned records
	Snapshot     uint64 `json:"snapshot,omitempty"`      // sequence number of the snapshot that it holds; 0 if none
	SnapshotSize uint64 `json:"snapshot_size,omitempty"` // bytes
	Bytes        uint64 `json:"bytes,omitempty"`         // of the data of the records
	Digest       Digest `json:"sha256,omitzero"`         // of the frames of the stream
}

// Records returns how many records the backup holds of the stream.
func (s *Stream) Records() uint64 { return s.Head + 1 - s.First }

// A File says what a backup holds of one file.
type File struct {
	Name   string `json:"name"`
	Size   int    `json:"size"` // bytes
	Digest Digest `json:"sha256"`
	Secret bool   `json:"secret,omitempty"` // whether it was given in [Source.Secrets]
}

// A Digest is a SHA-256.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText returns the digest in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText takes 64 hexadecimal digits.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != 2*len(d) {
		return fmt.Errorf("a digest has %d digits, not %d", 2*len(d), len(text))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// header is the second line of a backup, end its last frame.
type (
	header struct {
		Created time.Time `json:"created"`
		Node    string    `json:"node"`
		Streams []Stream  `json:"streams"`
		Files   []File    `json:"files"`
	}
	end struct {
		Streams []Stream `json:"streams"`
		Files   []File   `json:"files"`
	}
)

func (m *Manifest) header() ([]byte, error) {
	line, err := json.Marshal(header{Created: m.Created, Node: m.Node, Streams: m.Streams, Files: m.Files})
	if err == nil && len(line) > MaxHeader {
		err = fmt.Errorf("the header has %d bytes, at most %d are allowed: back up fewer streams", len(line), MaxHeader)
	}
	return line, err
}

func (m *Manifest) end() ([]byte, error) {
	data, err := json.Marshal(end{Streams: m.Streams, Files: m.Files})
	if err == nil && len(data) > MaxHeader+MaxStreams*128 {
		err = fmt.Errorf("the end has %d bytes", len(data))
	}
	return data, err
}

// parseHeader is the inverse of [Manifest.header] and refuses what it would not have made.
func parseHeader(line []byte, encrypted bool) (Manifest, error) {
	var h header
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Format: format, Created: h.Created, Node: h.Node, Encrypted: encrypted, Streams: h.Streams, Files: h.Files}
	if again, err := m.header(); err != nil || !bytes.Equal(again, line) {
		return Manifest{}, errors.New("it is not spelled as a header is")
	}
	for _, s := range m.Streams {
		if s.Bytes != 0 || s.Digest != (Digest{}) {
			return Manifest{}, fmt.Errorf("stream %q: what only the end can say stands in the header", s.Name)
		}
	}
	return m, m.check()
}

// check reports what of a header is outside the grammar and the limits.
func (m *Manifest) check() error {
	if m.Created.Location() != time.UTC || m.Created.Nanosecond() != 0 {
		return errors.New("the time is not one in UTC, to the second")
	}
	if err := record.CheckID("node", m.Node); err != nil {
		return err
	}
	if len(m.Streams) > MaxStreams || len(m.Files) > MaxFiles {
		return fmt.Errorf("%d streams and %d files are too many: at most %d and %d", len(m.Streams), len(m.Files), MaxStreams, MaxFiles)
	}
	seen := map[string]bool{}
	for i := range m.Streams {
		s := &m.Streams[i]
		if err := s.check(); err != nil {
			return err
		}
		if seen[s.Name] {
			return fmt.Errorf("stream %q is there twice", s.Name)
		}
		seen[s.Name] = true
	}
	clear(seen)
	for i := range m.Files {
		f := &m.Files[i]
		if err := f.check(); err != nil {
			return err
		}
		if seen[f.Name] {
			return fmt.Errorf("file %q is there twice", f.Name)
		}
		if f.Secret && !m.Encrypted {
			return fmt.Errorf("file %q is a private key, and the backup is not encrypted", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

func (s *Stream) check() error {
	if err := checkStream(s.Name); err != nil {
		return err
	}
	switch {
	case s.Head > maxSeq || s.First == 0 || s.First > max(s.Head, 1):
		return fmt.Errorf("stream %q: it cannot have records %d to %d", s.Name, s.First, s.Head)
	case s.Head == 0 && s.Hash != Digest{}:
		return fmt.Errorf("stream %q: it has the hash of a record and no record", s.Name)
	case s.Leaves && s.First == 1:
		return fmt.Errorf("stream %q: it has hashes of pruned records and no pruned records", s.Name)
	case s.Snapshot == 0 && s.SnapshotSize != 0, s.SnapshotSize > MaxSnapshot:
		return fmt.Errorf("stream %q: a snapshot cannot have %d bytes", s.Name, s.SnapshotSize)
	case s.Snapshot != 0 && (s.First == 1 || s.Snapshot < s.First || s.Snapshot > s.Head):
		return fmt.Errorf("stream %q: a backup of records %d to %d has no snapshot after record %d", s.Name, s.First, s.Head, s.Snapshot)
	}
	return nil
}

func (f *File) check() error {
	if err := checkFile(f.Name); err != nil {
		return err
	}
	if f.Size < 0 || f.Size > MaxFile {
		return fmt.Errorf("file %q has %d bytes, at most %d are allowed", f.Name, f.Size, MaxFile)
	}
	return nil
}

// checkStream checks the name of a stream.
func checkStream(name string) error {
	if name == "" || len(name) > MaxName {
		return fmt.Errorf("the name of a stream has 1 to %d bytes, not %d", MaxName, len(name))
	}
	for i := range len(name) {
		if c := name[i]; !lower(c) && c != '-' && c != '/' {
			return fmt.Errorf("the stream name %q has %q in it; use lower-case letters, digits, - and /", name, c)
		}
	}
	return nil
}

// checkFile checks the name of a file, which is good in a folder of any operating system that does not tell upper from
// lower case.
func checkFile(name string) error {
	if name == "" || len(name) > MaxName {
		return fmt.Errorf("the name of a file has 1 to %d bytes, not %d", MaxName, len(name))
	}
	for i := range len(name) {
		c := name[i]
		if !lower(c) && (i == 0 || i == len(name)-1 || c != '.' && c != '-' && c != '_') {
			return fmt.Errorf("the file name %q has %q where it cannot be; use lower-case letters and digits, with .-_ between them", name, c)
		}
	}
	return nil
}

func lower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
