package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/modreg/modreg"
)

// The formats of an export.
const (
	// FormatJSONL is one event a line, in its canonical form.
	FormatJSONL = "jsonl"
	// FormatCSV is one event a line after a line of names, for spreadsheets: a cell that one of them would take for a formula begins
	// with a "'". Personal data is left out but for whom it is about.
	FormatCSV = "csv"
	// FormatRecords is one record a line as the log has it, {"log":"registry","seq":1,"data":…}, for the archive: every leaf of
	// the Merkle tree can be computed from it. A record that is not JSON in one line has "base64" instead of "data". It is the
	// format that [Trail.Prune] asks for, and takes one whole log: a query with Log and nothing else.
	FormatRecords = "records"
)

// An Exported says what an export wrote.
type Exported struct {
	Events uint64 // how many events, or records
	First  uint64 // of FormatRecords: the place of the first and
	Last   uint64 // of the last record
	Digest string // "sha256:…" of all bytes that were written
}

// Export writes the events that a query selects to w, as they are read, in one of the formats. It is written down: the
// intent with the text of the query before the first byte, the result with the digest of what was written after.
//
// Errors are those of [Trail.Record], of a query or format it does not know ([modreg.CodeInvalid]), of w, and of the first
// entry that cannot be read; what was written then is not complete.
func (t *Trail) Export(ctx context.Context, w io.Writer, format string, q Query) (done Exported, err error) {
	found, err := headsOf(ctx, t.o.Registry, t.o.Local, &q)
	if err == nil {
		err = checkFormat(format, &q)
	}
	if err != nil {
		return done, err
	}
	intent := Event{
		Class: ClassAudit, Action: actionExport, Reason: q.String(), Resource: logResource(q.Log),
		Diff: []Change{{Field: "format", After: format}},
	}
	end, err := t.effect(ctx, intent, false)
	if err != nil {
		return done, err
	}
	done, err = export(ctx, w, format, found, &q)
	end(err, func(e *Event) {
		e.Resource.Digest = done.Digest
		e.Diff = []Change{{Field: "format", After: format}, {Field: "events", After: strconv.FormatUint(done.Events, 10)}}
		if format == FormatRecords {
			e.Resource = Resource{Kind: "log", ID: rangeID(q.Log, done.First, done.Last), Digest: done.Digest}
		}
	})
	return done, err
}

func checkFormat(format string, q *Query) error {
	switch {
	case format == FormatJSONL, format == FormatCSV:
		return nil
	case format != FormatRecords:
		return &modreg.Error{Code: modreg.CodeInvalid, What: "export the audit log", Why: "the format is none of jsonl, csv and records"}
	case q.Log == "" || *q != Query{Log: q.Log}:
		return &modreg.Error{
			Code: modreg.CodeInvalid, What: "export the audit log", Why: "the format records is of one whole log",
			Fix: "give a query with a log and nothing else",
		}
	}
	return nil
}

// rangeID names a part of a log.
func rangeID(log string, first, last uint64) string { return fmt.Sprintf("%s/%d-%d", log, first, last) }

// parseRange is the inverse of rangeID.
func parseRange(id string) (log string, first, last uint64, ok bool) {
	log, places, _ := strings.Cut(id, "/")
	a, b, _ := strings.Cut(places, "-")
	first, err := strconv.ParseUint(a, 10, 64)
	last, err2 := strconv.ParseUint(b, 10, 64)
	return log, first, last, errors.Join(err, err2) == nil && rangeID(log, first, last) == id
}

// export writes and hashes.
func export(ctx context.Context, w io.Writer, format string, found spans, q *Query) (done Exported, err error) {
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	switch format {
	case FormatRecords:
		err = exportRecords(ctx, out, found[0], &done)
	case FormatCSV:
		err = exportCSV(ctx, out, found, q, &done)
	default:
		err = exportJSONL(ctx, out, found, q, &done)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return done, fmt.Errorf("export the audit log: %w", err)
	}
	done.Digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return done, nil
}

func exportJSONL(ctx context.Context, out *bufio.Writer, found spans, q *Query, done *Exported) (err error) {
	var buf []byte
	found.read(ctx, q, func(e Event, readErr error) bool {
		if err = readErr; err != nil {
			return false
		}
		buf = append(e.Append(buf[:0]), '\n')
		_, err = out.Write(buf)
		done.Events++
		return err == nil
	})
	return err
}

func exportRecords(ctx context.Context, out *bufio.Writer, s span, done *Exported) error {
	if s.first > s.head {
		return errors.New("the log is empty")
	}
	done.First = s.first
	for rec, err := range s.journal.Read(ctx, s.log, s.first) {
		if err != nil {
			return err
		}
		if rec.Seq > s.head {
			break
		}
		// Both forms are JSON in one line, so that they can stand in it as they are. What is neither is kept all the same.
		name, data := "data", rec.Data
		if !json.Valid(data) || bytes.ContainsAny(data, "\r\n") {
			name, data = "base64", []byte(`"`+base64.StdEncoding.EncodeToString(data)+`"`)
		}
		if _, err := fmt.Fprintf(out, "{\"log\":%q,\"seq\":%d,%q:%s}\n", s.log, rec.Seq, name, data); err != nil {
			return err
		}
		done.Events, done.Last = done.Events+1, rec.Seq
	}
	return nil
}
