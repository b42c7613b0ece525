package audit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// history writes events of the node at one minute each, and records of the registry in between.
func history(t *testing.T, o Options) (*Trail, time.Time) {
	t.Helper()
	clk := newClock()
	start := clk.Now()
	o.Now = clk.Now
	trail := openTrail(t, t.TempDir(), o) // audit:start, at minute 0
	j := trail.Journal()
	var prev [32]byte
	for i := range 6 {
		clk.add(time.Minute)
		tr := record.Transaction{
			Prev: prev, Time: clk.Now(), Node: "node-1", Ops: []record.Op{{Do: record.Activate, Module: fmt.Sprintf("upper@1.0.%d", i)}},
			Origin: record.Origin{Actor: record.Actor{Kind: "user", ID: "u1"}, Approval: "appr-1"},
		}
		if i == 3 {
			tr.Ops = append(tr.Ops, record.Op{Do: record.Configure, Module: "upper@1.0.3", Config: []byte(`{"password":"hunter2"}`)})
		}
		data := tr.Append(nil)
		prev = hash32(data)
		if _, err := j.Append(t.Context(), LogRegistry, uint64(i), [][]byte{data}); err != nil {
			t.Fatal(err)
		}
		clk.add(time.Minute)
		e := denial(fmt.Sprintf("lower@2.0.%d", i))
		if i%2 == 1 {
			e = Event{Class: ClassSecret, Action: "secret:use", Outcome: OutcomeSuccess, Resource: Resource{Kind: "secret", ID: "db"}, OnBehalfOf: record.Actor{Kind: "user", ID: "u9"}}
		}
		mustRecord(t, as(t.Context(), fmt.Sprint("u", i)), trail, e)
	}
	return trail, start
}

func TestRead_selects(t *testing.T) {
	t.Parallel()
	trail, start := history(t, Options{Registry: modreg.NewMemJournal()})
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	for _, c := range []struct {
		q    Query
		want int
	}{
		{Query{}, 14},
		{Query{Log: LogRegistry}, 7},
		{Query{Log: LogNode}, 7},
		{Query{Action: "module:*"}, 10},
		{Query{Action: "module:activate"}, 9},
		{Query{Action: "module:activ"}, 0},
		{Query{Action: "secret:use"}, 3},
		{Query{Actor: "user/u1"}, 8},
		{Query{Actor: "user/*"}, 13},
		{Query{Actor: "user/u9"}, 3},
		{Query{Actor: "system/*"}, 1},
		{Query{Actor: "service/u1"}, 0},
		{Query{Resource: "upper@*"}, 7},
		{Query{Resource: "upper@1.0.3"}, 2},
		{Query{Resource: "upper"}, 0},
		{Query{Outcome: OutcomeDeny}, 3},
		{Query{Request: "req-u2"}, 1},
		{Query{From: minute(5)}, 9},
		{Query{To: minute(5)}, 5},
		{Query{From: minute(5), To: minute(6)}, 1},
		{Query{From: minute(5).Add(time.Second)}, 8},
		{Query{From: minute(100)}, 0},
		{Query{To: minute(0)}, 0},
		{Query{Limit: 3}, 3},
		{Query{Limit: 100}, 14},
		{Query{Action: "module:*", Outcome: OutcomeDeny, Actor: "user/u2"}, 1},
	} {
		got := all(t, trail, c.q)
		if len(got) != c.want {
			t.Errorf("%v: %d events, want %d: %v", &c.q, len(got), c.want, actions(got))
		}
		if !slices.IsSortedFunc(got, func(a, b Event) int { return a.Time.Compare(b.Time) }) {
			t.Errorf("%v: the events are out of order", &c.q)
		}
		q := c.q
		q.Newest = true
		back := all(t, trail, q)
		slices.Reverse(back)
		if q.Limit == 0 && !slices.EqualFunc(got, back, func(a, b Event) bool { return a.ID == b.ID }) {
			t.Errorf("%v: newest first, it is another list: %v, %v", &c.q, actions(got), actions(back))
		}
	}
	if got := all(t, trail, Query{Newest: true, Limit: 1}); got[0].Action != "secret:use" || got[0].Seq != 7 {
		t.Errorf("the newest event is %+v", got[0])
	}
}

func TestRead_manyNewestFirst(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	const n = 2*chunk + 10
	for range n {
		b, err := trail.add(&Event{Class: ClassSystem, Action: "system:tick", Outcome: OutcomeSuccess})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { <-b.done }()
	}
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	next := uint64(n + 2)
	for _, e := range all(t, trail, Query{Newest: true}) {
		if e.Seq != next {
			t.Fatalf("event %d, want %d", e.Seq, next)
		}
		next--
	}
	if next != 0 {
		t.Errorf("the last event is %d", next+1)
	}
}

// An entry that cannot be read hides no other.
func TestRead_goesOnAfterWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	journal := &forged{Journal: modreg.NewMemJournal()}
	history(t, Options{Registry: journal})
	journal.set(func(_ string, rec modreg.Record) modreg.Record {
		switch rec.Seq {
		case 2:
			rec.Data = []byte("nonsense")
		case 3:
			rec.Data = bytes.Replace(rec.Data, []byte(`"schema_version":1`), []byte(`"schema_version":2`), 1)
		}
		return rec
	})
	for _, q := range []Query{{}, {Newest: true}, {Limit: 10}} {
		events, broken := 0, []string{}
		for e, err := range Read(t.Context(), journal, journal, q) {
			if err == nil {
				events++
				continue
			}
			broken = append(broken, fmt.Sprint(e.Log, e.Seq))
			if later, ok := errors.AsType[*FormatError](err); e.Log == LogNode && ok != (e.Seq == 3) || ok && !strings.Contains(later.Error(), "schema 2") {
				t.Errorf("%v: error %v", &q, err)
			}
		}
		slices.Sort(broken)
		if want := []string{"audit2", "audit3", "registry2"}; !slices.Equal(broken, want) {
			t.Errorf("%v: unreadable are %v, want %v", &q, broken, want)
		}
		if want := 11; q.Limit == 0 && events != want {
			t.Errorf("%v: %d events, want %d", &q, events, want)
		}
	}
	c := nodeCheck{}
	for rec, err := range journal.Read(t.Context(), LogNode, 1) {
		if err := errors.Join(err, c.check(rec)); err != nil {
			t.Fatal(err)
		}
	}
	if c.unreadable != 2 || c.found != nil {
		t.Errorf("%d are unreadable, want 2; %v", c.unreadable, c.found)
	}
}

func TestRead_hidesConfigurations(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	got := all(t, trail, Query{Action: "module:configure"})
	if len(got) != 1 || got[0].ID != "registry/4/2" || got[0].AfterHash != hashOf([]byte(`{"password":"hunter2"}`)) {
		t.Fatalf("events %+v", got)
	}
	if bytes.Contains(got[0].Append(nil), []byte("hunter2")) {
		t.Error("the configuration is in the event")
	}
}

func TestQueryCheck(t *testing.T) {
	t.Parallel()
	for _, q := range []Query{
		{Actor: "u1"},
		{Actor: "user/"},
		{Actor: "User/x"},
		{Actor: "user/a b"},
		{Action: "*"},
		{Action: "module"},
		{Action: "mod*"},
		{Action: "module:st*"},
		{Resource: "a b"},
		{Resource: "a*b"},
		{Outcome: "maybe"},
		{Log: "other"},
		{Request: "a b"},
		{Limit: -1},
	} {
		if err := q.Check(); err == nil {
			t.Errorf("%v is accepted", &q)
		}
	}
	long := Query{
		From: time.Now(), To: time.Now(), Actor: strings.Repeat("a", MaxKind) + "/" + strings.Repeat("x", record.MaxID), Log: LogRegistry,
		Action: strings.Repeat("a", 31) + ":" + strings.Repeat("b", 32), Resource: strings.Repeat("r", MaxResourceID) + "*", Outcome: OutcomeSuccess,
		Request: strings.Repeat("r", record.MaxID), Limit: 1<<63 - 1, Newest: true,
	}
	if err := long.Check(); err != nil {
		t.Fatal(err)
	}
	if err := record.CheckReason(long.String()); err != nil {
		t.Errorf("the longest query cannot be written down: %v", err)
	}
}

func TestTrailQuery_isInTheLog(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	q := Query{Actor: "user/u1", Action: "module:*", Limit: 2}
	count := 0
	for e, err := range trail.Query(as(t.Context(), "auditor"), q) {
		if err != nil {
			t.Fatal(err)
		}
		if count == 0 { // it was there before the first result
			if got := all(t, trail, Query{Action: "audit:query"}); len(got) != 1 || got[0].Actor.ID != "auditor" || got[0].Reason != "actor=user/u1 action=module:* limit=2" {
				t.Errorf("the log has %+v", got)
			}
		}
		if e.Action == "audit:query" {
			t.Error("the query finds itself")
		}
		count++
	}
	if count != 2 {
		t.Errorf("%d events, want 2", count)
	}
	for _, err := range trail.Query(t.Context(), Query{Log: "other"}) {
		if modreg.CodeOf(err) != modreg.CodeInvalid {
			t.Errorf("error %v, want one of code invalid", err)
		}
	}
}
