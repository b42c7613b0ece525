package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A refusal says why a text is not a value, and what to write instead.
type refusal struct{ reason, fix string }

// Error gives both on one line.
func (r *refusal) Error() string {
	if r.fix == "" {
		return r.reason
	}
	return r.reason + " (" + r.fix + ")"
}

// refuse says what a text is not. It repeats the text, so it is not for what may hold a secret.
func refuse(text, what, fix string) error {
	if text == "" {
		return &refusal{"it is empty, which is not " + what, fix}
	}
	return &refusal{quoted(text) + " is not " + what, fix}
}

// quoted quotes text of any size for a message.
func quoted(s string) string {
	const enough = 64
	if len(s) <= enough {
		return strconv.Quote(s)
	}
	cut := enough
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}

// checkText refuses what no value has: it would be shown to people, and written into logs and headers.
func checkText(s string) error {
	switch {
	case len(s) > MaxValue:
		return &refusal{fmt.Sprintf("%d bytes are too many", len(s)), fmt.Sprintf("at most %d", MaxValue)}
	case !utf8.ValidString(s):
		return &refusal{"is not UTF-8", ""}
	case strings.ContainsFunc(s, unprintable):
		return &refusal{"there is a character in it that cannot be printed", "remove it"}
	}
	return nil
}

// unprintable tells control characters, and those that change the order or the place of others on the way to the eye.
func unprintable(r rune) bool { return r != ' ' && !strconv.IsPrint(r) }
