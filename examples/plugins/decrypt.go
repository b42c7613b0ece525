package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/modreg/modreg"
)

type decryptConfig struct {
	MaxIterations uint32 `json:"max_iterations"` // what a header may make this program compute
}

func (c decryptConfig) check() error {
	return within("max_iterations", c.MaxIterations, minIterations, maxIterations)
}

// What is wrong with encrypted data.
var (
	errTruncated = errors.New("the encrypted data is cut off")
	errTampered  = errors.New("the encrypted data was changed or cut off")
	errTrailing  = errors.New("something follows the end of the encrypted data")
	errFirst     = errors.New("the passphrase is wrong, or the encrypted data was changed")
)

func newDecrypt(c decryptConfig, d modreg.Deps) (Stage, error) {
	keys, err := modreg.Need(d, PassphraseCapability)
	if err != nil {
		return nil, err
	}
	return stageFunc(func(ctx context.Context, in io.Reader, out io.Writer) error {
		h, raw, err := readHeader(in, c.MaxIterations)
		if err != nil {
			return err
		}
		s, err := unlock(ctx, keys, &h)
		if err != nil {
			return err
		}
		s.header = raw
		return s.decrypt(in, out, make([]byte, int(h.chunk)+s.aead.Overhead()))
	}), nil
}

// decrypt writes chunks one by one, each after it was authenticated. That nothing is missing is certain only
// when it returns without an error.
func (s *sealer) decrypt(in io.Reader, out io.Writer, buf []byte) error {
	r := bufio.NewReader(in)
	plain := make([]byte, 0, len(buf))
	for number := uint64(0); ; number++ {
		sealed, last, err := readChunk(r, buf)
		if err != nil {
			return err
		}
		if plain, err = s.open(plain[:0], sealed, number, last); err != nil {
			return fmt.Errorf("chunk %d: %w", number, s.diagnose(sealed, number, last))
		}
		if last && len(plain) == 0 && number > 0 {
			return fmt.Errorf("chunk %d: %w", number, errTampered)
		}
		if _, err := out.Write(plain); err != nil || last {
			return err
		}
	}
}

// diagnose says why a chunk did not open: it may be one that stands elsewhere in its file.
func (s *sealer) diagnose(sealed []byte, number uint64, last bool) error {
	if len(sealed) < s.aead.Overhead() {
		return errTruncated
	}
	_, err := s.open(nil, sealed, number, !last)
	switch {
	case err == nil && last:
		return errTruncated
	case err == nil:
		return errTrailing
	case number == 0:
		return errFirst
	}
	return errTampered
}
