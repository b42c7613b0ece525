package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"

	"github.com/modreg/modreg"
)

type encryptConfig struct {
	Iterations uint32 `json:"iterations"`  // of the key's derivation
	ChunkBytes uint32 `json:"chunk_bytes"` // what is held in memory at a time, about twice
}

func (c encryptConfig) check() error {
	return errors.Join(
		within("iterations", c.Iterations, minIterations, maxIterations),
		within("chunk_bytes", c.ChunkBytes, minChunk, maxChunk))
}

func newEncrypt(c encryptConfig, d modreg.Deps) (Stage, error) {
	keys, err := modreg.Need(d, PassphraseCapability)
	if err != nil {
		return nil, err
	}
	return stageFunc(func(ctx context.Context, in io.Reader, out io.Writer) error {
		h := header{iterations: c.Iterations, chunk: c.ChunkBytes}
		_, _ = rand.Read(h.salt[:]) // never fails: see its documentation
		s, err := unlock(ctx, keys, &h)
		if err != nil {
			return err
		}
		if _, err := out.Write(s.header); err != nil {
			return err
		}
		return s.encrypt(in, out, make([]byte, h.chunk))
	}), nil
}

// unlock makes the sealer of one file from the passphrase that the plugin requires.
func unlock(ctx context.Context, keys *modreg.Handle[Passphrase], h *header) (*sealer, error) {
	return modreg.Do(ctx, keys, func(_ context.Context, p Passphrase) (*sealer, error) {
		return newSealer(p.Passphrase(), h)
	})
}

func (s *sealer) encrypt(in io.Reader, out io.Writer, buf []byte) error {
	r := bufio.NewReader(in)
	sealed := make([]byte, 0, len(buf)+s.aead.Overhead())
	for number := uint64(0); ; number++ {
		chunk, last, err := readChunk(r, buf)
		if err != nil {
			return err
		}
		sealed = s.seal(sealed[:0], chunk, number, last)
		if _, err := out.Write(sealed); err != nil || last {
			return err
		}
	}
}
