package audit

import (
	"context"
	"iter"
)

// Query yields the events of both logs that a query selects, as [Read] does. To read the log is itself an event: it is
// written before the first event is yielded, with the text of the query, each time the sequence is run; if it cannot
// be written nothing is yielded but the error of [Trail.Record].
func (t *Trail) Query(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		// The event about this query is not one of its results.
		found, err := headsOf(ctx, t.o.Registry, t.o.Local, &q)
		if err == nil {
			err = t.Record(ctx, Event{
				Class: ClassAudit, Action: "audit:query", Outcome: OutcomeSuccess, Reason: q.String(), Resource: logResource(q.Log),
			})
		}
		if err != nil {
			yield(Event{}, err)
			return
		}
		found.read(ctx, &q, yield)
	}
}

// logResource names a log, or both, as what is read.
func logResource(log string) Resource {
	if log == "" {
		log = "all"
	}
	return Resource{Kind: "log", ID: log}
}
