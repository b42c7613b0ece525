package audit

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/modreg/modreg"
)

// Read yields the events of both journals that a query selects, merged by time; within one log they keep their order. It
// needs no trail and leaves no trace, as is right for whoever has the journals anyway: to look at a log that a trail
// refuses to open. Everybody else is given [Trail.Query]. What is appended after the call is left out.
//
// An entry that cannot be read, as one of a later version, is yielded as an error with its log and place in the event; going
// on is up to the caller. The other errors end the sequence: that of a query outside its grammar, of a journal, of a
// context. What a journal has pruned is left out.
func Read(ctx context.Context, registry, local modreg.Journal, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		heads, err := headsOf(ctx, registry, local, &q)
		if err != nil {
			yield(Event{}, err)
			return
		}
		heads.read(ctx, &q, yield)
	}
}

// A span is a part of a log.
type span struct {
	journal     modreg.Journal
	log         string
	first, head uint64
}

// spans are what a query reads: those of one log or of both, the registry's first.
type spans []span

// headsOf checks a query and returns what there is to read at this moment.
func headsOf(ctx context.Context, registry, local modreg.Journal, q *Query) (found spans, err error) {
	if err := q.Check(); err != nil {
		return nil, &modreg.Error{Code: modreg.CodeInvalid, What: "query the audit log", Err: err}
	}
	for _, s := range []span{{journal: registry, log: LogRegistry}, {journal: local, log: LogNode}} {
		if q.Log != "" && q.Log != s.log {
			continue
		}
		if s.head, err = s.journal.Head(ctx, s.log); err != nil {
			return nil, fmt.Errorf("find the head of %q: %w", s.log, err)
		}
		if s.first, err = firstOf(ctx, s.journal, s.log); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

// read yields the events that match, up to the limit.
func (s spans) read(ctx context.Context, q *Query, yield func(Event, error) bool) {
	left := q.Limit
	for e, err := range s.merged(ctx, q) {
		if err == nil && !q.Match(&e) {
			continue
		}
		if !yield(e, err) {
			return
		}
		if err != nil {
			continue
		}
		if left--; left == 0 {
			return
		}
	}
}

// merged yields the events of all spans in the order of their times.
func (s spans) merged(ctx context.Context, q *Query) iter.Seq2[Event, error] {
	if len(s) == 1 {
		return s[0].events(ctx, q)
	}
	return func(yield func(Event, error) bool) {
		a, stop := iter.Pull2(s[0].events(ctx, q))
		defer stop()
		b, stop2 := iter.Pull2(s[1].events(ctx, q))
		defer stop2()
		ea, erra, oka := a()
		eb, errb, okb := b()
		for oka || okb {
			if oka && (!okb || !after(&ea, &eb, q.Newest)) {
				if !yield(ea, erra) {
					return
				}
				ea, erra, oka = a()
				continue
			}
			if !yield(eb, errb) {
				return
			}
			eb, errb, okb = b()
		}
	}
}

// after reports whether a comes after b. An event without a time, which could not be read, comes at once.
func after(a, b *Event, newest bool) bool {
	switch {
	case a.Time.IsZero():
		return false
	case b.Time.IsZero():
		return true
	case newest:
		return a.Time.Before(b.Time)
	}
	return a.Time.After(b.Time)
}

// events yields the events of a span, at least those that the times of the query select.
func (s span) events(ctx context.Context, q *Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		from, err := s.seek(ctx, q.From)
		if err != nil {
			yield(Event{}, err)
			return
		}
		s.first = from
		if q.Newest {
			s.backward(ctx, q, yield)
			return
		}
		s.forward(ctx, q, yield)
	}
}

func (s span) forward(ctx context.Context, q *Query, yield func(Event, error) bool) {
	if s.first > s.head {
		return
	}
	for rec, err := range s.journal.Read(ctx, s.log, s.first) {
		if err != nil {
			yield(Event{}, fmt.Errorf("read the log %q: %w", s.log, err))
			return
		}
		if rec.Seq > s.head || s.past(rec.Data, q) || !s.show(rec, q, yield) {
			return
		}
	}
}

// chunk is how many records are read at once when the newest come first: journals are read forwards.
const chunk = 256

func (s span) backward(ctx context.Context, q *Query, yield func(Event, error) bool) {
	recs := make([]modreg.Record, 0, chunk)
	for head := s.head; head >= s.first && head > 0; {
		from := max(s.first, head-min(head, chunk)+1)
		recs = recs[:0]
		for rec, err := range s.journal.Read(ctx, s.log, from) {
			if err != nil {
				yield(Event{}, fmt.Errorf("read the log %q: %w", s.log, err))
				return
			}
			if recs = append(recs, rec); rec.Seq >= head {
				break
			}
		}
		for _, rec := range slices.Backward(recs) {
			if !s.show(rec, q, yield) {
				return
			}
		}
		head = from - 1
	}
}

// past reports whether nothing that the query selects can come after this record of the registry. In the node's log what was
// spooled can come late.
func (s span) past(data []byte, q *Query) bool {
	if q.To.IsZero() || s.log == LogNode {
		return false
	}
	at, ok := timeOf(data)
	return ok && !at.Before(q.To)
}

// show yields what a record says, and reports whether to go on.
func (s span) show(rec modreg.Record, q *Query, yield func(Event, error) bool) bool {
	if s.skip(rec.Data, q) {
		return true
	}
	if s.log == LogNode {
		e, err := Decode(rec.Data)
		if err != nil {
			err = fmt.Errorf("read event %d of the log of the node: %w", rec.Seq, err)
		}
		e.Log, e.Seq = LogNode, rec.Seq
		return yield(e, err)
	}
	events, err := FromRecord(rec.Seq, rec.Data)
	if err != nil {
		return yield(Event{Log: LogRegistry, Seq: rec.Seq}, err)
	}
	if q.Newest {
		slices.Reverse(events)
	}
	for _, e := range events {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

// skip reports whether the time of a record, which is cheaper to find than the event, says that it is not selected.
func (s span) skip(data []byte, q *Query) bool {
	if q.From.IsZero() && q.To.IsZero() {
		return false
	}
	at, ok := timeOf(data)
	if !ok {
		return false
	}
	// A spooled event happened before its time.
	return at.Before(q.From) || !q.To.IsZero() && !at.Before(q.To) && !bytes.Contains(data, []byte(`,"spooled":"`))
}

// seek returns the place of the first record that is not before a time. The times of a log do not go back.
func (s span) seek(ctx context.Context, from time.Time) (uint64, error) {
	lo, hi := s.first, s.head+1
	if from.IsZero() {
		return lo, nil
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		at, ok, err := s.timeAt(ctx, mid)
		if err != nil {
			return 0, err
		}
		if !ok { // it cannot be read: better too early than too late
			return s.first, nil
		}
		if at.Before(from) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

func (s span) timeAt(ctx context.Context, seq uint64) (at time.Time, ok bool, err error) {
	for rec, err := range s.journal.Read(ctx, s.log, seq) {
		if err != nil {
			return at, false, fmt.Errorf("read record %d of the log %q: %w", seq, s.log, err)
		}
		at, ok = timeOf(rec.Data)
		break
	}
	return at, ok, nil
}

// timeOf returns the time of a record or an event. In both forms it is the first field of this name, with nothing that an
// actor wrote before it.
func timeOf(data []byte) (time.Time, bool) {
	const field = `,"time":"`
	_, rest, ok := bytes.Cut(data[:min(len(data), 512)], []byte(field))
	if !ok {
		return time.Time{}, false
	}
	text, _, ok := bytes.Cut(rest, []byte{'"'})
	if !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	return at, err == nil
}
