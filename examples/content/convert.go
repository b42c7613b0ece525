package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/modreg/modreg"
)

// An outcome is what became of one file.
type outcome struct {
	input  string
	output string
	module string // who converted it
	note   string
	before int
	after  int
	took   time.Duration
	err    error
}

func (o outcome) print(stdout, stderr io.Writer) {
	if o.err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", o.input, o.err)
		return
	}
	note := ""
	if o.note != "" {
		note = ", " + o.note
	}
	fmt.Fprintf(stdout, "%s -> %s  %d -> %d bytes%s  (%s, %v)\n",
		o.input, o.output, o.before, o.after, note, o.module, o.took.Round(100*time.Microsecond))
}

// convertAll converts every file, as many at once as there are processors, and prints what became of them in the order in
// which they were given.
func convertAll(ctx context.Context, reg *modreg.Registry, j *job, stdout, stderr io.Writer) int {
	sources, problems := collect(j.inputs, j.out)
	for _, err := range problems {
		fmt.Fprintln(stderr, "content:", err)
	}
	target, err := newTarget(j.out, sources)
	if err != nil {
		fmt.Fprintln(stderr, "content:", err)
		return exitFailed
	}
	outcomes := make([]chan outcome, len(sources))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var working sync.WaitGroup
	for i, src := range sources {
		outcomes[i] = make(chan outcome, 1)
		working.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			outcomes[i] <- convertOne(ctx, reg, src, target)
		})
	}
	failed := len(problems)
	for _, c := range outcomes {
		o := <-c
		o.print(stdout, stderr)
		if o.err != nil {
			failed++
		}
	}
	working.Wait()
	fmt.Fprintf(stdout, "%d of %d files converted into %s\n", len(sources)-failed+len(problems), len(sources), j.out)
	if failed > 0 {
		return exitFailed
	}
	return exitOK
}

// convertOne finds a module for the media type of a file, lets it convert the file, and writes the result.
func convertOne(ctx context.Context, reg *modreg.Registry, src source, t *target) outcome {
	start := time.Now()
	o := outcome{input: src.path}
	if o.err = ctx.Err(); o.err != nil {
		return o
	}
	data, err := readFile(src.path)
	if err != nil {
		o.err = err
		return o
	}
	in := Document{Name: src.relative, Media: mediaType(src.path, data), Data: data}
	h, err := modreg.Lookup(ctx, reg, Convert, modreg.Where("media", in.Media))
	if err != nil {
		o.err = err
		return o
	}
	defer h.Close()
	if m, ok := h.Module(); ok {
		o.module = m.Ref()
	}
	result, err := modreg.Do(ctx, h, func(ctx context.Context, c Converter) (Result, error) { return c.Convert(ctx, in) })
	if err != nil {
		o.err = err
		return o
	}
	o.output, o.err = t.write(src.relative, result)
	o.before, o.after, o.note, o.took = len(data), len(result.Data), result.Note, time.Since(start)
	return o
}

// maxFile is the largest file that is read.
const maxFile = 64 << 20

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxFile:
		return nil, fmt.Errorf("the file has more than %d MiB", maxFile>>20)
	case len(data) == 0:
		return nil, fmt.Errorf("the file is empty")
	}
	return data, nil
}
