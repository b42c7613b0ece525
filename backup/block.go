package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	blockSize   = 1 << 20            // plain bytes of a block
	blockStored = blockSize + 16<<10 // most bytes that one takes: zstd never makes it much longer
	blocksAhead = 2                  // that wait between the goroutine that compresses and the one that does not
)

// A blockWriter cuts what is written to it into blocks. They are compressed and written by a goroutine of its own, so
// that the caller can read on meanwhile.
type blockWriter struct {
	ctx  func() error // the error of the context
	w    io.Writer
	sum  hash.Hash // of what stands before the blocks, and then of all
	enc  *zstd.Encoder
	buf  []byte      // being filled
	full chan []byte // to be compressed
	free chan []byte // to be filled
	done sync.WaitGroup
	once sync.Once

	mu  sync.Mutex
	err error // guarded by mu; the first one
}

// newBlockWriter begins to write blocks; sum has the lines before them. It is to be closed.
func newBlockWriter(ctx context.Context, w io.Writer, sum hash.Hash) (*blockWriter, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(blockSize))
	if err != nil {
		return nil, err
	}
	b := &blockWriter{
		ctx: ctx.Err, w: w, sum: sum, enc: enc, buf: make([]byte, 0, blockSize),
		full: make(chan []byte, blocksAhead), free: make(chan []byte, blocksAhead+1),
	}
	for range blocksAhead {
		b.free <- make([]byte, 0, blockSize)
	}
	b.done.Go(b.run)
	return b, nil
}

func (b *blockWriter) run() {
	var out []byte
	for plain := range b.full {
		if b.failed() == nil {
			var err error
			if out, err = b.block(out[:0], plain); err != nil {
				b.fail(err)
			}
		}
		b.free <- plain[:0]
	}
}

// block compresses and writes one block; out is its buffer.
func (b *blockWriter) block(out, plain []byte) ([]byte, error) {
	if err := b.ctx(); err != nil {
		return out, err
	}
	out = b.enc.EncodeAll(plain, append(out, make([]byte, 8)...))
	binary.BigEndian.PutUint32(out, uint32(len(out)-8))
	binary.BigEndian.PutUint32(out[4:], uint32(len(plain)))
	b.sum.Write(out)
	out = b.sum.Sum(out)
	_, err := b.w.Write(out)
	return out, err
}

func (b *blockWriter) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *blockWriter) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Write implements io.Writer. An error may be that of an earlier block.
func (b *blockWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		some := min(len(p), blockSize-len(b.buf))
		b.buf = append(b.buf, p[:some]...)
		p = p[some:]
		if len(b.buf) == blockSize {
			if err := b.failed(); err != nil {
				return 0, err
			}
			b.full <- b.buf
			b.buf = <-b.free
		}
	}
	return n, nil
}

// close writes the last block, unless there is no point, waits for the goroutine, and returns the first error.
func (b *blockWriter) close(abandon bool) error {
	b.once.Do(func() {
		if abandon {
			b.fail(errAbandoned)
		} else if len(b.buf) > 0 {
			b.full <- b.buf
		}
		close(b.full)
		b.done.Wait()
		_ = b.enc.Close() // it has no stream that could fail
	})
	return b.failed()
}

var errAbandoned = errors.New("the backup is abandoned")

// A blockReader reads and decompresses blocks, in a goroutine of its own that is at most a few blocks ahead.
type blockReader struct {
	ctx  func() error
	r    io.Reader
	sum  hash.Hash
	dec  *zstd.Decoder
	full chan block
	free chan []byte
	stop chan struct{}
	done sync.WaitGroup
	once sync.Once
	held []byte // by the caller
}

type block struct {
	plain []byte
	err   error // io.EOF after the last
}

// newBlockReader begins to read blocks; sum has the lines before them. It is to be closed.
func newBlockReader(ctx context.Context, r io.Reader, sum hash.Hash) (*blockReader, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(blockSize), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	b := &blockReader{
		ctx: ctx.Err, r: r, sum: sum, dec: dec,
		full: make(chan block, blocksAhead), free: make(chan []byte, blocksAhead+2), stop: make(chan struct{}),
	}
	for range blocksAhead + 1 {
		b.free <- nil
	}
	b.done.Go(b.run)
	return b, nil
}

func (b *blockReader) run() {
	defer close(b.full)
	var stored []byte
	for {
		var plain []byte
		select {
		case plain = <-b.free:
		case <-b.stop:
			return
		}
		next := block{}
		stored, next.plain, next.err = b.block(stored, plain)
		select {
		case b.full <- next:
		case <-b.stop:
			return
		}
		if next.err != nil {
			return
		}
	}
}

// block reads, checks and decompresses one block; stored and plain are its buffers.
func (b *blockReader) block(stored, plain []byte) (_, _ []byte, err error) {
	if err := b.ctx(); err != nil {
		return stored, nil, err
	}
	var lengths [8]byte
	if _, err := io.ReadFull(b.r, lengths[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrUnfinished
		}
		return stored, nil, err // io.EOF at the end
	}
	n, size := int(binary.BigEndian.Uint32(lengths[:])), int(binary.BigEndian.Uint32(lengths[4:]))
	if n <= 0 || n > blockStored || size <= 0 || size > blockSize {
		return stored, nil, damaged("a block", "it cannot have %d bytes for %d", n, size)
	}
	if stored, err = readGrowing(b.r, stored[:0], n+sha256.Size); err != nil {
		return stored, nil, err
	}
	b.sum.Write(lengths[:])
	b.sum.Write(stored[:n])
	if !bytes.Equal(b.sum.Sum(nil), stored[n:]) {
		return stored, nil, damaged("a block", "its checksum does not fit")
	}
	if cap(plain) < size {
		plain = make([]byte, 0, size)
	}
	if plain, err = b.dec.DecodeAll(stored[:n], plain[:0:size]); err != nil {
		return stored, nil, damaged("a block", "decompress it: %v", err)
	}
	if len(plain) != size {
		return stored, nil, damaged("a block", "it has %d bytes, not %d", len(plain), size)
	}
	return stored, plain, nil
}

// readGrowing appends n bytes that it reads. It takes memory for what comes, not for what was announced.
func readGrowing(r io.Reader, to []byte, n int) ([]byte, error) {
	for n > 0 {
		some := min(n, max(64<<10, len(to)))
		at := len(to)
		to = append(to, make([]byte, some)...)
		if _, err := io.ReadFull(r, to[at:]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = ErrUnfinished
			}
			return to[:at], err
		}
		n -= some
	}
	return to, nil
}

// next returns the plain bytes of the next block, which are valid until the next call; io.EOF after the last.
func (b *blockReader) next() ([]byte, error) {
	if b.held != nil {
		b.free <- b.held
		b.held = nil
	}
	got, ok := <-b.full
	if !ok {
		return nil, io.EOF
	}
	if got.err != nil {
		return nil, got.err
	}
	b.held = got.plain
	return got.plain, nil
}

// close ends the goroutine and waits for it: if it is reading, until that read returns.
func (b *blockReader) close() {
	b.once.Do(func() {
		close(b.stop)
		b.done.Wait()
		b.dec.Close()
	})
}
