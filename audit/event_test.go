package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/record"
)

// full returns an event that has every field.
func full() Event {
	hash := "sha256:" + strings.Repeat("0a", 32)
	return Event{
		ID: "01JNA5X0000000000000000000", Log: LogNode, Seq: 12,
		Time: time.Date(2026, 3, 1, 12, 0, 0, 120, time.UTC), Node: "node-1",
		Class: ClassAuthorization, Action: "module:activate", Activity: ActivityResult, Outcome: OutcomeDeny,
		Reason:    `she said "no \ never", größer <&> 漢字`,
		PolicyIDs: []string{"p1", "p2"}, PolicyRev: "7",
		Actor:      record.Actor{Kind: "user", ID: "u42", Authn: "token", Session: "s1", Token: "t1", Address: "h1"},
		OnBehalfOf: record.Actor{Kind: "service", ID: "ci"},
		Resource:   Resource{Kind: "module", ID: "upper@1.0.0", Rev: "3", Digest: hash},
		BeforeHash: hash, AfterHash: hash,
		Diff:    []Change{{Field: "weight", Before: "10", After: "20"}, {Field: "zone", After: "eu"}},
		Request: "req-1", Trace: "tr-1", Approval: "ap-1", Incident: "in-1", Intent: "01JNA5X0000000000000000001",
		Spooled: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
		Sealed:  []record.Sealed{{Subject: "s42", Key: "k1", Data: []byte{0, 1, 2, 255}}, {Subject: "s43", Key: "k1", Data: []byte("x")}},
	}
}

func TestEvent_roundTrip(t *testing.T) {
	t.Parallel()
	small := Event{ID: "x", Time: time.Unix(0, 0).UTC(), Class: ClassSystem, Action: "system:start", Activity: ActivityIntent}
	for name, want := range map[string]Event{"full": full(), "small": small} {
		if err := want.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data := want.Append(nil)
		got, err := Decode(data)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, data)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read back as\n%+v, want\n%+v", name, got, want)
		}
	}
}

// What a program without this package reads is the same.
func TestEvent_isJSON(t *testing.T) {
	t.Parallel()
	e := full()
	var got struct {
		SchemaVersion int      `json:"schema_version"`
		Reason        string   `json:"reason"`
		PolicyIDs     []string `json:"policy_ids"`
		Actor         record.Actor
		Time          time.Time
		Sealed        []record.Sealed
		Diff          []Change
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.SchemaVersion != 1 || got.Reason != e.Reason || got.Actor != e.Actor || !got.Time.Equal(e.Time) || !reflect.DeepEqual(got.Sealed, e.Sealed) ||
		!reflect.DeepEqual(got.Diff, e.Diff) || !reflect.DeepEqual(got.PolicyIDs, e.PolicyIDs) {
		t.Errorf("read as %+v", got)
	}
	var again Event
	if err := json.Unmarshal(data, &again); err != nil || !reflect.DeepEqual(again, e) {
		t.Errorf("read back as %+v, %v", again, err)
	}
	if _, err := json.Marshal(Event{ID: "x"}); err == nil {
		t.Error("an event outside the grammar is encoded")
	}
	if !bytes.Equal(data, e.Append(nil)) {
		t.Errorf("encoding/json spells it\n%s, and Append\n%s", data, e.Append(nil))
	}
	if !bytes.HasPrefix(e.Append(nil), []byte(`{"schema_version":1,`)) {
		t.Error("the version does not come first")
	}
}

func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	e := full()
	text := string(e.Append(nil))
	change := func(old, next string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the event", old)
		}
		return strings.Replace(text, old, next, 1)
	}
	for name, data := range map[string]string{
		"nothing":           "",
		"another":           `{}`,
		"cut":               text[:len(text)-1],
		"more":              text + " ",
		"twice":             text + text,
		"space":             change(`,"id"`, `, "id"`),
		"unknown field":     change(`,"node"`, `,"nodes":"x","node"`),
		"order":             change(`"class":"authorization","action":"module:activate"`, `"action":"module:activate","class":"authorization"`),
		"empty":             change(`"node":"node-1"`, `"node":""`),
		"class":             change(`"class":"authorization"`, `"class":"other"`),
		"no id":             change(`,"id":"01JNA5X0000000000000000000"`, ``),
		"outcome":           change(`"outcome":"deny"`, `"outcome":"perhaps"`),
		"escape":            change(`größer`, `\u0067rößer`),
		"slash escape":      change(`größer`, `\/`),
		"unescaped":         change(`\u0026`, `&`),
		"large escape":      change(`\u003c`, `\u003C`),
		"control":           change(`größer`, "a\nb"),
		"time zone":         change(`11:00:00Z`, `11:00:00+00:00`),
		"time zeroes":       change(`11:00:00Z`, `11:00:00.000Z`),
		"local time":        change(`11:00:00Z`, `11:00:00+01:00`),
		"seq":               change(`"seq":12`, `"seq":012`),
		"no seq":            change(`"seq":12`, `"seq":0`),
		"large seq":         change(`"seq":12`, `"seq":99999999999999999999`),
		"base64":            change(`"AAEC/w=="`, `"AAEC/x=="`),
		"base64 line break": change(`"AAEC/w=="`, "\"AAEC\n/w==\""),
		"actor":             change(`"kind":"user"`, `"kind":"martian"`),
		"hash":              change(`"before_hash":"sha256:0a`, `"before_hash":"sha256:0A`),
		"result of nothing": change(`,"intent":"01JNA5X0000000000000000001"`, ``),
		"version":           change(`"schema_version":1`, `"schema_version":0`),
		"large":             strings.Repeat("x", MaxEvent+1),
	} {
		if got, err := Decode([]byte(data)); err == nil {
			t.Errorf("%s: accepted as %+v", name, got)
		}
	}
	_, err := Decode([]byte(change(`"schema_version":1`, `"schema_version":2`)))
	if later, ok := errors.AsType[*FormatError](err); !ok || later.Found != 2 {
		t.Errorf("a later version: error %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	e := full()
	f.Add(e.Append(nil))
	e = Event{ID: "x", Time: time.Unix(0, 0).UTC(), Class: ClassSystem, Action: "system:start", Activity: ActivityIntent}
	f.Add(e.Append(nil))
	f.Add([]byte(`{"schema_version":2}`))
	f.Add([]byte(`{"schema_version":1,"id":"x","time":"2026-03-01T12:00:00Z","class":"system","action":"a:b","outcome":"deny","reason":"\\\""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		if again := e.Append(nil); !bytes.Equal(again, data) {
			t.Fatalf("two spellings of one event:\n%s\n%s", data, again)
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what is not JSON: %q", data)
		}
		if at, ok := timeOf(data); !ok || !at.Equal(e.Time) {
			t.Fatalf("the time of %s is %v, found %v", data, e.Time, at)
		}
	})
}

func TestIDs_sortByTime(t *testing.T) {
	t.Parallel()
	var g ids
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	last := ""
	for i := range 5000 {
		switch {
		case i%1000 == 999:
			now = now.Add(-time.Minute) // a clock that goes back
		case i%3 == 0:
			now = now.Add(time.Millisecond)
		}
		id := g.next(now)
		if len(id) != 26 || id <= last || strings.Trim(id, crockford) != "" {
			t.Fatalf("identifier %d is %q after %q", i, id, last)
		}
		last = id
	}
	// The example of the specification: 1469918176385 is 01ARYZ6S41.
	if id := (&ids{}).next(time.UnixMilli(1469918176385)); id[:10] != "01ARYZ6S41" {
		t.Errorf("the time is spelled %q", id[:10])
	}
	full := ids{ms: 1, buf: [16]byte{5: 1, 6: 255, 7: 255, 8: 255, 9: 255, 10: 255, 11: 255, 12: 255, 13: 255, 14: 255, 15: 255}}
	before := encodeID(full.buf)
	if id := full.next(time.UnixMilli(1)); id <= before {
		t.Errorf("after the last of a millisecond, %q, comes %q", before, id)
	}
}

func BenchmarkEventAppend(b *testing.B) {
	e := full()
	e.Sealed, e.Diff = nil, nil
	buf := e.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = e.Append(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecode(b *testing.B) {
	e := full()
	e.Sealed, e.Diff, e.Log, e.Seq = nil, nil, "", 0
	data := e.Append(nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
