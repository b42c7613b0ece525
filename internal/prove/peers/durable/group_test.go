package durable

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// each lets callers add entries of their own at the same time.
func each(callers, entries int, add func(entry string)) {
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := range entries {
				add(strconv.Itoa(c) + "/" + strconv.Itoa(n))
			}
		})
	}
	all.Wait()
}

func TestGroup_commitsOnceBeforeItReturns(t *testing.T) {
	t.Parallel()
	var committed sync.Map
	var busy atomic.Bool
	g := &group{commit: func(batch [][]byte) error {
		if !busy.CompareAndSwap(false, true) {
			t.Error("two batches are committed at the same time")
		}
		defer busy.Store(false)
		if len(batch) == 0 {
			t.Error("an empty batch is committed")
		}
		for _, entry := range batch {
			if _, again := committed.LoadOrStore(string(entry), true); again {
				t.Errorf("%s is committed again", entry)
			}
		}
		return nil
	}}
	const callers, entries = 16, 200
	each(callers, entries, func(entry string) {
		if err := g.add([]byte(entry)); err != nil {
			t.Error(err)
		}
		if _, ok := committed.Load(entry); !ok {
			t.Errorf("%s is not committed yet", entry)
		}
	})
	n := 0
	committed.Range(func(any, any) bool { n++; return true })
	if n != callers*entries {
		t.Errorf("%d entries are committed, want %d", n, callers*entries)
	}
	if g.led || len(g.waiting) > 0 {
		t.Errorf("led %v, %d wait", g.led, len(g.waiting))
	}
}

func TestGroup_tellsTheBatchOfItsError(t *testing.T) {
	t.Parallel()
	errOdd := errors.New("odd")
	var failed sync.Map
	batches := 0
	g := &group{commit: func(batch [][]byte) error {
		batches++
		if batches%2 == 0 {
			return nil
		}
		for _, entry := range batch {
			failed.Store(string(entry), true)
		}
		return errOdd
	}}
	each(16, 100, func(entry string) {
		err := g.add([]byte(entry))
		if _, want := failed.Load(entry); errors.Is(err, errOdd) != want {
			t.Errorf("%s: %v, in a batch that failed: %v", entry, err, want)
		}
	})
}
