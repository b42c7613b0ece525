package config

import (
	"fmt"
	"io"
	"log/slog"
)

// shown stands for every secret.
const shown = "[set]"

// A Secret is a text that is never printed, logged or marshalled: it is then "[set]", or "" if there is none. The zero value is no
// secret. Compare with [Secret.Equal].
type Secret struct {
	value *string // a pointer, because fmt calls no methods of what it finds in an unexported field
}

// NewSecret returns the secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text, for who has to send it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet tells whether there is one.
func (s Secret) IsSet() bool { return s.value != nil }

// Equal tells whether two are the same.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns "[set]", or "" if there is none.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return shown
}

// Format implements [fmt.Formatter]: no verb shows more than String does.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements [encoding.TextMarshaler].
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// parseSecret takes a secret as it is.
func parseSecret(s string) (Secret, error) {
	switch {
	case s == "":
		return Secret{}, &refusal{"it is empty, which is not a secret", ""}
	case checkText(s) != nil:
		return Secret{}, &refusal{"the secret is too long, or has characters that cannot be printed", "at most 4096 bytes of text on one line"}
	}
	return NewSecret(s), nil
}
