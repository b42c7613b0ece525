package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/modreg/modreg"
)

type gzipConfig struct {
	Level int `json:"level"` // 1 is fast, 9 is small
}

func (c gzipConfig) check() error {
	return within("level", c.Level, gzip.BestSpeed, gzip.BestCompression)
}

func newGzip(c gzipConfig, _ modreg.Deps) (Stage, error) {
	return compressor(func(out io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(out, c.Level) }), nil
}

type zstdConfig struct {
	Level int `json:"level"` // as the zstd tool counts them; the library has four steps
}

func (c zstdConfig) check() error { return within("level", c.Level, 1, 22) }

func newZstd(c zstdConfig, _ modreg.Deps) (Stage, error) {
	return compressor(func(out io.Writer) (io.WriteCloser, error) {
		// One block at a time: memory stays small, and no goroutine outlives an error.
		return zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(c.Level)),
			zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	}), nil
}

// compressor is the stage that writes through what open makes.
func compressor(open func(io.Writer) (io.WriteCloser, error)) stageFunc {
	return func(_ context.Context, in io.Reader, out io.Writer) error {
		w, err := open(out)
		if err != nil {
			return err
		}
		if _, err = io.Copy(w, in); err != nil {
			return err // not closed: that would write an end under what is incomplete
		}
		return w.Close()
	}
}

type gunzipConfig struct {
	MaxBytes int64 `json:"max_bytes"` // of output
}

func (c gunzipConfig) check() error { return within("max_bytes", c.MaxBytes, 1, maxBytes) }

func newGunzip(c gunzipConfig, _ modreg.Deps) (Stage, error) {
	return decompressor(c.MaxBytes, func(in io.Reader) (io.Reader, func(), error) {
		r, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, fmt.Errorf("read the header: %w", err)
		}
		return r, func() {}, nil
	}), nil
}

type unzstdConfig struct {
	MaxBytes    int64 `json:"max_bytes"`    // of output
	WindowBytes int64 `json:"window_bytes"` // of memory that the data may ask for
}

func (c unzstdConfig) check() error {
	return errors.Join(
		within("max_bytes", c.MaxBytes, 1, maxBytes),
		within("window_bytes", c.WindowBytes, zstd.MinWindowSize, zstd.MaxWindowSize))
}

func newUnzstd(c unzstdConfig, _ modreg.Deps) (Stage, error) {
	return decompressor(c.MaxBytes, func(in io.Reader) (io.Reader, func(), error) {
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(c.WindowBytes)))
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	}), nil
}

// decompressor is the stage that reads through what open makes, and no more than the limit.
func decompressor(limit int64, open func(io.Reader) (r io.Reader, closer func(), err error)) stageFunc {
	return func(_ context.Context, in io.Reader, out io.Writer) error {
		r, closer, err := open(in)
		if err != nil {
			return err
		}
		defer closer()
		_, err = io.Copy(out, &limitReader{r: r, what: "decompressed data", limit: limit})
		return err
	}
}
