package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/modreg/modreg"
)

type sortConfig struct {
	MaxBytes int64 `json:"max_bytes"` // of input: sorting holds all of it
	Reverse  bool  `json:"reverse"`
	Unique   bool  `json:"unique"`
}

func (c sortConfig) check() error { return within("max_bytes", c.MaxBytes, 1, maxBytes) }

func newSort(c sortConfig, _ modreg.Deps) (Stage, error) {
	return stageFunc(func(_ context.Context, in io.Reader, out io.Writer) error {
		data, err := io.ReadAll(&limitReader{r: in, what: "lines to sort", limit: c.MaxBytes})
		if err != nil {
			return err
		}
		return writeLines(out, c.sorted(data))
	}), nil
}

func (c sortConfig) sorted(data []byte) [][]byte {
	var lines [][]byte
	for line := range bytes.Lines(data) {
		lines = append(lines, bytes.TrimSuffix(line, []byte("\n")))
	}
	slices.SortFunc(lines, bytes.Compare)
	if c.Unique {
		lines = slices.CompactFunc(lines, bytes.Equal)
	}
	if c.Reverse {
		slices.Reverse(lines)
	}
	return lines
}

// writeLines ends every line, the last one too.
func writeLines(out io.Writer, lines [][]byte) error {
	w := bufio.NewWriter(out)
	for _, line := range lines {
		_, _ = w.Write(line) // Flush returns the first error
		_ = w.WriteByte('\n')
	}
	return w.Flush()
}
