package jsonschema

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func (v *Validator) has(text string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cached[sha256.Sum256([]byte(text))] != nil
}

func numbered(i int) string { return fmt.Sprintf(`{"minimum":%d}`, i) }

func TestValidator_keepsTheSchemasUsedLast(t *testing.T) {
	t.Parallel()
	v := New()
	for i := range maxCached {
		if err := v.ValidateSchema([]byte(numbered(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.ValidateConfig([]byte(numbered(0)), []byte("0")); err != nil || !v.has(numbered(1)) {
		t.Fatalf("%v; the second is kept: %v", err, v.has(numbered(1)))
	}
	if err := v.ValidateSchema([]byte(numbered(maxCached))); err != nil {
		t.Fatal(err)
	}
	if !v.has(numbered(0)) || v.has(numbered(1)) || !v.has(numbered(maxCached)) || len(v.cached) != maxCached {
		t.Errorf("%d are kept, the wrong ones", len(v.cached))
	}
}

func TestValidator_keepsFewLargeSchemas(t *testing.T) {
	t.Parallel()
	v := New()
	for i := range 7 {
		if err := v.ValidateSchema(fmt.Appendf(nil, `{"minimum":%d,"enum":[%s0]}`, i, strings.Repeat("[],", MaxNodes-100))); err != nil {
			t.Fatal(err)
		}
	}
	sum := 0
	for _, s := range v.cached {
		sum += s.size
	}
	if len(v.cached) != 4 || v.size != sum || v.size > maxCachedSize {
		t.Errorf("%d schemas of size %d are kept, booked as %d", len(v.cached), sum, v.size)
	}
}

func TestValidator_doesNotKeepWhatItRefuses(t *testing.T) {
	t.Parallel()
	v := New()
	if err := v.ValidateConfig([]byte(`{"type":1}`), []byte(`1`)); err == nil || len(v.cached) != 0 {
		t.Errorf("%v, %d kept", err, len(v.cached))
	}
	var zero Validator // is one that has seen nothing, too
	if err := zero.ValidateConfig([]byte(`true`), []byte(`1`)); err != nil || len(zero.cached) != 1 {
		t.Errorf("%v, %d kept", err, len(zero.cached))
	}
}

func TestPatterns_estimateTheirSize(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"", "a", "abc", "[a-z]+", "(?:ab|cd){3,500}", "x{1000}", "(a{10}){100}", "^[^\\pL]*$", "(?i)straße"} {
		ps := &patterns{meter: &meter{left: MaxSteps}, compiled: map[string]*pattern{}}
		re, err := ps.compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ps.compile(expr)
		if err != nil || again != re {
			t.Errorf("%q was compiled twice: %v", expr, err)
		}
		if ps.size < len(expr)/3 || ps.size > 10_000 {
			t.Errorf("%q has the size %d", expr, ps.size)
		}
	}
}
