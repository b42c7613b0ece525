package config

import (
	"slices"
	"strings"
)

// A Setting is one key with its value, for people.
type Setting struct {
	Key
	// Value and Default are bool, int, string, []string, or nil if there is none; a secret is "[set]".
	Value, Default any
	From           Origin
	// Replaced are the places that say something else and that From went before, the weakest first; those where it is the default apart.
	Replaced []Origin
	// Text and DefaultText are the same as they would stand in the file.
	Text, DefaultText string
}

// View returns all settings in the order of the table.
func (l *Loaded) View() []Setting {
	defaults := Defaults(l.Profile)
	fallback := defaults.fields()
	c := l.Config
	all := c.fields()
	view := make([]Setting, len(all))
	for i, f := range all {
		view[i] = Setting{
			Key: f.Key, Value: f.value(), Default: fallback[i].value(), From: l.origins[f.Name],
			Replaced: slices.Clone(l.replaced[f.Name]), Text: f.yaml(), DefaultText: fallback[i].yaml(),
		}
	}
	return view
}

// Origin returns where the value of a key comes from; the default of keys that there are not.
func (l *Loaded) Origin(key string) Origin { return l.origins[key] }

// yaml returns the value as it stands in the file; "" if there is none.
func (f *field) yaml() string {
	texts := slices.Clone(f.texts())
	for i, text := range texts {
		if f.form == formText && !bareText(text, f) {
			texts[i] = quoteYAML(text)
		}
	}
	if f.List {
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return strings.Join(texts, "")
}

// quoteYAML writes a text in double quotes. There is nothing in it that cannot be printed.
func quoteYAML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// bareText tells whether a text needs no quotes: letters and digits, nothing that YAML could mean something by.
func bareText(s string, f *field) bool {
	if s == "" || numeric.MatchString(s) && !f.bare {
		return false
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return f.Name == "tls.mode" // off is a text in YAML 1.2, and editors agree
	}
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '/'
		if !letter && (i == 0 || c != '.' && c != '-' && c != '_') {
			return false
		}
	}
	return true
}
