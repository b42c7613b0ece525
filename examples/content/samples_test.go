package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "make the sample files in testdata anew")

// samples makes the files in testdata, so that they can be checked against what they were made from.
func samples(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"photo.jpg":  encodeJPEG(t, landscape(1600, 900)),
		"chart.png":  encodePNG(t, chart(640, 400)),
		"report.pdf": makePDF("Quarterly report", "Modules were swapped 42 times and no call was lost."),
		"sample.md":  []byte(sampleMarkdown),
	}
}

const sampleMarkdown = `# A sample

Some *text* with a [link](https://example.com/), and a table:

| module | calls |
|---|---:|
| upper | 1200 |
| lower | 7 |

- [x] converted
- [ ] <script>alert("left out")</script>

` + "```go\nfmt.Println(\"code\")\n```\n"

func TestSamples(t *testing.T) {
	t.Parallel()
	for name, want := range samples(t) {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Encoders may change with Go's releases: the pictures are compared by their size alone.
		if !strings.HasSuffix(name, "g") && !bytes.Equal(got, want) {
			t.Errorf("%s is not what the test makes: run go test -update", path)
		}
		if len(got) > 50<<10 {
			t.Errorf("%s has %d bytes", path, len(got))
		}
	}
}

// landscape is a picture without sharp edges, as photographs are.
func landscape(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x + y) * 255 / (w + h)), 255})
		}
	}
	return img
}

// chart is a picture of few colours.
func chart(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if bar := x / 80; h-y < (bar*53)%h {
				c = color.RGBA{uint8(30 * bar), 90, 160, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func encodeJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodePNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 50<<10 { // small enough to ship, and still with something to gain
		b.Reset()
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// makePDF writes a minimal document (ISO 32000-1) with a page for each text.
func makePDF(pages ...string) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	kids := make([]string, len(pages))
	for i := range pages {
		kids[i] = fmt.Sprintf("%d 0 R", 4+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " "))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, text := range pages {
		content := fmt.Sprintf("BT /F1 18 Tf 72 720 Td (%s) Tj ET", text)
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return b.Bytes()
}
