package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modreg/modreg"
)

type sumConfig struct {
	Comma    string `json:"comma"`     // what separates cells
	MaxBytes int64  `json:"max_bytes"` // of one record
}

func (c sumConfig) check() error {
	r, size := utf8.DecodeRuneInString(c.Comma)
	if size != len(c.Comma) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return fmt.Errorf("comma is %q and must be one character", c.Comma)
	}
	return within("max_bytes", c.MaxBytes, 1, maxBytes)
}

// newSum makes the stage that reads a CSV file with a header line and writes column, sum and count of each column
// whose cells are all numbers or empty. Sums are exact: 0.1 and 0.2 are 0.3.
func newSum(c sumConfig, _ modreg.Deps) (Stage, error) {
	comma, _ := utf8.DecodeRuneInString(c.Comma)
	return stageFunc(func(_ context.Context, in io.Reader, out io.Writer) error {
		limited := &limitReader{r: in, what: "one CSV record", limit: c.MaxBytes, ahead: 4096} // the buffer of package csv
		records := csv.NewReader(limited)
		records.Comma, records.ReuseRecord = comma, true
		columns, err := sumColumns(records, limited)
		if err != nil {
			return err
		}
		w := csv.NewWriter(out)
		w.Comma = comma
		_ = w.Write([]string{"column", "sum", "count"}) // Error returns the first error
		for i := range columns {
			if col := &columns[i]; !col.other && col.count > 0 {
				_ = w.Write([]string{col.name, col.total(), strconv.Itoa(col.count)})
			}
		}
		w.Flush()
		return w.Error()
	}), nil
}

// A column is what was seen of one column so far.
type column struct {
	name   string
	sum    big.Rat
	places int // most decimal places of a cell
	count  int
	other  bool // something in it is no number
}

func sumColumns(records *csv.Reader, limited *limitReader) ([]column, error) {
	var columns []column
	for first := true; ; first = false {
		limited.renew()
		before := records.InputOffset()
		record, err := records.Read()
		switch {
		case err == io.EOF:
			return columns, nil
		case err != nil:
			return nil, err
		case records.InputOffset()-before > limited.limit:
			return nil, &limitError{limited.what, limited.limit}
		case first:
			columns = make([]column, len(record))
			for i, name := range record {
				columns[i].name = strings.Clone(name)
			}
			continue
		}
		for i, cell := range record {
			columns[i].add(strings.TrimSpace(cell))
		}
	}
}

// number is what is added up: at most 32 digits before and after the point, and no exponent, so that a cell costs
// no more than it is long.
var number = regexp.MustCompile(`^[+-]?[0-9]{1,32}(\.[0-9]{1,32})?$`)

func (c *column) add(cell string) {
	if cell == "" || c.other {
		return
	}
	var value big.Rat
	if !number.MatchString(cell) {
		c.other = true
		return
	}
	value.SetString(cell)
	c.sum.Add(&c.sum, &value)
	c.count++
	if _, decimals, ok := strings.Cut(cell, "."); ok {
		c.places = max(c.places, len(decimals))
	}
}

func (c *column) total() string { return c.sum.FloatString(c.places) }
