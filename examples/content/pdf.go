package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/modreg/modreg"
)

const (
	maxPages   = 5000
	maxPDFTime = 30 * time.Second
	maxPDFText = 64 << 20
	// workerVariable makes this program a worker that reads one PDF document.
	workerVariable = "CONTENT_PDF_WORKER"
)

type pdfs struct{ program string }

func newPDF(context.Context, modreg.Deps) (Converter, error) {
	program, err := os.Executable()
	return pdfs{program}, err
}

// Convert lets a worker read the document: this program again, in a process of its own. A PDF reader is complex enough that
// a document can be built to make it take all the memory, or never end; then the worker dies, and nobody else.
func (p pdfs) Convert(ctx context.Context, in Document) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, maxPDFTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.program)
	cmd.Env = []string{workerVariable + "=1", "GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.WaitDelay = time.Second
	out, problems := &capped{limit: maxPDFText}, &capped{limit: 4 << 10}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in.Data), out, problems
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("reading the document was given up: %w", ctx.Err())
	case err != nil:
		why, _, _ := strings.Cut(problems.String(), "\n")
		if _, ok := errors.AsType[*exec.ExitError](err); !ok || why == "" {
			return Result{}, fmt.Errorf("the reader of the document failed: %w", err)
		}
		return Result{}, errors.New(why)
	}
	return Result{Data: out.Bytes(), Extension: ".txt"}, nil
}

// A capped buffer fails when it is to hold more than its limit.
type capped struct {
	bytes.Buffer
	limit int
}

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > c.limit {
		return 0, fmt.Errorf("more than %d bytes", c.limit)
	}
	return c.Buffer.Write(p)
}

// pdfWorker is main in a worker: it reads a document from in and writes its text to out. It returns the exit code.
func pdfWorker(in io.Reader, out, problems io.Writer) int {
	limitMemory()
	debug.SetMaxStack(64 << 20) // a reader that goes round in circles is to stop soon
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil {
		var text string
		if text, err = pdfText(data); err == nil {
			_, err = io.WriteString(out, text)
		}
	}
	if err != nil {
		fmt.Fprintln(problems, strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	return 0
}
