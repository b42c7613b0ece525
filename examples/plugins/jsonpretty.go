package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/modreg/modreg"
)

type prettyConfig struct {
	Indent   int   `json:"indent"`    // in spaces
	MaxBytes int64 `json:"max_bytes"` // of one value
}

func (c prettyConfig) check() error {
	return errors.Join(within("indent", c.Indent, 0, 16), within("max_bytes", c.MaxBytes, 1, maxBytes))
}

// newPretty makes the stage that indents values one by one. Order of fields and spelling of numbers stay.
func newPretty(c prettyConfig, _ modreg.Deps) (Stage, error) {
	indent := strings.Repeat(" ", c.Indent)
	return stageFunc(func(_ context.Context, in io.Reader, out io.Writer) error {
		limited := &limitReader{r: in, what: "one JSON value", limit: c.MaxBytes, ahead: max(512, c.MaxBytes)} // as package json doubles its buffer
		values := json.NewDecoder(limited)
		var pretty bytes.Buffer
		for number := 1; ; number++ {
			limited.renew()
			var value json.RawMessage
			switch err := values.Decode(&value); {
			case err == io.EOF:
				return nil
			case err != nil:
				return fmt.Errorf("value %d: %w", number, err)
			case int64(len(value)) > limited.limit:
				return fmt.Errorf("value %d: %w", number, &limitError{limited.what, limited.limit})
			}
			pretty.Reset()
			if err := json.Indent(&pretty, value, "", indent); err != nil {
				return fmt.Errorf("value %d: %w", number, err)
			}
			pretty.WriteByte('\n')
			if _, err := out.Write(pretty.Bytes()); err != nil {
				return err
			}
		}
	}), nil
}
