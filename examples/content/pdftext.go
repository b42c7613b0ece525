package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// pdfText returns the text of all pages, with a form feed between two, as pdftotext does.
func pdfText(data []byte) (text string, err error) {
	defer func() {
		if v := recover(); v != nil { // the library panics on some damaged documents
			err = fmt.Errorf("the document is damaged: %v", v)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	pages := r.NumPage()
	if pages > maxPages {
		return "", fmt.Errorf("the document has %d pages, and at most %d are converted", pages, maxPages)
	}
	var b strings.Builder
	for i := 1; i <= pages; i++ {
		if i > 1 {
			b.WriteString("\f\n")
		}
		if page := r.Page(i); !page.V.IsNull() {
			layOut(&b, page.Content().Text)
		}
	}
	text = tidy(b.String())
	if strings.Trim(text, "\f\n") == "" {
		return "", errors.New("the document has no text: perhaps its pages are pictures")
	}
	return text, nil
}

// tidy takes out what could not be decoded, spaces at the ends of lines, and all but one of several empty lines.
func tidy(text string) string {
	var b strings.Builder
	empty := true
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\ufffd", ""), "\n") {
		line = strings.TrimRight(line, " \t\u00a0")
		if line == "" && empty {
			continue
		}
		empty = line == ""
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// layOut writes pieces of text in the order in which the page draws them. Where one piece ends says what lies between it and the
// next: another line, or a space, which many documents do not draw but leave free.
func layOut(b *strings.Builder, pieces []pdf.Text) {
	const space, line = 0.2, 0.5 // in terms of the size of the font
	spaced := true               // nothing yet, or a space, stands at the end
	for i, t := range pieces {
		if i > 0 {
			before := pieces[i-1]
			size := max(before.FontSize, t.FontSize, 1)
			switch {
			case math.Abs(t.Y-before.Y) > line*size:
				b.WriteByte('\n')
				spaced = true
			case t.X-(before.X+before.W) > space*size && !spaced && !strings.HasPrefix(t.S, " "):
				b.WriteByte(' ')
			}
		}
		b.WriteString(t.S)
		spaced = strings.HasSuffix(t.S, " ") || (t.S == "" && spaced)
	}
	if len(pieces) > 0 {
		b.WriteByte('\n')
	}
}
