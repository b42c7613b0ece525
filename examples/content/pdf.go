package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"

	"github.com/modreg/modreg"
)

const (
	maxPages   = 5000
	maxPDFTime = 30 * time.Second
)

type pdfs struct{}

func newPDF(context.Context, modreg.Deps) (Converter, error) { return pdfs{}, nil }

// Convert gives up on a document that takes too long: the reader cannot be interrupted, and documents can be built to
// keep it busy. It goes on in its goroutine until it notices between two pages.
func (pdfs) Convert(ctx context.Context, in Document) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, maxPDFTime)
	defer cancel()
	type outcome struct {
		text string
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		text, err := pdfText(ctx, in.Data)
		done <- outcome{text, err}
	}()
	select {
	case o := <-done:
		return Result{Data: []byte(o.text), Extension: ".txt"}, o.err
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// pdfText returns the text of all pages. The reader panics on some damaged documents, in this goroutine, where
// the registry would not see it.
func pdfText(ctx context.Context, data []byte) (out string, err error) {
	defer func() {
		if v := recover(); v != nil {
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
		if err := ctx.Err(); err != nil {
			return "", err
		}
		page := r.Page(i)
		if page.V.IsNull() {
			continue
		}
		text, err := page.GetPlainText(nil)
		if err != nil {
			return "", fmt.Errorf("page %d: %w", i, err)
		}
		if i > 1 {
			b.WriteString("\f\n") // the form feed is what pdftotext puts between pages
		}
		b.WriteString(strings.TrimSpace(text))
		b.WriteByte('\n')
	}
	if strings.TrimSpace(b.String()) == "" {
		return "", errors.New("the document has no text: perhaps its pages are pictures")
	}
	return b.String(), nil
}
