package durable

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
)

// load lets callers append entries for a while, each at least one. It returns how many there were, and the time until the
// last was on the disk. It ends early when a caller fails.
func load(ctx context.Context, s store, callers, size int, length time.Duration) (int, time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	counts, errs := make([]int, callers), make([]error, callers)
	start := time.Now()
	for i := range callers {
		all.Go(func() {
			line := newLine(i, size)
			n := 0
			for errs[i] == nil && (n == 0 || time.Since(start) < length) {
				n++
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = s.append(ctx, line.next(n))
				}
			}
			if errs[i] != nil {
				n--
				cancel()
			}
			counts[i] = n
		})
	}
	all.Wait()
	took := time.Since(start)
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, took, errors.Join(errs...)
}

// A line is an entry: JSON of which one number changes.
type line struct {
	text   []byte
	number []byte // a part of the text
}

// What a line has before its number, after it, and at its end.
const (
	head = `{"time":"2026-01-02T15:04:05.678901234Z","sequence":`
	tail = `,"actor":"user:maintainer@example.com","action":"module.activate","resource":"module:example.com/greet@v1.4.2",` +
		`"outcome":"allowed","rule":"maintainers may activate","node":"node-1","detail":"`
	end = "\"}\n"
)

// A number has digits, of which the first are the caller's.
const (
	callerDigits = 4
	digits       = 14
)

func newLine(caller, size int) *line {
	text := append(make([]byte, 0, size), head...)
	text = append(text, bytes.Repeat([]byte("0"), digits)...)
	number := text[len(head):]
	text = append(text, tail...)
	text = append(text, bytes.Repeat([]byte("-"), size-len(text)-len(end))...)
	putDecimal(number[:callerDigits], 1000+caller) // JSON knows no leading zero
	return &line{text: append(text, end...), number: number}
}

// next returns the text with another number. It is good until next is called again.
func (l *line) next(n int) []byte {
	putDecimal(l.number[callerDigits:], n)
	return l.text
}

// putDecimal fills text with the last digits of n.
func putDecimal(text []byte, n int) {
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
}
