package merkle_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/modreg/modreg/audit/merkle"
)

// Every record gets one number, the numbers have no gaps, and each is where its number says.
func TestAdd_parallel(t *testing.T) {
	t.Parallel()
	const callers, each = 32, 40
	b := newBed(t)
	l := b.open()
	var mu sync.Mutex
	seen := map[uint64]string{}
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			last := uint64(0)
			for n := range each {
				data := fmt.Sprintf("caller %d record %d", c, n)
				seq, err := l.Add(t.Context(), []byte(data))
				if err != nil {
					t.Error(err)
					return
				}
				if cp := l.Checkpoint(); cp.Size < seq || seq <= last {
					t.Errorf("record %d after %d, the checkpoint covers %d", seq, last, cp.Size)
				}
				last = seq
				mu.Lock()
				seen[seq] = data
				mu.Unlock()
				if n%8 == 0 {
					if _, err := l.Prove(t.Context(), seq); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	for i, data := range b.journal.records(t) {
		if seen[uint64(i)+1] != string(data) {
			t.Fatalf("record %d is %q, its caller was told of %q", i+1, data, seen[uint64(i)+1])
		}
	}
	if len(seen) != callers*each {
		t.Fatalf("%d numbers for %d records", len(seen), callers*each)
	}
	b.wantRoot(l)
	b.wantVerified(l)
}

// Callers who come while a batch is written share the next one.
func TestAdd_groups(t *testing.T) {
	t.Parallel()
	const callers = 10
	b := newBed(t)
	l := b.open()
	var batches []int
	blocked, goOn := make(chan struct{}), make(chan struct{})
	b.journal.failing = func(batch [][]byte) error {
		batches = append(batches, len(batch))
		if len(batches) == 1 {
			close(blocked)
			<-goOn
		}
		return nil
	}
	var all sync.WaitGroup
	add := func() {
		all.Go(func() {
			if _, err := l.Add(t.Context(), []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	add()
	<-blocked
	for range callers {
		add()
	}
	merkle.WaitForQueue(l, callers)
	close(goOn)
	all.Wait()
	if fmt.Sprint(batches) != fmt.Sprint([]int{1, callers}) {
		t.Errorf("batches of %v records, want 1 and %d", batches, callers)
	}
}

// A caller who gives up while waiting leaves nothing behind; one whose record is being written is told of its number.
func TestAdd_cancel(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	blocked, goOn := make(chan struct{}), make(chan struct{})
	b.journal.failing = func([][]byte) error {
		close(blocked)
		<-goOn
		b.journal.failing = nil
		return nil
	}
	first, second := make(chan error, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := l.Add(ctx, []byte("first"))
		first <- err
	}()
	<-blocked
	go func() {
		_, err := l.Add(ctx, []byte("second"))
		second <- err
	}()
	merkle.WaitForQueue(l, 1)
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller who waited: %v", err)
	}
	close(goOn)
	if err := <-first; err != nil {
		t.Errorf("the caller whose record was written: %v", err)
	}
	if seq, err := l.Add(t.Context(), []byte("third")); err != nil || seq != 2 {
		t.Errorf("the next record is %d, %v; want 2", seq, err)
	}
}

// After an append whose outcome was in doubt the next one takes in what is there.
func TestAdd_doubt(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	dead := errors.New("the line is dead")
	b.journal.after = func() error { return dead }
	if _, err := l.Add(t.Context(), []byte("a")); !errors.Is(err, dead) {
		t.Fatal(err)
	}
	b.journal.after = nil
	b.journal.failing = func([][]byte) error { return dead }
	if _, err := l.Add(t.Context(), []byte("b")); !errors.Is(err, dead) {
		t.Fatal(err)
	}
	b.journal.failing = nil
	if seq, err := l.Add(t.Context(), []byte("c")); err != nil || seq != 2 {
		t.Fatalf("the record is %d, %v; want 2", seq, err)
	}
	b.wantRoot(l)
}
