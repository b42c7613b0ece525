package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg"
)

func TestTrailExport_jsonl(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	var out bytes.Buffer
	done, err := trail.Export(t.Context(), &out, FormatJSONL, Query{Resource: "upper@*"})
	if err != nil {
		t.Fatal(err)
	}
	if done.Events != 7 || done.Digest != hashOf(out.Bytes()) {
		t.Errorf("exported %+v", done)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 7 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		if e, err := Decode([]byte(line)); err != nil || e.Log != LogRegistry || e.Seq == 0 {
			t.Errorf("line %s: %v", line, err)
		}
	}
	got := all(t, trail, Query{Action: "audit:export"})
	if len(got) != 2 || got[0].Reason != "resource=upper@*" || got[1].Resource.Digest != done.Digest || got[1].Outcome != OutcomeSuccess {
		t.Errorf("the log has %+v", got)
	}
}

func TestTrailExport_records(t *testing.T) {
	t.Parallel()
	journal := modreg.NewMemJournal()
	trail, _ := history(t, Options{Registry: journal})
	foreign := []byte("not\nJSON")
	if _, err := journal.Append(t.Context(), LogRegistry, 6, [][]byte{foreign}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	done, err := trail.Export(t.Context(), &out, FormatRecords, Query{Log: LogRegistry})
	if err != nil {
		t.Fatal(err)
	}
	if done.First != 1 || done.Last != 7 || done.Events != 7 {
		t.Errorf("exported %+v", done)
	}
	dec := json.NewDecoder(&out)
	for rec, err := range journal.Read(t.Context(), LogRegistry, 1) {
		var line struct {
			Log    string
			Seq    uint64
			Data   json.RawMessage
			Base64 []byte
		}
		if err := errors.Join(err, dec.Decode(&line)); err != nil {
			t.Fatal(err)
		}
		if line.Log != LogRegistry || line.Seq != rec.Seq || !bytes.Equal(rec.Data, append(line.Data, line.Base64...)) {
			t.Errorf("record %d is exported as %+v", rec.Seq, line)
		}
	}
	for _, q := range []Query{{}, {Log: LogNode, Limit: 3}, {Log: LogNode, Outcome: OutcomeDeny}} {
		if _, err := trail.Export(t.Context(), &out, FormatRecords, q); modreg.CodeOf(err) != modreg.CodeInvalid {
			t.Errorf("%v: error %v, want one of code invalid", &q, err)
		}
	}
	if _, err := trail.Export(t.Context(), &out, "xml", Query{}); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("error %v, want one of code invalid", err)
	}
}

func TestTrailExport_csvIsNoFormula(t *testing.T) {
	t.Parallel()
	trail := openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()})
	evil := []string{"=1+1", "+1", "-1", "@SUM(A1)", `=HYPERLINK("http://x","y")`, "fine = not", `quote " and , comma`}
	for _, reason := range evil {
		e := denial("a@1.0.0")
		e.Reason, e.Trace, e.PolicyRev = reason, "=cmd", "-2"
		e.Diff = []Change{{Field: "+a", Before: "1", After: "2"}}
		mustRecord(t, t.Context(), trail, e)
	}
	var out bytes.Buffer
	if _, err := trail.Export(t.Context(), &out, FormatCSV, Query{Outcome: OutcomeDeny}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != len(evil)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		for j, cell := range row {
			if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
				t.Errorf("row %d, column %s: %q is a formula", i, rows[0][j], cell)
			}
		}
	}
	reason := slices.Index(rows[0], "reason")
	if rows[1][reason] != "'=1+1" || rows[6][reason] != "fine = not" || rows[7][reason] != evil[6] {
		t.Errorf("reasons %q, %q, %q", rows[1][reason], rows[6][reason], rows[7][reason])
	}
	for _, cell := range []string{"\tx", "\rx", "=x"} {
		if harmless(cell) != "'"+cell {
			t.Errorf("%q stays a formula", cell)
		}
	}
}

// A writer that breaks.
type shortWriter struct{ left int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestTrailExport_thatBreaksIsAFailure(t *testing.T) {
	t.Parallel()
	trail, _ := history(t, Options{Registry: modreg.NewMemJournal()})
	for _, format := range []string{FormatJSONL, FormatCSV, FormatRecords} {
		if _, err := trail.Export(t.Context(), &shortWriter{left: 100}, format, Query{Log: LogNode}); !errors.Is(err, errDisk) {
			t.Errorf("%s: error %v, want the writer's", format, err)
		}
	}
	got := all(t, trail, Query{Action: "audit:export", Outcome: OutcomeFailure})
	if len(got) != 3 || got[0].Resource.Digest != "" {
		t.Errorf("the log has %+v", got)
	}
}
