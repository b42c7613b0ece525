package corpus

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/modreg/modreg/resolve"
)

// sharedDir is the folder of the shared data, or the test is skipped.
func sharedDir(tb testing.TB) string {
	tb.Helper()
	dir, ok := Locate()
	if !ok {
		tb.Skip(Absent)
	}
	return dir
}

func sharedFile(tb testing.TB, names ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{sharedDir(tb)}, names...)...))
	if err != nil {
		tb.Skip(Absent+":", err)
	}
	return data
}

// bookwormLines is the archive's index, decompressed.
func bookwormLines(tb testing.TB) []byte {
	tb.Helper()
	r, err := gzip.NewReader(bytes.NewReader(sharedFile(tb, "debian", "bookworm-main-amd64.jsonl.gz")))
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// bookworm is the archive as all tests share it; they only read it.
type bookworm struct {
	packages   []DebianPackage
	candidates []*resolve.Candidate
	newest     map[string]*resolve.Candidate // by name
	exact      map[string]*resolve.Candidate // by name-version
}

func loadBookworm(tb testing.TB) bookworm {
	tb.Helper()
	_ = sharedDir(tb)
	b, err := translateBookworm(func() []byte { return bookwormLines(tb) })
	if err != nil {
		tb.Fatal(err)
	}
	if b.packages == nil {
		tb.Skip(Absent)
	}
	return b
}

var bookwormOnce struct {
	sync.Once
	bookworm
	err error
}

func translateBookworm(lines func() []byte) (bookworm, error) {
	o := &bookwormOnce
	o.Do(func() {
		if o.packages, o.err = ReadDebianJSON(bytes.NewReader(lines())); o.err != nil {
			return
		}
		o.candidates, o.err = DebianUniverse(o.packages, DebianOptions{})
		o.newest, o.exact = make(map[string]*resolve.Candidate), make(map[string]*resolve.Candidate)
		for _, c := range o.candidates {
			if before := o.newest[c.Name]; before == nil || before.Version.Compare(c.Version) < 0 {
				o.newest[c.Name] = c
			}
			if p, ok := c.Ref.(*DebianPackage); ok {
				o.exact[p.Name+"-"+p.Version] = c
			}
		}
	})
	return o.bookworm, o.err
}

func BenchmarkReadDebianJSON(b *testing.B) {
	data := bookwormLines(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadDebianJSON(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDebianUniverse(b *testing.B) {
	packages, err := ReadDebianJSON(bytes.NewReader(bookwormLines(b)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DebianUniverse(packages, DebianOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
