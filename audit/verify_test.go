package audit

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/record"
)

// A forged journal yields other data than was appended.
type forged struct {
	modreg.Journal
	mu    sync.Mutex
	forge func(stream string, rec modreg.Record) modreg.Record
}

func (f *forged) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	f.mu.Lock()
	forge := f.forge
	f.mu.Unlock()
	return func(yield func(modreg.Record, error) bool) {
		for rec, err := range f.Journal.Read(ctx, stream, from) {
			if forge != nil {
				rec = forge(stream, rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (f *forged) set(forge func(stream string, rec modreg.Record) modreg.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forge = forge
}

func swapped(stream, old, next string) func(string, modreg.Record) modreg.Record {
	return func(of string, rec modreg.Record) modreg.Record {
		if of == stream {
			rec.Data = bytes.ReplaceAll(rec.Data, []byte(old), []byte(next))
		}
		return rec
	}
}

func TestTrailVerify_findsTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stream, old, next string
		record            uint64
	}{
		"registry": {LogRegistry, `"appr-1"`, `"appr-2"`, 1},
		"node":     {LogNode, `"secret:use"`, `"secret:see"`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journal := &forged{Journal: modreg.NewMemJournal()}
			trail, _ := history(t, Options{Registry: journal})
			if _, err := trail.Verify(t.Context(), VerifyOptions{}); err != nil {
				t.Fatal(err)
			}
			journal.set(swapped(c.stream, c.old, c.next))
			_, err := trail.Verify(t.Context(), VerifyOptions{})
			tampered, ok := errors.AsType[*merkle.TamperError](err)
			if !ok || tampered.Record != c.record {
				t.Fatalf("error %v, want a TamperError at record %d", err, c.record)
			}
			// From then on nothing is written any more, but what protects.
			if err := trail.Record(t.Context(), denial("a@1.0.0")); modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
				t.Errorf("record: error %v, want one of code audit_unavailable", err)
			}
			if _, err := trail.Journal().Append(t.Context(), LogRegistry, 6, [][]byte{[]byte("x")}); modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
				t.Errorf("append: error %v, want one of code audit_unavailable", err)
			}
			begin(t, trail, modreg.Act{Action: "stop", Module: "upper", Version: "1.0.0", Protective: true})(nil)
			if s := trail.Status(); s.Broken == nil || s.Spooled == 0 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// A journal that loses records while the trail is open is found by the next append, and ends everything.
func TestTrail_journalLosesRecords(t *testing.T) {
	t.Parallel()
	journal := &forged{Journal: modreg.NewMemJournal()}
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal(), Local: journal})
	journal.Journal = modreg.NewMemJournal()
	for range 2 {
		err := trail.Record(t.Context(), denial("a@1.0.0"))
		if tampered, ok := errors.AsType[*merkle.TamperError](err); !ok || tampered.Kind != merkle.Rollback || modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
			t.Errorf("error %v, want a rollback", err)
		}
	}
	if _, err := trail.Journal().Append(t.Context(), LogRegistry, 0, [][]byte{[]byte("x")}); modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
		t.Errorf("append to the other log: error %v, want one of code audit_unavailable", err)
	}
	if trail.Status().Broken == nil {
		t.Error("the status says nothing")
	}
}

func TestTrailVerify_againstACheckpointFromElsewhere(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	cp, err := trail.Checkpoint(t.Context(), LogRegistry)
	if err != nil || cp.Size != 6 {
		t.Fatalf("checkpoint %+v, %v", cp, err)
	}
	r, err := trail.Verify(t.Context(), VerifyOptions{KnownRegistry: []merkle.Checkpoint{cp}})
	if err != nil || r.Registry.Size != 6 || r.Log.Size == 0 {
		t.Fatalf("report %+v, %v", r, err)
	}
	_, err = trail.Verify(t.Context(), VerifyOptions{KnownLog: []merkle.Checkpoint{cp}})
	if tampered, ok := errors.AsType[*merkle.TamperError](err); !ok || tampered.Kind != merkle.ForeignOrigin {
		t.Errorf("error %v, want one about a foreign origin", err)
	}
	mustRecord(t, t.Context(), trail, denial("a@1.0.0")) // a slip of the caller breaks nothing
}

// The chain of the records is checked even where the tree was made of the wrong ones from the start.
func TestTrailVerify_chainOfRecords(t *testing.T) {
	t.Parallel()
	for name, prev := range map[string][32]byte{"first": {1}, "second": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
			batch := [][]byte{transaction(prev, "a@1.0.0"), transaction([32]byte{2}, "b@1.0.0")}
			if _, err := trail.Journal().Append(t.Context(), LogRegistry, 0, batch); err != nil {
				t.Fatal(err)
			}
			_, err := trail.Verify(t.Context(), VerifyOptions{})
			if tampered, ok := errors.AsType[*merkle.TamperError](err); !ok || (tampered.Record == 1) != (name == "first") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func transaction(prev [32]byte, ref string) []byte {
	tr := record.Transaction{Prev: prev, Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Ops: []record.Op{{Do: record.Activate, Module: ref}}}
	return tr.Append(nil)
}

func TestTrailProve(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	for _, log := range []string{LogRegistry, LogNode} {
		p, err := trail.Prove(t.Context(), log, 3)
		if err != nil {
			t.Fatal(err)
		}
		file, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if p, err = merkle.ParseProof(file); err != nil {
			t.Fatal(err)
		}
		if cp, err := p.Verify(trail.Keyring(log), "modreg/node-1/"+log); err != nil || cp.Size < 3 {
			t.Errorf("%s: checkpoint %+v, %v", log, cp, err)
		}
		p.Record = bytes.Replace(p.Record, []byte("upper"), []byte("lower"), 1)
		p.Record = bytes.Replace(p.Record, []byte("secret"), []byte("public"), 1)
		if _, err := p.Verify(trail.Keyring(log), "modreg/node-1/"+log); err == nil {
			t.Errorf("%s: another record is proved as well", log)
		}
	}
	if got := all(t, trail, Query{Action: "audit:prove"}); len(got) != 2 || got[0].Resource.ID != "registry/3" {
		t.Errorf("the log has %+v", got)
	}
	if _, err := trail.Prove(t.Context(), LogRegistry, 7); !errors.Is(err, merkle.ErrUnsigned) {
		t.Errorf("error %v, want ErrUnsigned", err)
	}
	if _, err := trail.Prove(t.Context(), "other", 1); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("error %v, want one of code invalid", err)
	}
}

func TestOpen_refusesARolledBackJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	trail := openTrail(t, dir, Options{Registry: modreg.NewMemJournal()})
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, Options{Registry: modreg.NewMemJournal(), Node: "node-1"})
	if tampered, ok := errors.AsType[*merkle.TamperError](err); !ok || tampered.Kind != merkle.Rollback || modreg.CodeOf(err) != modreg.CodeAuditUnavailable {
		t.Errorf("error %v, want a rollback", err)
	}
}

func TestTrailRotateKey(t *testing.T) {
	t.Parallel()
	dir, journal := t.TempDir(), modreg.NewMemJournal()
	trail := openTrail(t, dir, Options{Registry: journal})
	before := trail.Keyring(LogNode).Current()
	old := trail.Status().Log
	if err := trail.RotateKey(t.Context(), LogNode, nil); err != nil {
		t.Fatal(err)
	}
	if trail.Keyring(LogNode).Current() == before {
		t.Error("the key is the same")
	}
	mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	trail = openTrail(t, dir, Options{Registry: journal})
	if _, err := trail.Verify(t.Context(), VerifyOptions{KnownLog: []merkle.Checkpoint{old}}); err != nil {
		t.Errorf("verify: %v", err)
	}
	if got := all(t, trail, Query{Action: "audit:rotate-key", Outcome: OutcomeSuccess}); len(got) != 1 || got[0].Resource.ID != LogNode {
		t.Errorf("the log has %+v", got)
	}

	key, err := merkle.GenerateKey("given")
	if err != nil {
		t.Fatal(err)
	}
	trail = openTrail(t, t.TempDir(), Options{Registry: journal, RegistryLog: LogOptions{Key: key}, Local: modreg.NewMemJournal()})
	if err := trail.RotateKey(t.Context(), LogRegistry, nil); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("error %v, want one of code invalid", err)
	}
}

// A sink that fails.
type deadSink struct{ calls chan struct{} }

func (s *deadSink) Name() string { return "dead" }

func (s *deadSink) Publish(context.Context, merkle.Checkpoint) error {
	s.calls <- struct{}{}
	return errors.New("connection refused\nsecret")
}

func TestTrail_failingSinkIsAnEvent(t *testing.T) {
	t.Parallel()
	told := make(chan error, 16)
	sink := &deadSink{calls: make(chan struct{}, 16)}
	trail := openTrail(t, t.TempDir(), Options{
		Registry: modreg.NewMemJournal(), NodeLog: LogOptions{Sinks: []merkle.Sink{sink}}, Problem: func(err error) { told <- err },
	})
	<-sink.calls
	if err := <-told; !strings.Contains(err.Error(), "dead") {
		t.Errorf("told %v", err)
	}
	// What is told is in the next batch already, or in the one after.
	for len(all(t, trail, Query{Action: "audit:problem"})) == 0 {
		mustRecord(t, t.Context(), trail, denial("a@1.0.0"))
	}
	if s := trail.Status().Sinks; len(s) != 1 || s[0].Name != "dead" || s[0].Log != LogNode {
		t.Errorf("sinks %+v", s)
	}
	got := all(t, trail, Query{Action: "audit:problem"})
	if len(got) != 1 || !strings.Contains(got[0].Reason, "connection refused") || strings.Contains(got[0].Reason, "secret") {
		t.Errorf("events %+v", got)
	}
	go func() { // whatever it is given until it is closed
		for range sink.calls {
		}
	}()
	go func() {
		for range told {
		}
	}()
}
