package corpus

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	if !filepath.IsAbs(dir) || filepath.Base(dir) != "data" {
		t.Errorf("found %q", dir)
	}
}

func TestLocate_outsideAModule(t *testing.T) {
	t.Chdir(t.TempDir())
	if dir, ok := Locate(); ok {
		t.Errorf("found %q", dir)
	}
}

func TestReadDocument_errors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := readDocument("x", iotest.ErrReader(broken), 9); !errors.Is(err, broken) {
		t.Error(err)
	}
	_, err := readDocument("x", endless{}, 9)
	if e, ok := errors.AsType[*FormatError](err); !ok || e.Error() != "x: is larger than 9 bytes" {
		t.Error(err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestFormatError_isOneShortLine(t *testing.T) {
	t.Parallel()
	text := formatError("x", "line 1", strings.Repeat("a\n", 200), "is bad").Error()
	if strings.Contains(text, "\n") || len(text) > 300 {
		t.Errorf("%q", text)
	}
}
