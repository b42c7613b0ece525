package capability_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modreg/modreg/capability"
)

func FuzzParseFilter(f *testing.F) {
	attrs := benchAttrs(f)
	f.Fuzz(func(t *testing.T, s string) {
		filter, err := capability.ParseFilter(s)
		if err != nil {
			wantFault(t, err, offsetOf(t, err, s), "filter")
			return
		}
		again, err := capability.ParseFilter(filter.String())
		if err != nil || again.String() != filter.String() || !again.Equal(filter) {
			t.Fatalf("%q: canonical %q reads as %q, %v", s, filter, again, err)
		}
		if again.Match(attrs) != filter.Match(attrs) {
			t.Fatalf("%q and canonical %q differ", s, filter)
		}
		not, err := capability.ParseFilter("not (" + filter.String() + ")")
		if err == nil && not.Match(attrs) == filter.Match(attrs) {
			t.Fatalf("%q and %q agree", filter, not)
		}
	})
}

func FuzzParseRequirement(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		r, err := capability.ParseRequirement(s)
		if err != nil {
			wantFault(t, err, offsetOf(t, err, s), "requirement")
			return
		}
		if err := r.Check(); err != nil {
			t.Fatalf("%q: check of %q: %v", s, r, err)
		}
		again, err := capability.ParseRequirement(r.String())
		if err != nil || again.String() != r.String() || again.ID != r.ID || !again.Range.Equal(r.Range) || !again.Filter.Equal(r.Filter) {
			t.Fatalf("%q: canonical %q reads as %q, %v", s, r, again, err)
		}
	})
}

func FuzzValueJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, w capability.Value
		if err := v.UnmarshalJSON(data); err != nil {
			wantFault(t, err, offsetOf(t, err, string(data)), "value")
			return
		}
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Fatalf("%q is not JSON, but reads as %s", data, v)
		}
		out := v.AppendJSON(nil)
		if err := w.UnmarshalJSON(out); err != nil || !w.Equal(v) || string(w.AppendJSON(nil)) != string(out) {
			t.Fatalf("%q: canonical %q reads as %s, %v", data, out, w, err)
		}
		var a capability.Attrs
		object := `{"a":` + string(data) + `}`
		if err := json.Unmarshal([]byte(object), &a); err != nil || string(a.AppendJSON(nil)) != `{"a":`+string(out)+`}` {
			t.Fatalf("%q: as an attribute %s, %v", data, a.AppendJSON(nil), err)
		}
	})
}

// offsetOf checks that the offset of a *SyntaxError lies in s, or at its end,
// and returns it.
func offsetOf(t *testing.T, err error, s string) int {
	t.Helper()
	e, ok := err.(*capability.SyntaxError) //nolint:errorlint // the contract is this type, unwrapped
	if !ok || e.Offset < -1 || e.Offset > len(s) {
		t.Fatalf("error %v has a bad type or offset in %q", err, s)
	}
	if !utf8.ValidString(e.Error()) || strings.Contains(e.Error(), "\n") || len(e.Error()) > 1200 {
		t.Fatalf("error text %q", e.Error())
	}
	return e.Offset
}
