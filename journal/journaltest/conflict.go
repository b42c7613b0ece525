package journaltest

import (
	"context"
	"errors"
	"math"
	"sync"

	"github.com/modreg/modreg"
)

func conflictChecks() []check {
	return []check{
		{"another head is refused and nothing appended", otherHead},
		{"an empty stream has no other head than 0", otherHeadOfNothing},
		{"of appends at one head exactly one succeeds", oneWinner},
	}
}

func otherHead(ctx context.Context, t *trial) {
	all := records(8)
	t.append(ctx, stream, 0, all[:5]...)
	for _, head := range []uint64{0, 1, 4, 6, 500, math.MaxUint64} {
		t.refuses(ctx, stream, head, []byte("x"), []byte("y"), []byte("z"))
		t.wantStream(ctx, stream, all[:5])
	}
	t.append(ctx, stream, 5, all[5:]...)
	t.refuses(ctx, stream, 5, []byte("x"))
	t.wantStream(ctx, stream, all)
}

func otherHeadOfNothing(ctx context.Context, t *trial) {
	for _, head := range []uint64{1, 2, math.MaxUint64} {
		t.refuses(ctx, stream, head, []byte("x"), []byte("y"))
		t.wantStream(ctx, stream, nil)
	}
	t.append(ctx, stream, 0, records(2)...)
}

func oneWinner(ctx context.Context, t *trial) {
	const rivals, rounds = 6, 10
	var want [][]byte
	for head := range uint64(rounds) {
		winners := make(chan []byte, rivals)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for _, data := range records(rivals) {
			wg.Go(func() {
				<-start
				switch _, err := t.journal.Append(ctx, stream, head, [][]byte{data}); {
				case err == nil:
					winners <- data
				case !errors.Is(err, modreg.ErrHeadMoved):
					t.Errorf("append at %d against rivals: %v", head, err)
				}
			})
		}
		close(start)
		wg.Wait()
		if n := len(winners); n != 1 {
			t.Fatalf("%d of %d appends at head %d succeeded", n, rivals, head)
		}
		want = append(want, <-winners)
	}
	t.wantStream(ctx, stream, want)
}
