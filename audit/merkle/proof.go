package merkle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	proofTitle = "c2sp.org/tlog-proof@v1"
	maxHashes  = 64 // of a proof: the height of the largest tree
	// maxProof is the size of the largest proof in bytes: a record in base64 and the rest.
	maxProof = (MaxRecord+2)/3*4 + maxHashes*45 + maxNote + 1024
)

// A Proof shows that one record is in a log. As a file it is a C2SP tlog-proof whose extra data is the record itself, so
// that the file stands alone; it is usually named with the extension .tlog-proof. Nothing in a Proof is to be believed
// before [Proof.Verify].
type Proof struct {
	Seq    uint64      // the number of the record in its stream; the index in the file is one less
	Record []byte      // the data of the record
	Hashes []tlog.Hash // the path from the record's sibling up, as in RFC 6962, 2.1.1
	Note   []byte      // the checkpoint that covers the record
}

// Marshal returns the proof as a file. It fails if the proof is not one that [ParseProof] would read.
func (p Proof) Marshal() ([]byte, error) {
	if p.Seq == 0 || p.Seq > maxSize || len(p.Record) > MaxRecord || len(p.Hashes) > maxHashes || len(p.Note) > maxNote || len(p.Note) == 0 {
		return nil, errors.New("proof: a part of it is missing or too large")
	}
	var b bytes.Buffer
	b.WriteString(proofTitle + "\n")
	if len(p.Record) > 0 {
		b.WriteString("extra " + base64.StdEncoding.EncodeToString(p.Record) + "\n")
	}
	b.WriteString("index " + strconv.FormatUint(p.Seq-1, 10) + "\n")
	for _, h := range p.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(p.Note)
	return b.Bytes(), nil
}

// ParseProof reads a file that [Proof.Marshal] wrote, and no other: there is one text for one proof. It does not verify it.
// A file of more than 22 MiB is refused.
func ParseProof(data []byte) (Proof, error) {
	if len(data) > maxProof {
		return Proof{}, fmt.Errorf("proof: %d bytes, at most %d are allowed", len(data), maxProof)
	}
	head, msg, ok := bytes.Cut(data, []byte("\n\n"))
	if !ok || len(msg) == 0 || len(msg) > maxNote {
		return Proof{}, errors.New("proof: it has no checkpoint after an empty line")
	}
	p := Proof{Note: bytes.Clone(msg)}
	lines := strings.Split(string(head), "\n")
	if lines[0] != proofTitle {
		return Proof{}, fmt.Errorf("proof: the first line is not %q", proofTitle)
	}
	lines = lines[1:]
	if len(lines) > 0 {
		if extra, ok := strings.CutPrefix(lines[0], "extra "); ok {
			record, err := base64.StdEncoding.Strict().DecodeString(extra)
			if err != nil || len(record) == 0 || len(record) > MaxRecord || base64.StdEncoding.EncodedLen(len(record)) != len(extra) {
				return Proof{}, errors.New("proof: the extra data is not a record in base64")
			}
			p.Record, lines = record, lines[1:]
		}
	}
	if len(lines) == 0 || len(lines) > 1+maxHashes {
		return Proof{}, errors.New("proof: it has no index, or too many hashes")
	}
	index, ok := strings.CutPrefix(lines[0], "index ")
	n, err := parseSize(index)
	if !ok || err != nil || n >= maxSize {
		return Proof{}, errors.New("proof: the line before the hashes is not an index")
	}
	p.Seq = n + 1
	for i, line := range lines[1:] {
		h, err := parseHash(line)
		if err != nil {
			return Proof{}, fmt.Errorf("proof: hash %d: %w", i+1, err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// Verify checks the proof and returns the checkpoint that covers the record. The checkpoint must be of the origin and
// signed by one of the keys, see [ParseCheckpoint]. After a nil error the record is the one with this number in that log.
func (p Proof) Verify(known note.Verifiers, origin string) (Checkpoint, error) {
	cp, err := ParseCheckpoint(p.Note, known, origin)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verify the proof of record %d: %w", p.Seq, err)
	}
	if err := p.check(cp); err != nil {
		return Checkpoint{}, fmt.Errorf("verify the proof of record %d: %w", p.Seq, err)
	}
	return cp, nil
}

func (p Proof) check(cp Checkpoint) error {
	if p.Seq == 0 || p.Seq > cp.Size {
		return fmt.Errorf("the checkpoint covers %d records only", cp.Size)
	}
	leaf := newHasher().leaf(p.Record)
	if tlog.CheckRecord(p.Hashes, int64(cp.Size), cp.Root, int64(p.Seq)-1, leaf) != nil {
		return errors.New("the checkpoint is not of a log with this record at this place")
	}
	return nil
}
