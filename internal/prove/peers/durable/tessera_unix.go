//go:build unix

package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// The fastest that was found: a batch is complete once every caller is in it, and does not wait long for those that are not.
// A larger or smaller batch takes longer at each of 1, 2, 5 and 10 ms. Checkpoints cost nothing that can be measured, and
// nobody waits for one: the shortest interval is 100 ms.
const (
	batchAge           = 5 * time.Millisecond
	checkpointInterval = 200 * time.Millisecond
)

// tiles is Tessera in a folder.
type tiles struct {
	add      tessera.AddFn
	reader   tessera.LogReader
	verifier note.Verifier
	shutdown func(ctx context.Context) error
	stop     context.CancelFunc
}

func tesseraContests() []contest {
	return []contest{{name: "tessera", open: openTessera, callers: []int{16, 64}, size: auditEntry}}
}

// tesseraNotes says how Tessera is used, and has it write its warnings there too. That is for the whole program.
func tesseraNotes(notes io.Writer) {
	klog.SetSlogLogger(slog.New(slog.NewTextHandler(notes, &slog.HandlerOptions{Level: slog.LevelWarn})))
	fmt.Fprintf(notes, "log: tessera batches as many entries as there are callers, or those of %v. An entry waits until it is "+
		"in the tree, not for a checkpoint; there is one every %v\n", batchAge, checkpointInterval)
}

func openTessera(ctx context.Context, dir string, callers int) (store, error) {
	signer, verifier, err := newKey()
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: filepath.Join(dir, "tiles")})
	if err != nil {
		return nil, err
	}
	// What runs in the background has to go on until the end, or an entry could be waited for in vain.
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(checkpointInterval).
		WithBatching(uint(callers), batchAge))
	if err != nil {
		stop()
		return nil, err
	}
	return &tiles{add: appender.Add, reader: reader, verifier: verifier, shutdown: shutdown, stop: stop}, nil
}

func (s *tiles) append(ctx context.Context, entry []byte) error {
	_, err := s.add(ctx, tessera.NewEntry(entry))()
	return err
}

// close waits for a checkpoint of all entries.
func (s *tiles) close(ctx context.Context, n int) error {
	defer s.stop()
	if err := s.shutdown(ctx); err != nil {
		return err
	}
	data, err := s.reader.ReadCheckpoint(ctx)
	if err != nil {
		return err
	}
	signed, err := note.Open(data, note.VerifierList(s.verifier))
	if err != nil {
		return err
	}
	var name string
	var size int
	if _, err := fmt.Sscan(signed.Text, &name, &size); err != nil {
		return errors.Join(errors.New("the checkpoint has no size"), err)
	}
	return kept(size, n)
}
