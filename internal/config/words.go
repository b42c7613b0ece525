package config

import (
	"crypto/tls"
	"log/slog"
	"slices"
	"strings"

	"github.com/modreg/modreg/internal/nearest"
)

// A TLSMode says where the daemon's certificate comes from.
type TLSMode string

// The modes.
const (
	TLSOwn   TLSMode = "own"   // from a CA of its own, in the data folder
	TLSFiles TLSMode = "files" // from CertFile and KeyFile
	TLSOff   TLSMode = "off"   // there is none, and only loopback addresses are listened on
)

// A TLSVersion is the oldest version of TLS that is spoken.
type TLSVersion uint16

// The versions.
const (
	TLS12 TLSVersion = tls.VersionTLS12
	TLS13 TLSVersion = tls.VersionTLS13
)

// String returns 1.2 or 1.3.
func (v TLSVersion) String() string {
	if v == TLS12 {
		return "1.2"
	}
	return "1.3"
}

// ParseTLSVersion reads 1.2 or 1.3.
func ParseTLSVersion(s string) (TLSVersion, error) {
	switch s {
	case "1.2":
		return TLS12, nil
	case "1.3":
		return TLS13, nil
	}
	return 0, refuse(s, "a version of TLS that can be set", "1.3 or 1.2")
}

// MarshalText implements [encoding.TextMarshaler].
func (v TLSVersion) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (v *TLSVersion) UnmarshalText(text []byte) (err error) {
	*v, err = ParseTLSVersion(string(text))
	return err
}

// A Level is the least important kind of line that is logged: debug, info, warn or error. It is a level as log/slog wants one.
type Level slog.Level

func levelNames() []string { return []string{"debug", "info", "warn", "error"} }

// ParseLevel reads a level.
func ParseLevel(s string) (Level, error) {
	i := slices.Index(levelNames(), s)
	if i < 0 {
		return 0, notOne(s, levelNames())
	}
	return Level(slog.LevelDebug + slog.Level(4*i)), nil
}

// Level makes it one for log/slog.
func (l Level) Level() slog.Level { return slog.Level(l) }

// String returns the name of the level.
func (l Level) String() string { return strings.ToLower(slog.Level(l).String()) }

// MarshalText implements [encoding.TextMarshaler].
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Level) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLevel(string(text))
	return err
}

// A LogFormat is the form of a line of the log.
type LogFormat string

// The formats.
const (
	LogAuto LogFormat = "auto" // text on a terminal, JSON elsewhere
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// notOne refuses a word that is none of those known.
func notOne(s string, known []string) error {
	fix := "one of " + strings.Join(known, ", ")
	if near := nearest.Of(s, slices.Values(known)); near != "" {
		fix = "did you mean " + quoted(near) + "? It is " + fix
	}
	return refuse(s, "known here", fix)
}
