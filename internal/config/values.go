package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxDuration is the longest time that can be set: a hundred years of 365 days.
const MaxDuration = 100 * 365 * day

// A Duration is a time span written as whole numbers with units, largest first, such as 1d12h, 90s or 250ms: d (24 hours),
// h, m, s, ms. It is not negative, and at most [MaxDuration].
type Duration time.Duration

var durationUnits = [...]struct {
	name string
	size Duration
}{{"d", day}, {"h", Duration(time.Hour)}, {"m", Duration(time.Minute)}, {"s", Duration(time.Second)}, {"ms", Duration(time.Millisecond)}}

const durationFix = "write a whole number and a unit, largest first, such as 90s, 1d12h or 250ms"

// ParseDuration reads a duration.
func ParseDuration(s string) (Duration, error) {
	rest, unit, sum := s, 0, Duration(0)
	if s == "" {
		return 0, refuse(s, "a time span", durationFix)
	}
	for rest != "" {
		digits := countDigits(rest)
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil {
			return 0, refuse(s, "a time span", durationFix)
		}
		rest = rest[digits:]
		letters := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if letters < 0 {
			letters = len(rest)
		}
		for unit < len(durationUnits) && durationUnits[unit].name != rest[:letters] {
			unit++
		}
		if unit == len(durationUnits) {
			return 0, refuse(s, "a time span", durationFix)
		}
		size := durationUnits[unit].size
		if n > int64((MaxDuration-sum)/size) {
			return 0, &refusal{quoted(s) + " is too long", "at most 100 years of 365 days"}
		}
		sum += Duration(n) * size
		rest = rest[letters:]
		unit++
	}
	return sum, nil
}

func countDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// String returns the shortest text that [ParseDuration] reads as d, to the millisecond.
func (d Duration) String() string {
	var b strings.Builder
	for _, u := range durationUnits {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d %= u.size
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// Std returns the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// MaxSize is the largest size that can be set: a pebibyte.
const MaxSize Size = 1 << 50

// A Size is a number of bytes written as a whole number with a unit: B, KiB, MiB, GiB, TiB. It is not negative, and at most
// [MaxSize].
type Size int64

var sizeUnits = [...]struct {
	name string
	size Size
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// ParseSize reads a size.
func ParseSize(s string) (Size, error) {
	const fix = "write a whole number and B, KiB, MiB, GiB or TiB, such as 16MiB"
	digits := countDigits(s)
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil {
		return 0, refuse(s, "a size", fix)
	}
	for _, u := range sizeUnits {
		if u.name == s[digits:] {
			if n > int64(MaxSize/u.size) {
				return 0, &refusal{quoted(s) + " is too much", "at most " + MaxSize.String()}
			}
			return Size(n) * u.size, nil
		}
	}
	return 0, refuse(s, "a size", fix)
}

// String returns the size in the largest unit of which it is a whole number.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.size && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText implements [encoding.TextMarshaler].
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Size) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSize(string(text))
	return err
}
