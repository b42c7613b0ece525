package main

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The format of encrypted data, version 1:
//
//	magic "modregS", version 1     8 bytes
//	iterations, chunk size         4 + 4 bytes, big endian
//	salt                           32 bytes, random
//	chunks                         each chunk size bytes, the last one fewer, + 16 bytes of tag
//
// The key of a file is PBKDF2-HMAC-SHA-256 of passphrase, salt and iterations. Each chunk is sealed by AES-256-GCM with the
// whole header as additional data and a nonce of 3 zero bytes, the chunk's number (8 bytes) and whether it is the last (1
// byte): the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015). A nonce does not repeat, as the salt
// makes the key the file's own; a chunk that is missing, moved or changed does not open; only an empty file has an empty chunk.
const (
	sealMagic   = "modregS"
	sealVersion = 1
	headerSize  = 48
	keySize     = 32

	minIterations, maxIterations = 1_000, 100_000_000
	minChunk, maxChunk           = 1 << 10, 1 << 20
)

// A header is the beginning of encrypted data.
type header struct {
	iterations uint32
	chunk      uint32
	salt       [32]byte
}

func (h *header) append(b []byte) []byte {
	b = append(b, sealMagic...)
	b = append(b, sealVersion)
	b = binary.BigEndian.AppendUint32(b, h.iterations)
	b = binary.BigEndian.AppendUint32(b, h.chunk)
	return append(b, h.salt[:]...)
}

// readHeader reads a header. Its numbers are not authenticated before the first chunk is: they are limits here.
func readHeader(r io.Reader, mostIterations uint32) (h header, raw []byte, err error) {
	raw = make([]byte, headerSize)
	if n, err := io.ReadFull(r, raw); err == io.EOF || err == io.ErrUnexpectedEOF {
		return h, nil, fmt.Errorf("this is not encrypted data: it has %d bytes", n)
	} else if err != nil {
		return h, nil, err
	}
	if string(raw[:7]) != sealMagic {
		return h, nil, errors.New("this is not encrypted data: it begins otherwise")
	}
	if raw[7] != sealVersion {
		return h, nil, fmt.Errorf("version %d of the format is not known: %d is", raw[7], sealVersion)
	}
	h.iterations = binary.BigEndian.Uint32(raw[8:])
	h.chunk = binary.BigEndian.Uint32(raw[12:])
	copy(h.salt[:], raw[16:])
	return h, raw, errors.Join(
		within("header: iterations", h.iterations, minIterations, mostIterations),
		within("header: chunk size", h.chunk, minChunk, maxChunk))
}

// A sealer seals and opens the chunks of one file. It is used by one goroutine.
type sealer struct {
	aead   cipher.AEAD
	header []byte
}

func newSealer(passphrase string, h *header) (*sealer, error) {
	key, err := pbkdf2.Key(sha256.New, passphrase, h.salt[:], int(h.iterations), keySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead, h.append(nil)}, err
}

func nonce(number uint64, last bool) []byte {
	n := binary.BigEndian.AppendUint64(make([]byte, 3, 12), number)
	if last {
		return append(n, 1)
	}
	return append(n, 0)
}

func (s *sealer) seal(to, chunk []byte, number uint64, last bool) []byte {
	return s.aead.Seal(to, nonce(number, last), chunk, s.header)
}

func (s *sealer) open(to, sealed []byte, number uint64, last bool) ([]byte, error) {
	return s.aead.Open(to, nonce(number, last), sealed, s.header)
}

// readChunk fills buf as far as the data goes, and reports whether the data ends there. Only the reader's own
// io.EOF is the end: an error that wraps one is not.
func readChunk(r *bufio.Reader, buf []byte) (chunk []byte, last bool, err error) {
	n, err := io.ReadFull(r, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return buf[:n], true, nil
	}
	if err != nil {
		return nil, false, err
	}
	_, more := r.Peek(1)
	if more == io.EOF {
		return buf, true, nil
	}
	return buf, false, more
}
