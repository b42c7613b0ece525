package journaltest

import (
	"context"
	"iter"
)

func watchChecks() []check {
	return []check{
		{"existing records come first, then new ones", watchExistingThenNew},
		{"it begins where it is asked to", watchFrom},
		{"a stream may be watched before it exists", watchNothing},
		{"a record of the future is waited for", watchFuture},
		{"every watcher sees everything", watchSeveral},
		{"it sees its own stream only", watchOwnStream},
		{"breaking off releases it", watchBreak},
		{"it holds up no append, not even its watcher's", watchAppends},
		{"a slow watcher holds nobody up and misses nothing", watchSlow},
	}
}

func watchExistingThenNew(ctx context.Context, t *trial) {
	const existing, rounds = 5, 40
	all := records(existing + rounds)
	head := t.append(ctx, stream, 0, all[:existing]...)
	f := t.follow(ctx, stream, 1)
	f.want(1, all[:existing]...)
	for range rounds { // each record meets a watcher that waits, or is about to
		head = t.append(ctx, stream, head, all[head])
		f.want(head, all[head-1])
	}
}

func watchFrom(ctx context.Context, t *trial) {
	all := records(12)
	t.append(ctx, stream, 0, all[:10]...)
	fromStart, fromMiddle, fromNew := t.follow(ctx, stream, 0), t.follow(ctx, stream, 6), t.follow(ctx, stream, 11)
	fromStart.want(1, all[:10]...)
	fromMiddle.want(6, all[5:10]...)
	t.append(ctx, stream, 10, all[10:]...)
	fromStart.want(11, all[10:]...)
	fromMiddle.want(11, all[10:]...)
	fromNew.want(11, all[10:]...)
}

func watchNothing(ctx context.Context, t *trial) {
	all := records(3)
	f := t.follow(ctx, stream, 1)
	t.append(ctx, stream, 0, all[:1]...)
	f.want(1, all[0])
	t.append(ctx, stream, 1, all[1:]...)
	f.want(2, all[1:]...)
}

func watchFuture(ctx context.Context, t *trial) {
	const future = 40
	all := records(future + 3)
	near, far := t.follow(ctx, stream, 1), t.follow(ctx, stream, future)
	head := uint64(0)
	for head < future-1 { // far must pass over these, one at a time
		head = t.append(ctx, stream, head, all[head])
		near.want(head, all[head-1])
	}
	t.append(ctx, stream, head, all[head:]...)
	far.want(future, all[head:]...)
	near.want(future, all[head:]...)
}

func watchSeveral(ctx context.Context, t *trial) {
	all := records(30)
	followers := make([]*follower, 8)
	for i := range followers {
		followers[i] = t.follow(ctx, stream, 1)
	}
	for head := 0; head < len(all); head += 3 {
		t.append(ctx, stream, uint64(head), all[head:head+3]...)
	}
	for _, f := range followers {
		f.want(1, all...)
	}
}

func watchOwnStream(ctx context.Context, t *trial) {
	all := records(20)
	f, other := t.follow(ctx, "a", 1), t.follow(ctx, "b", 1)
	for head, data := range all {
		t.append(ctx, "b", uint64(head), []byte("of another stream"))
		t.append(ctx, "a", uint64(head), data)
	}
	f.want(1, all...)
	other.want(1, []byte("of another stream"))
}

func watchBreak(ctx context.Context, t *trial) {
	const rounds = 50
	all := records(rounds)
	for head, data := range all {
		t.append(ctx, stream, uint64(head), data)
		for rec, err := range t.journal.Watch(ctx, stream, uint64(head)) {
			if err != nil {
				t.Fatalf("watch: %v", err)
			}
			t.wantRecord(rec, max(uint64(head), 1), all[max(head, 1)-1])
			break
		}
	}
	t.wantStream(ctx, stream, all)
}

func watchAppends(ctx context.Context, t *trial) {
	all := records(30)
	head := t.append(ctx, stream, 0, all[0])
	seen := 0
	for rec, err := range t.journal.Watch(ctx, stream, 1) {
		if err != nil {
			t.Fatalf("watch, after %d records: %v", seen, err)
		}
		seen++
		t.wantRecord(rec, uint64(seen), all[seen-1])
		if seen == len(all) {
			return
		}
		head = t.append(ctx, stream, head, all[head])
	}
	t.Fatalf("watch ended without an error after %d records", seen)
}

func watchSlow(ctx context.Context, t *trial) {
	all := records(500)
	next, stop := iter.Pull2(t.journal.Watch(ctx, stream, 1))
	defer stop()
	take := func(seq uint64) {
		rec, err, ok := next()
		if err != nil || !ok {
			t.Fatalf("a slow watch ended before record %d: %v", seq, err)
		}
		t.wantRecord(rec, seq, all[seq-1])
	}
	quick := t.follow(ctx, stream, 1)
	head := t.append(ctx, stream, 0, all[0])
	take(1)
	quick.want(1, all[0])
	for int(head) < len(all) { // the slow one is at its first record all the time
		next := min(head+7, uint64(len(all)))
		t.append(ctx, stream, head, all[head:next]...)
		quick.want(head+1, all[head:next]...)
		head = next
	}
	for seq := uint64(2); seq <= head; seq++ {
		take(seq)
	}
}
