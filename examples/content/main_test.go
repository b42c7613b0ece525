package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
)

// TestMain lets the test binary be the worker that it starts.
func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		os.Exit(pdfWorker(os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// convert runs the program into a folder of its own.
func convert(t *testing.T, args ...string) (dir, stdout, stderr string, code int) {
	t.Helper()
	dir = t.TempDir()
	var out, problems bytes.Buffer
	code = run(t.Context(), append([]string{"-out", dir}, args...), &out, &problems)
	return dir, out.String(), problems.String(), code
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func dimensions(t *testing.T, path string) string {
	t.Helper()
	config, kind, err := image.DecodeConfig(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %dx%d", kind, config.Width, config.Height)
}

func TestRun_samples(t *testing.T) {
	t.Parallel()
	dir, stdout, stderr, code := convert(t, "testdata")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, errors %q", code, stderr)
	}
	html := read(t, dir, "sample.html")
	for _, want := range []string{
		"<title>A sample</title>", "<em>text</em>", `<a href="https://example.com/">link</a>`, "<table>", `type="checkbox"`, `class="language-go"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("sample.html lacks %s", want)
		}
	}
	if strings.Contains(html, "<script") {
		t.Error("sample.html holds a script")
	}
	if got := dimensions(t, filepath.Join(dir, "photo.jpg")); got != "jpeg 1024x576" {
		t.Errorf("photo.jpg is %s", got)
	}
	if got := dimensions(t, filepath.Join(dir, "chart.png")); got != "png 640x400" {
		t.Errorf("chart.png is %s", got)
	}
	if got := read(t, dir, "report.txt"); got != "Quarterly report\n\f\nModules were swapped 42 times and no call was lost.\n" {
		t.Errorf("report.txt holds %q", got)
	}
	if !strings.Contains(stdout, "4 of 4 files converted") || !strings.Contains(stdout, "content.pdf@1.0.0") {
		t.Errorf("it says\n%s", stdout)
	}
}

func TestRun_startsOnlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	_, _, stderr, code := convert(t, "-v", "testdata/sample.md")
	if code != exitOK || !strings.Contains(stderr, "content.markdown@1.0.0 active") || strings.Contains(stderr, "content.image") {
		t.Errorf("exit code %d, events\n%s", code, stderr)
	}
}

func TestRun_list(t *testing.T) {
	t.Parallel()
	_, stdout, _, code := convert(t, "-list")
	for _, want := range []string{"content.image@1.0.0", "content.markdown@1.0.0", "content.pdf@1.0.0", "image/jpeg", "registered"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, the list lacks %s:\n%s", code, want, stdout)
		}
	}
}

func TestRun_usage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{},
		{"-nonsense"},
		{"-set", "x", "testdata"},
		{"-set", "content.image.max=big", "testdata"},
		{"-set", "content.image.max=3", "testdata"},
		{"-set", "content.image.size=100", "testdata"},
		{"-set", "content.imag.max=100", "testdata"},
		{"-set", "content.pdf.x=1", "testdata"},
	} {
		_, stdout, stderr, code := convert(t, args...)
		bad := code != exitUsage
		if len(args) > 1 && strings.HasPrefix(args[1], "content.pdf") {
			bad = code == exitUsage // a module without a schema takes anything
		}
		if bad || (stderr == "" && code == exitUsage) {
			t.Errorf("%q: exit code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

func TestRun_settings(t *testing.T) {
	t.Parallel()
	dir, _, stderr, code := convert(t, "-set", "content.image.max=320", "-set", "content.image.quality=40", "testdata/photo.jpg")
	if got := dimensions(t, filepath.Join(dir, "photo.jpg")); code != exitOK || got != "jpeg 320x180" {
		t.Errorf("exit code %d, %s, %s", code, got, stderr)
	}
}

func TestRun_hostileFiles(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	sample := samples(t)
	bad := map[string]string{
		write(t, in, "empty.md", nil): "empty",
		write(t, in, "cut.png", sample["chart.png"][:len(sample["chart.png"])/2]):                "",
		write(t, in, "cut.jpg", sample["photo.jpg"][:500]):                                       "",
		write(t, in, "bomb.png", claimedPNG(100_000, 100_000)):                                   "at most 100 million",
		write(t, in, "garbage.pdf", []byte("%PDF-1.7\nnothing of the kind")):                     "",
		write(t, in, "cut.pdf", sample["report.pdf"][:400]):                                      "",
		write(t, in, "wide.md", []byte(strings.Repeat("|", 2000)+strings.Repeat("\n|-|", 2000))): "cells",
		write(t, in, "endless.pdf", endlessPDF()):                                                "stack",
		write(t, in, "huge.pdf", hugePDF()):                                                      "memory",
		write(t, in, "zip.md", []byte("PK\x03\x04\x00\x00")):                                     "application/zip",
		write(t, in, "data.bin", []byte{0, 1, 2, 3}):                                             "octet-stream",
	}
	good := write(t, in, "ein schöner Name.md", []byte("# Grüße"))
	args := []string{good, filepath.Join(in, "missing.md")}
	for path := range bad {
		args = append(args, path)
	}
	dir, stdout, stderr, code := convert(t, args...)
	if code != exitFailed || !strings.Contains(stdout, "1 of 12 files converted") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	for path, reason := range bad {
		line := ""
		for l := range strings.Lines(stderr) {
			if strings.HasPrefix(l, path+": ") {
				line = l
			}
		}
		if line == "" || !strings.Contains(line, reason) {
			t.Errorf("of %s it says %q, want a reason with %q", path, line, reason)
		}
	}
	if html := read(t, dir, "ein schöner Name.html"); !strings.Contains(html, "Grüße") {
		t.Errorf("the good file became %s", html)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".content-*")); len(left) > 0 {
		t.Errorf("half files were left: %v", left)
	}
}

// endlessPDF is a document whose table of objects lies in a stream that says of itself that it lies in itself: readers that
// believe it go round until their stack is full.
func endlessPDF() []byte {
	const before = "%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
	rows := []byte{0, 0, 0, 0, 1, 0, 9, 0, 2, 0, 3, 0, 2, 0, 3, 0, 1, 0, byte(len(before)), 0}
	return fmt.Appendf(nil, "%s4 0 obj\n<</Type/XRef/Size 5/W[1 2 1]/Root 1 0 R/Length 20>>stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		before, rows, len(before))
}

// hugePDF is a document that claims three thousand million objects.
func hugePDF() []byte {
	const before = "%PDF-1.4\n%............................................................................................\n"
	return fmt.Appendf(nil, "%sxref\n3000000000 1\n0000000009 00000 n \ntrailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", before, len(before))
}

// claimedPNG is a file that begins as a picture of that size and holds nothing.
func claimedPNG(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	header = append(header, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(append(b, header...), crc32.ChecksumIEEE(header))
}

func TestRun_foldersAndNames(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	write(t, in, "a/same.md", []byte("# First"))
	write(t, in, "a/same.markdown", []byte("# Second"))
	write(t, in, "b/same.md", []byte("# Third"))
	write(t, in, ".hidden/x.md", []byte("# Hidden"))
	write(t, in, "out/old.md", []byte("# Old"))
	if err := os.Symlink(filepath.Join(in, "a"), filepath.Join(in, "link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	var stdout, stderr bytes.Buffer
	out := filepath.Join(in, "out")
	for range 2 { // a second run replaces what the first wrote
		if code := run(t.Context(), []string{"-out", out, in}, &stdout, &stderr); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
	}
	var got []string
	for _, name := range []string{"a/same.html", "a/same-2.html", "b/same.html"} {
		_, rest, _ := strings.Cut(read(t, out, name), "<title>")
		title, _, _ := strings.Cut(rest, "</title>")
		got = append(got, title)
	}
	if s := strings.Join(got, " "); s != "First Second Third" && s != "Second First Third" {
		t.Errorf("results hold %s", s)
	}
	if all, _ := filepath.Glob(filepath.Join(out, "*", "*")); len(all) != 3 {
		t.Errorf("results are %v", all)
	}
}

func TestRun_neverOverwritesAnInput(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	photo := write(t, in, "photo.jpg", samples(t)["photo.jpg"])
	before := read(t, photo)
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-out", in, photo}, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if read(t, photo) != before {
		t.Error("the input was overwritten")
	}
	if got := dimensions(t, filepath.Join(in, "photo-2.jpg")); got != "jpeg 1024x576" {
		t.Errorf("the result is %s", got)
	}
}

func TestRun_cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"-out", t.TempDir(), "testdata"}, &stdout, &stderr); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	for o := range 10 {
		exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(o)) + "\x00\x00\x00\x00\x00\x00\x00"
		jpg := "\xff\xd8\xff\xe1" + string(binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))) + exif + "\xff\xda\x00\x02"
		want := o
		if o < 1 || o > 8 {
			want = 1
		}
		if got := orientation([]byte(jpg)); got != want {
			t.Errorf("orientation %d is read as %d", o, got)
		}
		for cut := range jpg { // no length of a damaged file may break it
			orientation([]byte(jpg[:cut]))
		}
	}
	img := chart(3, 2)
	for o, want := range map[int]image.Point{1: {3, 2}, 2: {3, 2}, 3: {3, 2}, 4: {3, 2}, 5: {2, 3}, 6: {2, 3}, 7: {2, 3}, 8: {2, 3}} {
		if got := upright(img, o).Bounds().Size(); got != want {
			t.Errorf("orientation %d turns to %v, want %v", o, got, want)
		}
	}
	back := upright(upright(landscape(5, 4), 6), 8) // a quarter turn and back
	for y := range 4 {
		for x := range 5 {
			a, _, _, _ := back.At(x, y).RGBA()
			b, _, _, _ := landscape(5, 4).At(x, y).RGBA()
			if a != b {
				t.Fatalf("pixel %d,%d moved", x, y)
			}
		}
	}
}

// loud is another version of the Markdown module.
type loud struct{ Converter }

func (l loud) Convert(ctx context.Context, in Document) (Result, error) {
	r, err := l.Converter.Convert(ctx, in)
	r.Data = bytes.ToUpper(r.Data)
	return r, err
}

// TestSwap replaces the Markdown module while files are converted.
func TestSwap(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	reg, err := openRegistry(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the test is over
	err = reg.Register(ctx, modreg.Manifest{Name: "content.markdown", Version: "2.0.0"},
		modreg.Provide(Convert, func(ctx context.Context, d modreg.Deps) (Converter, error) {
			c, err := newMarkdown(ctx, d)
			return loud{c}, err
		}, modreg.Attr("media", []string{"text/markdown"})))
	if err != nil {
		t.Fatal(err)
	}
	src := source{path: write(t, t.TempDir(), "x.md", []byte("# Hello")), relative: "x.md"}
	to, err := newTarget(t.TempDir(), []source{src})
	if err != nil {
		t.Fatal(err)
	}
	stop, converted := make(chan struct{}), make(chan struct{})
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if o := convertOne(ctx, reg, src, to); o.err != nil {
					t.Errorf("a file was lost: %v", o.err)
				}
				select {
				case converted <- struct{}{}:
				default: // nobody waits: go on
				}
			}
		})
	}
	for i := range 10 {
		<-converted // files are being converted before each swap
		if err := reg.Activate(ctx, fmt.Sprintf("content.markdown@%d.0.0", 2-i%2)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	workers.Wait()
	if err := reg.Activate(ctx, "content.markdown@2.0.0"); err != nil {
		t.Fatal(err)
	}
	last := convertOne(ctx, reg, src, to)
	if html := read(t, last.output); last.err != nil || !strings.Contains(html, "<H1") {
		t.Errorf("after the swap: %v\n%s", last.err, html)
	}
}
