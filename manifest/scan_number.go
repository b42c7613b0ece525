package manifest

import (
	"fmt"
	"math"
	"strconv"
)

// number reads a number's text, and tells whether it is written as an integer.
func (s *scanner) number() (text []byte, integer bool, err *Error) {
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	whole := s.digits()
	if whole == 0 || whole > 1 && s.data[s.pos-whole] == '0' {
		return nil, false, s.fail(start, "is not a JSON number", "digits without leading zeros, such as -12 or 0.5")
	}
	integer = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		integer = false
		if s.digits() == 0 {
			return nil, false, s.fail(start, "is not a JSON number", "digits must follow the point")
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		integer = false
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if s.digits() == 0 {
			return nil, false, s.fail(start, "is not a JSON number", "digits must follow the e")
		}
	}
	return s.data[start:s.pos], integer, nil
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.data) && isDigit(s.data[s.pos]) {
		s.pos++
	}
	return s.pos - start
}

// finite reads a number that must survive being a float64, which is what most
// readers of JSON make of it.
func (s *scanner) finite() (float64, *Error) {
	start := s.pos
	text, integer, err := s.number()
	if err != nil {
		return 0, err
	}
	f, parseErr := strconv.ParseFloat(string(text), 64)
	if parseErr != nil || math.IsInf(f, 0) {
		return 0, s.fail(start, quoted(string(text))+" is too large for a number", "put it in quotes if it is not counted with")
	}
	if math.Abs(f) > MaxInteger && (integer || math.Abs(f) < 1e21) {
		return 0, s.fail(start, quoted(string(text))+" is too large for an exact integer",
			fmt.Sprintf("at most ±%d, or put it in quotes", int64(MaxInteger)))
	}
	return f, nil
}
