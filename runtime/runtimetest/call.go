package runtimetest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/modreg/modreg"
)

func callChecks() []check {
	return []check{
		{"bytes go in and come out as they are", needs(Lower), exactBytes},
		{"input and output belong to the caller", needs(Lower), ownedBytes},
		{"many callers get their own answers of one instance", needs(Upper), manyCallers},
		{"cancelling a call reaches the module", needs(Waits), cancelledCall},
		{"the deadline of a call reaches the module", needs(Waits), lateCall},
		{"a call whose context has ended ends", needs(Waits), endedCall},
		{"calls that wait do not hold up others", needs(Waits, Upper), independentCalls},
	}
}

func exactBytes(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Lower)
	h := r.handle(ctx)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, in := range [][]byte{nil, {}, {0}, []byte("ÄÖ \x00\xff"), every, bytes.Repeat(every, 64), bytes.Repeat(every, 4096)} {
		out, err := call(ctx, h, in)
		if want := mapRange(in, 'A', 'a'); err != nil || !bytes.Equal(out, want) {
			r.Fatalf("call with %d bytes: %d bytes, error %v; want the bytes in lower case", len(in), len(out), err)
		}
	}
}

func ownedBytes(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Lower)
	h := r.handle(ctx)
	in := []byte("FIRST")
	first, err := call(ctx, h, in)
	r.must("call", err)
	if string(in) != "FIRST" {
		r.Errorf("the module changed its input to %q", in)
	}
	copy(in, "OTHER")
	for i := range 50 {
		r.wantAnswer(ctx, h, fmt.Sprintf("CALL %d", i), fmt.Sprintf("call %d", i))
	}
	if string(first) != "first" {
		r.Errorf("an answer changed to %q after the call", first)
	}
}

func manyCallers(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	h := r.handle(ctx)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 25 {
				in := fmt.Appendf(nil, "caller %d, call %d", i, n)
				if out, err := call(ctx, h, in); err != nil || !bytes.Equal(out, mapRange(in, 'a', 'A')) {
					r.Errorf("call with %q: %q, %v", in, out, err)
					return
				}
			}
		})
	}
	wg.Wait()
	r.wantInstances("a@1.0.0", 1, 0)
}

func cancelledCall(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Waits)
	h := r.handle(ctx)
	for range 3 {
		r.wantCode(r.begin(ctx, h, "a").end(ctx), modreg.CodeCanceled)
		r.wantState("a", modreg.StateActive)
	}
	r.eventually(ctx, "no call is in flight", func() bool { return r.status("a").InFlight == 0 })
}

func lateCall(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Waits)
	h := r.handle(ctx)
	r.must("start", r.reg.Start(ctx, "a"))
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err := call(short, h, nil)
	r.wantCode(err, modreg.CodeDeadline)
	r.wantState("a", modreg.StateActive)
}

func endedCall(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Waits)
	h := r.handle(ctx)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := call(ended, h, nil) // which does not run yet
	r.wantCode(err, modreg.CodeCanceled)
	r.must("start", r.reg.Start(ctx, "a"))
	_, err = call(ended, h, nil)
	r.wantCode(err, modreg.CodeCanceled)
}

func independentCalls(ctx context.Context, r *rig) {
	r.register(ctx, process("slow", "1.0.0"), Waits)
	r.register(ctx, process("quick", "1.0.0"), Upper)
	slow, quick := r.handle(ctx, modreg.From("slow")), r.handle(ctx, modreg.From("quick"))
	waiting := make([]*pending, 4)
	for i := range waiting {
		waiting[i] = r.begin(ctx, slow, "slow")
	}
	r.wantAnswer(ctx, quick, "Hello", "HELLO")
	for _, p := range waiting {
		r.wantCode(p.end(ctx), modreg.CodeCanceled)
	}
}
