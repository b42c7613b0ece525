package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"github.com/modreg/modreg/backup"
)

// refused expects a damaged backup to be refused by everything that reads one, and returns the error.
func refused(t *testing.T, data []byte, o backup.ReadOptions, what string, at int) error {
	t.Helper()
	notInspected(t, data, o, what, at)
	return notRestored(t, data, o, what, at)
}

func notInspected(t *testing.T, data []byte, o backup.ReadOptions, what string, at int) {
	t.Helper()
	if _, err := backup.Inspect(t.Context(), bytes.NewReader(data), o); err == nil {
		t.Fatalf("%s %d passed the inspection", what, at)
	}
}

func notRestored(t *testing.T, data []byte, o backup.ReadOptions, what string, at int) error {
	t.Helper()
	target, _ := into(newStore())
	_, err := backup.Restore(t.Context(), bytes.NewReader(data), target, o)
	if err == nil {
		t.Fatalf("%s %d was restored", what, at)
	}
	return err
}

// both runs a test with a small backup, and with one that is encrypted.
func both(t *testing.T, test func(t *testing.T, data []byte, o backup.ReadOptions)) {
	t.Helper()
	source, _ := small(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := write(t, source, backup.Options{})
	sealed, _ := write(t, source, backup.Options{Recipients: []age.Recipient{id.Recipient()}})
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		test(t, plain, backup.ReadOptions{})
	})
	t.Run("encrypted", func(t *testing.T) {
		t.Parallel()
		test(t, sealed, backup.ReadOptions{Identities: []age.Identity{id}})
	})
}

func TestInspect_findsEveryFlippedBit(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, data []byte, o backup.ReadOptions) {
		t.Helper()
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] = data[i] ^ 1<<(i%8)
			notInspected(t, changed, o, "the flipped bit of byte", i)
			if len(o.Identities) > 0 {
				continue // it takes the time of a key agreement, and goes the same way
			}
			changed[i] = ^data[i]
			_ = notRestored(t, changed, o, "the flipped byte", i)
		}
	})
}

func TestInspect_findsEveryTruncation(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, data []byte, o backup.ReadOptions) {
		t.Helper()
		for n := range data {
			if len(o.Identities) > 0 {
				notInspected(t, data[:n], o, "the truncation to", n)
				continue
			}
			err := refused(t, data[:n], o, "the truncation to", n)
			if !errors.Is(err, backup.ErrUnfinished) {
				t.Fatalf("truncated to %d bytes: error %v, want one that wraps ErrUnfinished", n, err)
			}
		}
	})
}

func TestInspect_findsWhatIsAdded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, data []byte, o backup.ReadOptions) {
		t.Helper()
		for i, more := range [][]byte{{0}, {'\n'}, data, make([]byte, 3<<20)} {
			_ = refused(t, append(bytes.Clone(data), more...), o, "the addition", i)
		}
	})
}

func TestInspect_readErrorsAreNotDamage(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, data []byte, o backup.ReadOptions) {
		t.Helper()
		gone := errors.New("the disk is gone")
		for n := 0; n <= len(data); n += 7 {
			r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(gone))
			_, err := backup.Inspect(t.Context(), r, o)
			if damage := new(backup.DamageError); !errors.Is(err, gone) || errors.As(err, &damage) {
				t.Fatalf("after %d bytes: error %v, want that of the reader", n, err)
			}
		}
	})
}

func TestInspect_canceled(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, data []byte, o backup.ReadOptions) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := backup.Inspect(ctx, bytes.NewReader(data), o); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
	})
}

func TestInspect_otherFormats(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	data, _ := write(t, source, backup.Options{})
	later := bytes.Replace(data, []byte("modreg backup 1\n"), []byte("modreg backup 2\n"), 1)
	var format *backup.FormatError
	err := refused(t, later, backup.ReadOptions{}, "format", 2)
	if !errors.As(err, &format) || format.Found != 2 || format.Supported != 1 || !strings.Contains(err.Error(), "later version") {
		t.Fatalf("error %v", err)
	}
	for _, line := range []string{"modreg backup 0\n", "modreg backup -2\n", "modreg backup 02\n", "modreg backup 99999999999999999999\n", "\n", "modreg", "PK\x03\x04 something"} {
		if err := refused(t, []byte(line), backup.ReadOptions{}, line, 0); errors.As(err, &format) {
			t.Fatalf("%q: error %v", line, err)
		}
	}
}

// TestInspect_headers holds headers of other makers against the limits: their checksum is right.
func TestInspect_headers(t *testing.T) {
	t.Parallel()
	good := `{"created":"2026-01-02T03:04:05Z","node":"n","streams":[%s],"files":[%s]}`
	stream := `{"name":"a","first":2,"head":3,"hash":"` + strings.Repeat("ab", 32) + `"}`
	for name, head := range map[string]string{
		"not JSON":            "x",
		"unknown field":       strings.Replace(fmt.Sprintf(good, "", ""), `"node"`, `"x":1,"node"`, 1),
		"other spelling":      strings.Replace(fmt.Sprintf(good, "", ""), `"n"`, ` "n"`, 1),
		"not UTC":             strings.Replace(fmt.Sprintf(good, "", ""), "Z", "+01:00", 1),
		"fraction":            strings.Replace(fmt.Sprintf(good, "", ""), "05Z", "05.5Z", 1),
		"null":                strings.Replace(fmt.Sprintf(good, "", ""), `"streams":[]`, `"streams":null`, 1) + " ",
		"twice":               fmt.Sprintf(good, stream+","+stream, ""),
		"first 0":             fmt.Sprintf(good, strings.Replace(stream, `"first":2`, `"first":0`, 1), ""),
		"first behind head":   fmt.Sprintf(good, strings.Replace(stream, `"first":2`, `"first":4`, 1), ""),
		"huge head":           fmt.Sprintf(good, strings.Replace(stream, `"head":3`, `"head":18446744073709551615`, 1), ""),
		"stream above":        fmt.Sprintf(good, strings.Replace(stream, `"a"`, `"../a"`, 1), ""),
		"snapshot behind":     fmt.Sprintf(good, strings.Replace(stream, `"}`, `","snapshot":4}`, 1), ""),
		"huge snapshot":       fmt.Sprintf(good, strings.Replace(stream, `"}`, `","snapshot":3,"snapshot_size":1073741825}`, 1), ""),
		"digest in header":    fmt.Sprintf(good, strings.Replace(stream, `"}`, `","bytes":4}`, 1), ""),
		"file above":          fmt.Sprintf(good, "", `{"name":"../a","size":0,"sha256":"`+strings.Repeat("ab", 32)+`"}`),
		"absolute file":       fmt.Sprintf(good, "", `{"name":"/a","size":0,"sha256":"`+strings.Repeat("ab", 32)+`"}`),
		"negative file":       fmt.Sprintf(good, "", `{"name":"a","size":-1,"sha256":"`+strings.Repeat("ab", 32)+`"}`),
		"secret in the open":  fmt.Sprintf(good, "", `{"name":"a","size":1,"sha256":"`+strings.Repeat("ab", 32)+`","secret":true}`),
		"line without an end": strings.Repeat(" ", backup.MaxHeader+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "modreg backup 1\n" + head + "\n"
			sum := sha256.Sum256([]byte(text))
			err := refused(t, []byte(text+hex.EncodeToString(sum[:])+"\n"), backup.ReadOptions{}, name, 0)
			if damage := new(backup.DamageError); !errors.As(err, &damage) || damage.Where != "the header" {
				t.Fatalf("error %v, want one about the header", err)
			}
		})
	}
}

func FuzzInspect(f *testing.F) {
	source, _ := small(f)
	data, _ := write(f, source, backup.Options{Now: fixed})
	empty, _ := write(f, backup.Source{}, backup.Options{Now: fixed})
	for _, seed := range [][]byte{data, empty, data[:len(data)/2], []byte("age-encryption.org/v1\n"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := backup.Inspect(t.Context(), bytes.NewReader(b), backup.ReadOptions{})
		to := newStore()
		target, _ := into(to)
		restored, failed := backup.Restore(t.Context(), bytes.NewReader(b), target, backup.ReadOptions{})
		if (err == nil) != (failed == nil) {
			t.Fatalf("inspected: %v, restored: %v", err, failed)
		}
		if err != nil {
			return
		}
		for i, s := range m.Streams {
			if head, _ := to.Head(t.Context(), s.Name); head != s.Head || restored.Streams[i] != s {
				t.Fatalf("stream %q: restored to %d of %d", s.Name, head, s.Head)
			}
		}
	})
}
