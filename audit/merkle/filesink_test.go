package merkle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/modreg/modreg/audit/merkle"
)

func last(t *testing.T, s merkle.Sink) []byte {
	t.Helper()
	m, ok := s.(merkle.Memory)
	if !ok {
		t.Fatal("the sink has no memory")
	}
	msg, err := m.Last(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// newest returns the checkpoint of the largest size among the notes of a text that known verifies.
func newest(text []byte, known note.Verifiers) (best merkle.Checkpoint, err error) {
	for cp, err := range merkle.ReadCheckpoints(bytes.NewReader(text), known, origin) {
		if _, unverified := errors.AsType[*note.UnverifiedNoteError](err); unverified {
			continue
		}
		if err != nil {
			return best, err
		}
		if cp.Size >= best.Size {
			best = cp
		}
	}
	return best, nil
}

func wantNewest(t *testing.T, k *merkle.Key, text []byte, size uint64) {
	t.Helper()
	if cp, err := newest(text, merkle.VerifierForTest(t, k)); err != nil || cp.Size != size {
		t.Errorf("the newest is of size %d, %v; want %d", cp.Size, err, size)
	}
}

func TestFileSink(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	path := filepath.Join(t.TempDir(), "checkpoints")
	s := merkle.FileSink(path)
	if got := last(t, s); got != nil {
		t.Errorf("a file that is missing has %q", got)
	}
	for range 4 {
		l := b.open(with(s))
		b.append(l, 30)
		b.close(l)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("mode %v", info.Mode())
	}
	wantNewest(t, b.key, last(t, s), 120)
	torn := func(text string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(f, text)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	torn("\n\n" + origin + "\n999\nabc")
	wantNewest(t, b.key, last(t, s), 120)
	l := b.open(with(s))
	b.append(l, 1)
	b.close(l)
	wantNewest(t, b.key, last(t, s), 121)
	// An old note at the end does not make the file forget the newer ones.
	old := merkle.SplitForTest(t, last(t, s))[0]
	torn(strings.Repeat("\n\n"+string(old), 40))
	wantNewest(t, b.key, last(t, s), 121)
	torn(strings.Repeat("x\n", 1<<19))
	if _, err := s.(merkle.Memory).Last(t.Context(), origin); err == nil {
		t.Error("no error although the end of the file has no checkpoint")
	}
}

// The file belongs to somebody else: it may be written to and not be read.
func TestFileSink_writeOnly(t *testing.T) {
	t.Parallel()
	if os.Getuid() <= 0 {
		t.Skip("every file may be read here")
	}
	b := newBed(t)
	path := filepath.Join(t.TempDir(), "checkpoints")
	if err := os.WriteFile(path, nil, 0o200); err != nil {
		t.Fatal(err)
	}
	b.close(b.open(with(merkle.FileSink(path))))
	if err := b.problems.take(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("told %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("nothing was written: %v", err)
	}
}

func TestFileSink_cannotWrite(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open(with(merkle.FileSink(filepath.Join(t.TempDir(), "missing", "file"))))
	b.append(l, 1)
	if err := l.Close(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("close: %v", err)
	}
}

func TestWebhookSink(t *testing.T) {
	t.Parallel()
	status := http.StatusNoContent
	var got, kind, auth string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		got, kind, auth = string(body), r.Header.Get("Content-Type"), r.Header.Get("Authorization")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer server.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("very-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := merkle.WebhookSink(server.URL+"/hook?key=hidden", merkle.WebhookOptions{TokenFile: token})
	if err != nil {
		t.Fatal(err)
	}
	cp := merkle.Checkpoint{Origin: origin, Size: 7}
	cp.Note = merkle.SignForTest(t, cp, newKey(t))
	if err := s.Publish(t.Context(), cp); err != nil {
		t.Fatal(err)
	}
	if got != string(cp.Note) || !strings.HasPrefix(kind, "text/plain") || auth != "Bearer very-secret" {
		t.Errorf("the hook was sent %q of kind %q with %q", got, kind, auth)
	}
	var errs []error
	for _, status = range []int{301, 403, 500} {
		errs = append(errs, s.Publish(t.Context(), cp))
	}
	server.Close()
	errs = append(errs, s.Publish(t.Context(), cp))
	if err := os.WriteFile(token, []byte("two very-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	errs = append(errs, s.Publish(t.Context(), cp))
	for i, err := range errs {
		if err == nil {
			t.Errorf("publication %d: no error", i)
		}
	}
	if shown := fmt.Sprint(s.Name(), errs); strings.Contains(shown, "very-secret") || strings.Contains(shown, "hidden") {
		t.Errorf("a secret is shown: %s", shown)
	}
}

func TestWebhookSink_refuses(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "hook", "ftp://host/", "https://", "http://example.com/"} {
		if _, err := merkle.WebhookSink(to, merkle.WebhookOptions{TokenFile: "token"}); err == nil {
			t.Errorf("%q was accepted", to)
		}
	}
	if _, err := merkle.WebhookSink("http://user:pass@example.com/", merkle.WebhookOptions{}); err == nil || strings.Contains(err.Error(), "pass") {
		t.Errorf("a password in the clear: %v", err)
	}
	for _, to := range []string{"https://example.com/", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/x"} {
		if _, err := merkle.WebhookSink(to, merkle.WebhookOptions{TokenFile: "token"}); err != nil {
			t.Errorf("%q: %v", to, err)
		}
	}
}
