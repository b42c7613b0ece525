package durable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// brief is enough for an entry of each caller, which load waits for.
const brief = time.Millisecond

// fill opens a store and lets callers append to it.
func fill(t *testing.T, c contest, dir string, callers int) (store, int) {
	t.Helper()
	s, err := c.open(t.Context(), dir, callers)
	if err != nil {
		t.Fatal(err)
	}
	n, took, err := load(t.Context(), s, callers, c.size, brief)
	if err != nil || n < callers || took < brief {
		t.Fatalf("load: %d entries of %d callers in %v, %v", n, callers, took, err)
	}
	return s, n
}

func TestStores_keepEverything(t *testing.T) {
	t.Parallel()
	for _, c := range contests() {
		for _, callers := range []int{1, 7} {
			t.Run(c.name+" "+strconv.Itoa(callers), func(t *testing.T) {
				t.Parallel()
				s, n := fill(t, c, t.TempDir(), callers)
				if err := s.close(t.Context(), n); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestStores_missAnEntry(t *testing.T) {
	t.Parallel()
	for _, c := range contests() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, n := fill(t, c, t.TempDir(), 2)
			want := strconv.Itoa(n+1) + " entries were appended, and " + strconv.Itoa(n) + " are there"
			if err := s.close(t.Context(), n+1); err == nil || err.Error() != want {
				t.Errorf("close: %v, want %q", err, want)
			}
		})
	}
}

func TestTransparent_close_seesChanges(t *testing.T) {
	t.Parallel()
	for old, changed := range map[string]string{`"allowed"`: `"refused"`, origin + `\n1\n`: origin + `\n2\n`} {
		dir := t.TempDir()
		s, n := fill(t, contest{open: openTlog, size: auditEntry}, dir, 1)
		path := filepath.Join(dir, "entries")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(changed), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.close(t.Context(), n); err == nil {
			t.Errorf("nobody saw %s in the place of %s", changed, old)
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, size := range []int{auditEntry, record} {
		for caller := range 64 {
			l := newLine(caller, size)
			for n := range 20 {
				text := string(l.next(n + 95))
				if len(text) != size || !json.Valid([]byte(text)) || strings.Count(text, "\n") != 1 || seen[text] {
					t.Fatalf("caller %d, entry %d: %q", caller, n, text)
				}
				seen[text] = true
			}
		}
	}
}

// stub is a store that loses an entry, or whose third append fails.
type stub struct{ appended, lost, fails int }

var errFull = errors.New("full")

func (s *stub) append(context.Context, []byte) error {
	s.appended++
	if s.appended == s.fails {
		return errFull
	}
	return nil
}

func (s *stub) close(_ context.Context, n int) error { return kept(s.appended-s.lost, n) }

func TestMeasure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		stub stub
		says string
	}{
		{"whole", stub{}, ""},
		{"lost", stub{lost: 1}, "are there"},
		{"full", stub{fails: 3}, "stub with 1 callers: full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opened := 0
			c := contest{name: "stub", callers: []int{1, 1}, size: record}
			c.open = func(context.Context, string, int) (store, error) {
				opened++
				s := test.stub
				return &s, nil
			}
			dir := t.TempDir()
			var out strings.Builder
			err := measure(t.Context(), dir, []contest{c}, brief, &out)
			if test.says == "" {
				if err != nil || opened != 2*rounds || strings.Count(out.String(), "stub 1\t") != 2 {
					t.Errorf("measure: %v, opened %d, printed %q", err, opened, &out)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.says) || out.Len() > 0 {
				t.Errorf("measure: %v, want %q; printed %q", err, test.says, &out)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
