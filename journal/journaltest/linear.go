package journaltest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/modreg/modreg"
)

// Linearizability is what Herlihy and Wing mean by it (Linearizability: a correctness condition for concurrent
// objects, 1990): every call seems to take place at one moment between its begin and its return, and what it
// returned is right at that moment. Porcupine looks for such an order of the calls that clients made.

func linearChecks() []check {
	return []check{
		{"calls have one order that explains all results", func(ctx context.Context, t *trial) { t.linear(ctx, 0) }},
		{"appends that are broken off have a place in it or none", func(ctx context.Context, t *trial) { t.linear(ctx, 0.5) }},
	}
}

const (
	linearRounds   = 20
	linearClients  = 4
	callsPerClient = 30
)

// linear lets clients call a stream at once and judges the history, several times. Of the appends the fraction
// hurried has a context that ends at about the time they do: before, while or after they are made.
func (t *trial) linear(ctx context.Context, hurried float64) {
	seed := rand.Uint64()
	for round := range linearRounds {
		name := string(rune('a' + round))
		start := time.Now()
		clients := make([]*client, linearClients)
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i := range clients {
			c := &client{
				t: t, id: i, stream: name, start: start, hurried: hurried,
				rng: rand.New(rand.NewPCG(seed, uint64(round*linearClients+i))),
			}
			clients[i] = c
			wg.Go(func() {
				<-begin
				c.run(ctx)
			})
		}
		close(begin)
		wg.Wait()
		t.judge(ctx, name, clients)
		if t.Failed() {
			return
		}
	}
}

// A client is one caller of a stream. It takes note of what it calls and of what it is told.
type client struct {
	t       *trial
	id      int
	stream  string
	start   time.Time // of all clients of a history
	hurried float64
	rng     *rand.Rand
	guess   uint64 // the head, as far as it knows
	written int
	calls   []porcupine.Operation
}

func (c *client) run(ctx context.Context) {
	for range callsPerClient {
		in := c.next()
		out := c.perform(ctx, in)
		if out.err != nil {
			c.t.Errorf("client %d: %s on %q: %v", c.id, in, c.stream, out.err)
			return
		}
	}
}

// next picks a call. Half of them are appends, most of them where the client believes the head to be.
func (c *client) next() call {
	switch n := c.rng.IntN(8); {
	case n < 2:
		return call{kind: callHead}
	case n < 4:
		// From the last record it knows of, or from a little before or after.
		return call{kind: callRead, at: max(c.guess+uint64(c.rng.IntN(4)), 3) - 2}
	default:
		in := call{kind: callAppend, at: c.guess}
		if c.rng.IntN(5) == 0 {
			in.at = max(c.guess+uint64(c.rng.IntN(3)), 1) - 1
		}
		for range 1 + c.rng.IntN(2) {
			in.records += fmt.Sprintf("%c%02d", 'a'+c.id, c.written)
			c.written++
		}
		return in
	}
}

// perform makes a call and takes note of it.
func (c *client) perform(ctx context.Context, in call) result {
	var out result
	begin := time.Since(c.start)
	switch in.kind {
	case callHead:
		out.head, out.err = c.t.journal.Head(ctx, c.stream)
		c.guess = out.head
	case callRead:
		out.records, out.err = c.readFrom(ctx, in.at)
		c.guess = max(c.guess, in.at+uint64(len(out.records)/recordLen)-1)
	case callAppend:
		out = c.append(ctx, in)
		c.guess = max(c.guess, out.head)
	}
	c.calls = append(c.calls, porcupine.Operation{
		ClientId: c.id, Input: in, Call: int64(begin), Output: out, Return: int64(time.Since(c.start)),
	})
	return out
}

func (c *client) append(ctx context.Context, in call) (out result) {
	hurry := c.rng.Float64() < c.hurried
	if hurry {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		switch c.rng.IntN(4) {
		case 0:
			cancel()
		case 1:
			go cancel()
		default:
			defer time.AfterFunc(time.Duration(c.rng.IntN(300))*time.Microsecond, cancel).Stop()
		}
	}
	var err error
	switch out.head, err = c.t.journal.Append(ctx, c.stream, in.at, in.batch()); {
	case err == nil:
	case errors.Is(err, modreg.ErrHeadMoved):
		out = result{moved: true}
	case hurry:
		out = result{doubt: true}
	default:
		out.err = err
	}
	return out
}

// readFrom returns what Read yields as one string, and an error if the numbers have a gap.
func (c *client) readFrom(ctx context.Context, from uint64) (string, error) {
	var all strings.Builder
	next := from
	for rec, err := range c.t.journal.Read(ctx, c.stream, from) {
		if err != nil {
			return "", err
		}
		if rec.Seq != next || len(rec.Data) != recordLen {
			return "", fmt.Errorf("record %d %s in the place of %d", rec.Seq, excerpt(rec.Data), next)
		}
		next++
		all.Write(rec.Data)
	}
	return all.String(), nil
}
