package record_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

func full(tb testing.TB) record.Transaction {
	tb.Helper()
	checked, err := manifest.Check(manifest.Manifest{Name: "upper", Version: "1.0.0", Description: "<&> é", Runtime: "process"})
	if err != nil {
		tb.Fatal(err)
	}
	return record.Transaction{
		Prev: sha256.Sum256([]byte("before")), Time: time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC), Node: "n-1",
		Origin: record.Origin{
			Actor:      record.Actor{Kind: record.KindUser, ID: "u-1", Authn: "oidc", Session: "s-1", Token: "t-1", Address: "h:1"},
			OnBehalfOf: record.Actor{Kind: record.KindService, ID: "ci"},
			Request:    "01ARZ3NDEKTSV4RRFFQ69G5FAV", Trace: "4bf92f3577b34da6", Approval: "a-1", Incident: "i-1",
			Reason: `it is "time" <now> — é`,
			Sealed: []record.Sealed{{Subject: "p-1", Key: "k-1", Data: []byte{0, 1, 255}}, {Subject: "p-2", Key: "k-2", Data: []byte("x")}},
		},
		Ops: []record.Op{
			{Do: record.Register, Manifest: checked, Config: []byte(`{"a":1}`)},
			{Do: record.Activate, Module: "upper@1.0.0"},
			{Do: record.Configure, Module: "upper@1.0.0", Config: []byte(`null`)},
			{Do: record.Configure, Module: "upper@1.0.0"},
			{Do: record.Unregister, Module: "upper@1.0.0"},
		},
	}
}

// golden is what is on disks by now; it must stay readable.
const golden = `{"v":2,"prev":"b1db4ed80e50ee9a9aa3b0ac1a2b0c36a1b0ee0ad4bdbd3cd0b1b0a4ff8a4a52","time":"2026-01-02T03:04:05.0000006Z","node":"n-1",` +
	`"actor":{"kind":"user","id":"u-1","authn":"oidc","session":"s-1","token":"t-1","address":"h:1"},"on_behalf_of":{"kind":"service","id":"ci"},` +
	`"request":"01ARZ3NDEKTSV4RRFFQ69G5FAV","trace":"4bf92f3577b34da6","approval":"a-1","incident":"i-1",` +
	`"reason":"it is \"time\" \u003cnow\u003e — é",` +
	`"sealed":[{"subject":"p-1","key":"k-1","data":"AAH/"},{"subject":"p-2","key":"k-2","data":"eA=="}],` +
	`"ops":[{"do":"register","manifest":{"description":"<&> é","name":"upper","runtime":"process","version":"1.0.0"},"config":{"a":1}},` +
	`{"do":"activate","module":"upper@1.0.0"},{"do":"configure","module":"upper@1.0.0","config":null},` +
	`{"do":"configure","module":"upper@1.0.0"},{"do":"unregister","module":"upper@1.0.0"}]}`

func TestTransaction_golden(t *testing.T) {
	t.Parallel()
	tx := full(t)
	prev, _ := hex.DecodeString("b1db4ed80e50ee9a9aa3b0ac1a2b0c36a1b0ee0ad4bdbd3cd0b1b0a4ff8a4a52")
	copy(tx.Prev[:], prev)
	got := tx.Append(nil)
	if string(got) != golden {
		t.Fatalf("encoded as\n%s\nwant\n%s", got, golden)
	}
	back, err := record.Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if back.Origin.Actor != tx.Origin.Actor || back.Origin.Reason != tx.Origin.Reason || !back.Time.Equal(tx.Time) || len(back.Ops) != len(tx.Ops) || back.Format != 2 {
		t.Errorf("%+v", back)
	}
	if p, ok := record.Prev(got); !ok || p != tx.Prev {
		t.Errorf("Prev: %x, %v", p, ok)
	}
}

func TestDecode_readsFormat1(t *testing.T) {
	t.Parallel()
	prev := strings.Repeat("ab", 32)
	data := `{"v":1,"time":"2026-01-02T03:04:05Z","prev":"` + prev + `","ops":[{"do":"activate","module":"a@1.0.0"}]}`
	tx, err := record.Decode([]byte(data))
	if err != nil || tx.Format != 1 || len(tx.Ops) != 1 || tx.Ops[0].Ref() != "a@1.0.0" {
		t.Errorf("%+v, %v", tx, err)
	}
	if p, ok := record.Prev([]byte(data)); !ok || hex.EncodeToString(p[:]) != prev {
		t.Errorf("Prev: %x, %v", p, ok)
	}
}

func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"another order":      strings.Replace(golden, `"node":"n-1",`, "", 1) + " ",
		"white space":        strings.Replace(golden, `"ops":`, `"ops": `, 1),
		"an empty field":     strings.Replace(golden, `"node":"n-1"`, `"node":""`, 1),
		"a repeated field":   strings.Replace(golden, `"node":"n-1"`, `"node":"n-2","node":"n-1"`, 1),
		"a field in capital": strings.Replace(golden, `"node"`, `"Node"`, 1),
		"an unknown field":   strings.Replace(golden, `"node"`, `"nude"`, 1),
		"an unknown op":      strings.Replace(golden, `"activate"`, `"explode"`, 1),
		"a quote in an id":   strings.Replace(golden, `"id":"ci"`, `"id":"c\"i"`, 1),
		"another kind":       strings.Replace(golden, `"service"`, `"robot"`, 1),
		"a line break":       strings.Replace(golden, `time\"`, `time\n\"`, 1),
		"another zone":       strings.Replace(golden, `0000006Z`, `0000006+00:00`, 1),
		"a spelled manifest": strings.Replace(golden, `"runtime":"process",`, `"runtime":"process","start":"lazy",`, 1),
		"a short hash":       strings.Replace(golden, `"prev":"b1`, `"prev":"`, 1),
		"two documents":      golden + golden,
		"nothing":            "",
	} {
		if _, err := record.Decode([]byte(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	var format *record.FormatError
	if _, err := record.Decode([]byte(`{"v":3}`)); !errors.As(err, &format) || format.Found != 3 {
		t.Errorf("a later format: %v", err)
	}
}

func TestOrigin_limits(t *testing.T) {
	t.Parallel()
	secret := "hunter2 hunter2"
	for name, o := range map[string]record.Origin{
		"kind":            {Actor: record.Actor{Kind: "king", ID: "x"}},
		"no id":           {Actor: record.Actor{Kind: record.KindUser}},
		"no kind":         {OnBehalfOf: record.Actor{ID: "x"}},
		"space":           {Request: secret},
		"long id":         {Trace: strings.Repeat("x", record.MaxID+1)},
		"long reason":     {Reason: strings.Repeat("x", record.MaxReason+1)},
		"control":         {Reason: "a\x1b[31m"},
		"bidi":            {Reason: "a\u202eb"},
		"not UTF-8":       {Reason: "a\xff"},
		"sealed empty":    {Sealed: []record.Sealed{{}}},
		"sealed too long": {Sealed: []record.Sealed{{Subject: "s", Key: "k", Data: make([]byte, record.MaxSecret+1)}}},
		"sealed too many": {Sealed: make([]record.Sealed, record.MaxSealed+1)},
	} {
		err := o.Check()
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats the value: %v", name, err)
		}
	}
	tx := full(t)
	if err := tx.Origin.Check(); err != nil {
		t.Error(err)
	}
}

func TestWithOrigin(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if o := record.OriginOf(ctx); !o.Actor.IsZero() || o.Actor.String() != "unknown" {
		t.Errorf("%+v", o)
	}
	want := full(t).Origin
	if o := record.OriginOf(record.WithOrigin(ctx, want)); o.Actor != want.Actor {
		t.Errorf("%+v", o)
	}
}

// FuzzDecode holds that what is decoded has one spelling.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"v":1,"time":"2026-01-02T03:04:05Z","prev":"` + strings.Repeat("0", 64) + `","ops":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tx, err := record.Decode(data)
		if err != nil {
			return
		}
		again := tx.Append(nil)
		if tx.Format == record.Format && !bytes.Equal(again, data) {
			t.Errorf("decoded\n%s\nencoded\n%s", data, again)
		}
		if _, err := record.Decode(again); err != nil {
			t.Errorf("what was encoded is refused: %v\n%s", err, again)
		}
		if p, ok := record.Prev(data); !ok || p != tx.Prev {
			t.Errorf("Prev: %x, %v", p, ok)
		}
	})
}
