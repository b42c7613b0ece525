package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
)

const (
	format    = 1 // that this version writes
	magic     = "modreg backup "
	magicLine = magic + "1\n"

	agePrefix = "age-encryption.org/"
)

// writeText writes the lines before the blocks, and returns the sum that goes on with the blocks.
func writeText(w io.Writer, m *Manifest) (hash.Hash, error) {
	head, err := m.header()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	text := append(append([]byte(magicLine), head...), '\n')
	sum.Write(text)
	text = hex.AppendEncode(text, sum.Sum(nil))
	_, err = w.Write(append(text, '\n'))
	return sum, err
}

// readText is the inverse of [writeText].
func readText(r *bufio.Reader, encrypted bool) (Manifest, hash.Hash, error) {
	first, err := readLine(r, len(magic)+10)
	if err != nil {
		return Manifest{}, nil, err
	}
	if string(first) != magicLine {
		return Manifest{}, nil, notMagic(string(first))
	}
	head, err := readLine(r, MaxHeader+1)
	if err != nil {
		return Manifest{}, nil, err
	}
	want, err := readLine(r, 2*sha256.Size+1)
	if err != nil {
		return Manifest{}, nil, err
	}
	sum := sha256.New()
	sum.Write(first)
	sum.Write(head)
	if got := hex.EncodeToString(sum.Sum(nil)); got+"\n" != string(want) {
		return Manifest{}, nil, damaged("the header", "its checksum does not fit")
	}
	m, err := parseHeader(head[:len(head)-1], encrypted)
	if err != nil {
		return Manifest{}, nil, &DamageError{Where: "the header", Err: err}
	}
	return m, sum, nil
}

// notMagic returns the error for a first line that is not that of this format.
func notMagic(line string) error {
	digits, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), magic)
	if found, err := strconv.Atoi(digits); ok && err == nil && found > format && strconv.Itoa(found) == digits {
		return &FormatError{Found: found, Supported: format}
	}
	return damaged("the first line", "it is not that of a backup")
}

// readLine reads a line of at most limit bytes, with its end.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return nil, damaged("the header", "a line has more than %d bytes", limit)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, io.EOF):
			return nil, ErrUnfinished
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// A source counts and sums up what is read, and remembers whether reading it failed: what fails above it then is not
// the backup's fault.
type source struct {
	ctx context.Context //nolint:containedctx // it lives as long as the call that makes it
	r   io.Reader
	sum hash.Hash
	n   int64
	err error // other than io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	s.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// A tally counts and sums up what is written, and does not put up with less.
type tally struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.n += int64(n)
	t.sum.Write(p[:n])
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// looksSecret reports whether the content of a file looks like a private key.
func looksSecret(data []byte) bool {
	for _, mark := range []string{"PRIVATE+KEY+", "AGE-SECRET-KEY-", "PRIVATE KEY-----", "AGE-PLUGIN-"} {
		if bytes.Contains(data, []byte(mark)) {
			return true
		}
	}
	return false
}
