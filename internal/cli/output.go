package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// The forms of the output.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatLines = "jsonl"
)

func (a *app) checkFormat(cmd *cobra.Command) error {
	switch a.format {
	case formatTable, formatJSON, formatLines:
		return nil
	}
	return usage(cmd, fmt.Sprintf("-o %s is not one of table, json, jsonl", quote(a.format)))
}

// A listing writes rows as they come: aligned columns, or JSON.
type listing struct {
	w      io.Writer
	format string
	table  *tabwriter.Writer
	n      int
}

// list starts a listing with the names of the columns of the table.
func (a *app) list(columns ...string) *listing {
	l := &listing{w: a.Out, format: a.format}
	switch a.format {
	case formatTable:
		l.table = tabwriter.NewWriter(a.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(l.table, strings.Join(columns, "\t"))
	case formatJSON:
		fmt.Fprint(a.Out, "[")
	}
	return l
}

// row writes a row: cells for the table, value for JSON.
func (l *listing) row(value any, cells ...string) error {
	l.n++
	if l.table != nil {
		for i, c := range cells {
			cells[i] = cell(c)
		}
		_, err := fmt.Fprintln(l.table, strings.Join(cells, "\t"))
		return err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if l.format == formatLines {
		_, err = fmt.Fprintf(l.w, "%s\n", data)
		return err
	}
	if l.n > 1 {
		fmt.Fprint(l.w, ",")
	}
	_, err = fmt.Fprintf(l.w, "\n%s", data)
	return err
}

// end ends the listing.
func (l *listing) end() error {
	switch {
	case l.table != nil:
		return l.table.Flush()
	case l.format == formatJSON && l.n > 0:
		_, err := fmt.Fprintln(l.w, "\n]")
		return err
	case l.format == formatJSON:
		_, err := fmt.Fprintln(l.w, "]")
		return err
	}
	return nil
}

// cell makes text fit for a column.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return strings.ReplaceAll(printable(s), "\n", " ")
}

// one writes a single value: lines for a person, or JSON.
func (a *app) one(value any, lines ...string) error {
	if a.format == formatTable {
		for _, line := range lines {
			fmt.Fprintln(a.Out, printable(line))
		}
		return nil
	}
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	if a.format == formatJSON {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(value)
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
