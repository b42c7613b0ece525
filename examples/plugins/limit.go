package main

import (
	"fmt"
	"io"
)

// A limitError says that data exceeds a limit of the configuration.
type limitError struct {
	what  string
	limit int64
}

// Error names the limit and what to do about it.
func (e *limitError) Error() string {
	return fmt.Sprintf("%s: more than %d bytes (configure max_bytes by -set if that is meant)", e.what, e.limit)
}

// A limitReader fails when more than its limit is read. renew makes it count from zero.
type limitReader struct {
	r     io.Reader
	what  string
	limit int64
	ahead int64 // what may be read beyond one thing, of those after it
	n     int64
}

func (l *limitReader) renew() { l.n = 0 }

// Read reads up to one byte more than the limit, to tell the end from too much.
func (l *limitReader) Read(b []byte) (int, error) {
	if most := l.limit + l.ahead - l.n + 1; int64(len(b)) > most {
		b = b[:most]
	}
	n, err := l.r.Read(b)
	if l.n += int64(n); l.n > l.limit+l.ahead {
		return 0, &limitError{l.what, l.limit}
	}
	return n, err
}

// maxBytes is the greatest limit that a configuration may ask for: 1 TiB.
const maxBytes = 1 << 40

// within checks a number of a configuration.
func within[N int | int64 | uint32](name string, n, low, high N) error {
	if n < low || n > high {
		return fmt.Errorf("%s is %d and must be within %d and %d", name, n, low, high)
	}
	return nil
}
