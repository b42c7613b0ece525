package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A form is how a value stands in the file.
type form int

const (
	formText form = iota
	formBool
	formNumber
	formSecret // it does not
)

// A grammar is how one kind of value is read and written. A limit of it is told to people in says.
type grammar[T any] struct {
	form   form
	says   string         // what a value is, for people: "a time span from 1s to 1h"
	schema map[string]any // of one value
	bare   bool           // a text that may stand without quotes though YAML takes it for a number
	parse  func(text, dir string) (T, error)
	text   func(T) string
}

func stringer[T fmt.Stringer](v T) string { return v.String() }

func plain[T ~string](v T) string { return string(v) }

// noDir makes a parser of one that knows no paths.
func noDir[T any](parse func(string) (T, error)) func(string, string) (T, error) {
	return func(text, _ string) (T, error) { return parse(text) }
}

func pattern(p string) map[string]any { return map[string]any{"type": "string", "pattern": p} }

func booleans() grammar[bool] {
	return grammar[bool]{
		form: formBool, says: "true or false", schema: map[string]any{"type": "boolean"},
		parse: func(s, _ string) (bool, error) {
			if s != "true" && s != "false" {
				return false, refuse(s, "true or false", "")
			}
			return s == "true", nil
		},
		text: strconv.FormatBool,
	}
}

func integers(low, high int) grammar[int] {
	says := fmt.Sprintf("a number from %d to %d", low, high)
	return grammar[int]{
		form: formNumber, says: says, schema: map[string]any{"type": "integer", "minimum": low, "maximum": high},
		parse: func(s, _ string) (int, error) {
			n, err := strconv.Atoi(s)
			if err != nil || strconv.Itoa(n) != s {
				return 0, refuse(s, "a whole number", says)
			}
			if n < low || n > high {
				return 0, &refusal{s + " is out of range", says}
			}
			return n, nil
		},
		text: strconv.Itoa,
	}
}

// durations takes those from low to high, and 0 if there is something that it means.
func durations(low, high Duration, zero string) grammar[Duration] {
	says := fmt.Sprintf("a time span from %s to %s", low, high)
	if zero != "" {
		says += ", or 0s for " + zero
	}
	return grammar[Duration]{
		says: says, schema: pattern(`^(?:[0-9]{1,18}(?:ms|s|m|h|d))+$`),
		parse: func(s, _ string) (Duration, error) {
			d, err := ParseDuration(s)
			if err == nil && (d < low || d > high) && (d != 0 || zero == "") {
				err = &refusal{s + " is out of range", says}
			}
			return d, err
		},
		text: stringer[Duration],
	}
}

func sizes(low, high Size) grammar[Size] {
	says := fmt.Sprintf("a size from %s to %s", low, high)
	return grammar[Size]{
		says: says, schema: pattern(`^[0-9]{1,18}(?:B|KiB|MiB|GiB|TiB)$`),
		parse: func(s, _ string) (Size, error) {
			n, err := ParseSize(s)
			if err == nil && (n < low || n > high) {
				err = &refusal{s + " is out of range", says}
			}
			return n, err
		},
		text: stringer[Size],
	}
}

// oneOf takes words.
func oneOf[T ~string](words ...T) grammar[T] {
	known := make([]string, len(words))
	for i, w := range words {
		known[i] = string(w)
	}
	return grammar[T]{
		says: "one of " + strings.Join(known, ", "), schema: map[string]any{"enum": known},
		parse: func(s, _ string) (T, error) {
			if !slices.Contains(known, s) {
				return "", notOne(s, known)
			}
			return T(s), nil
		},
		text: plain[T],
	}
}

func levels() grammar[Level] {
	return grammar[Level]{
		says: "one of " + strings.Join(levelNames(), ", "), schema: map[string]any{"enum": levelNames()},
		parse: noDir(ParseLevel), text: stringer[Level],
	}
}

func tlsVersions() grammar[TLSVersion] {
	return grammar[TLSVersion]{
		says: "1.3 or 1.2", schema: map[string]any{"enum": []any{"1.2", "1.3", 1.2, 1.3}}, bare: true,
		parse: noDir(ParseTLSVersion), text: stringer[TLSVersion],
	}
}

func hostPorts() grammar[HostPort] {
	return grammar[HostPort]{
		says: "an address HOST:PORT", schema: pattern(`^(?:[A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$`),
		parse: noDir(ParseHostPort), text: stringer[HostPort],
	}
}

func serverNames() grammar[ServerName] {
	return grammar[ServerName]{
		says: "a DNS name or an IP address", schema: pattern(`^[A-Za-z0-9.:-]+$`),
		parse: noDir(ParseServerName), text: plain[ServerName],
	}
}

func networks() grammar[CIDR] {
	return grammar[CIDR]{
		says: "a network such as 10.0.0.0/8", schema: pattern(`^[0-9A-Fa-f:.]+/[0-9]{1,3}$`),
		parse: noDir(ParseCIDR), text: stringer[CIDR],
	}
}

func urls() grammar[URL] {
	return grammar[URL]{
		says: "a URL https://HOST/PATH", schema: map[string]any{"type": "string", "pattern": `^[Hh][Tt][Tt][Pp][Ss]?://[^?#@ ]+$`, "maxLength": 2048},
		parse: noDir(ParseURL), text: plain[URL],
	}
}

func sinks() grammar[Sink] {
	return grammar[Sink]{
		says: "file:PATH or https://HOST/PATH", schema: pattern(`^(?:file:|[Hh][Tt][Tt][Pp][Ss]?://).+$`),
		parse: ParseSink, text: plain[Sink],
	}
}

func paths() grammar[Path] {
	return grammar[Path]{
		says: "a path", schema: map[string]any{"type": "string", "minLength": 1, "maxLength": 1024},
		parse: parsePath, text: plain[Path],
	}
}

// sockets takes paths, and one word.
func sockets() grammar[Path] {
	g := paths()
	g.says = "a path, or " + NoSocket + " for none"
	g.parse = func(s, dir string) (Path, error) {
		if s == NoSocket {
			return NoSocket, nil
		}
		return parsePath(s, dir)
	}
	return g
}

// matching takes texts of a form. They are not secret.
func matching(expr, says string, most int) grammar[string] {
	re := regexp.MustCompile(expr)
	return grammar[string]{
		says: says, schema: map[string]any{"type": "string", "pattern": expr, "maxLength": most},
		parse: func(s, _ string) (string, error) {
			if len(s) > most || !re.MatchString(s) {
				return "", refuse(s, "allowed here", says)
			}
			return s, nil
		},
		text: plain[string],
	}
}

func secrets() grammar[Secret] {
	return grammar[Secret]{form: formSecret, says: "a secret", parse: noDir(parseSecret), text: stringer[Secret]}
}
