package bm25

import (
	"unicode"
	"unicode/utf8"
)

const (
	// MaxTokenBytes is the length of a word, folded, in bytes; what is longer loses its end, here and in a query.
	MaxTokenBytes = 64
	// MaxTokens is how many words of one text are read.
	MaxTokens = 1 << 14
	// MaxTextBytes is how many bytes of one text are read.
	MaxTextBytes = 1 << 20
	// MaxFields is how many fields of one document are read.
	MaxFields = 64
)

// Tokens appends the words of text to dst, in order and with repetitions, and returns it.
//
// A word is a run of Unicode letters, decimal digits and the marks that follow them, folded to lower case; everything
// else separates, so "text.process" gives "text" and "process". Case does not separate: whoever looks for "GitHub" or
// "JavaScript" writes one word. Han, Hiragana and Katakana characters, which are written without spaces, are a word
// each. The text is read up to MaxTextBytes and MaxTokens. A word that is already folded shares the memory of text.
func Tokens(dst []string, text string) []string {
	s := newScanner(text, MaxTokens)
	for tok, ok := s.next(); ok; tok, ok = s.next() {
		dst = append(dst, s.share(tok))
	}
	return dst
}

// scanner reads the words of a text without allocating.
type scanner struct {
	text  string
	pos   int
	start int // of the latest word in text
	left  int // how many words may still be read
	buf   [MaxTokenBytes]byte
}

func newScanner(text string, tokens int) scanner {
	return scanner{text: text[:min(len(text), MaxTextBytes)], left: tokens}
}

// next returns the next word, folded; it is valid until the next call.
func (s *scanner) next() (tok []byte, ok bool) {
	if s.left == 0 || !s.skip() {
		return nil, false
	}
	s.left--
	n, full := 0, false
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c-'a' < 26, c-'0' < 10:
		case c-'A' < 26:
			c += 'a' - 'A'
		case c < utf8.RuneSelf:
			return s.buf[:n], true
		default:
			r, size := utf8.DecodeRuneInString(s.text[s.pos:])
			alone := isIdeograph(r)
			if alone && n > 0 || !alone && !isWordRune(r) && !unicode.IsMark(r) {
				return s.buf[:n], true
			}
			s.pos += size
			if r = fold(r); !full && n+utf8.RuneLen(r) <= len(s.buf) {
				n += utf8.EncodeRune(s.buf[n:], r)
			} else {
				full = true
			}
			if alone {
				return s.buf[:n], true
			}
			continue
		}
		if full = full || n == len(s.buf); !full {
			s.buf[n] = c
			n++
		}
		s.pos++
	}
	return s.buf[:n], true
}

// skip goes to the first letter or digit, and reports whether there is one.
func (s *scanner) skip() bool {
	for ; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		if c-'a' < 26 || c-'0' < 10 || c-'A' < 26 {
			break
		}
		if c < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if isWordRune(r) {
			break
		}
		s.pos += size - 1
	}
	s.start = s.pos
	return s.pos < len(s.text)
}

// share returns the latest word as part of the text if it is there as it is.
func (s *scanner) share(tok []byte) string {
	if src := s.text[s.start:min(s.start+len(tok), len(s.text))]; src == string(tok) {
		return src
	}
	return string(tok)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isIdeograph(r rune) bool {
	const first = 0x2E80 // nothing below is one of these
	return r >= first && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && unicode.IsLetter(r)
}

// fold maps the forms of a letter to one, by way of upper case for the sake of those like the final sigma that differ
// in lower case only.
func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
