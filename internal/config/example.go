package config

import (
	"fmt"
	"strings"
)

// Example returns a file with all settings, what they mean, and their defaults. Settings that have none, or that nobody should copy, are comments that
// begin with # and no space.
func Example() string {
	var b strings.Builder
	b.WriteString(`# Configuration of modreg serve. Every setting may be left out; what is here is what holds then.
# A flag goes before a variable, which goes before this file: log.level is the flag --log-level and the
# variable MODREG_LOG_LEVEL. Time spans are written as 90s, 15m, 1d12h; sizes as 64KiB, 16MiB. Relative paths
# are relative to the folder of this file. Secrets stand in files of their own, which are named here, or in variables.

`)
	defaults := Defaults(Serve)
	all := defaults.fields()
	open := ""
	for i, f := range all {
		if f.form == formSecret {
			continue
		}
		if g := f.group(); g != open {
			openGroup(&b, g, all[i:])
			open = g
		}
		f.write(&b)
	}
	return b.String()
}

// openGroup writes the heads of a group and of those around it that are not open yet. A group that has nothing but comments is one itself.
func openGroup(b *strings.Builder, group string, rest []field) {
	if rest[0].opens(group) {
		if parent := (Key{Name: group}).group(); parent != "" && rest[0].opens(parent) {
			openGroup(b, parent, rest)
		}
	}
	mark := "#"
	for _, f := range rest {
		if strings.HasPrefix(f.Name, group+".") && f.form != formSecret && !f.isEmpty() {
			mark = ""
		}
	}
	depth := strings.Repeat("  ", strings.Count(group, "."))
	fmt.Fprintf(b, "\n%s# %s\n%s%s%s:\n", depth, groups()[group], depth, mark, group[strings.LastIndexByte(group, '.')+1:])
}

// opens tells whether a setting is the first of a group.
func (f *field) opens(group string) bool {
	for _, other := range new(Config).fields() {
		if strings.HasPrefix(other.Name, group+".") {
			return other.Name == f.Name
		}
	}
	return false
}

// isEmpty tells whether there is no value.
func (f *field) isEmpty() bool { return len(f.texts()) == 0 }

func (f *field) write(b *strings.Builder) {
	depth := strings.Repeat("  ", strings.Count(f.Name, "."))
	for _, line := range wrap(f.about(), 110-len(depth)) {
		fmt.Fprintf(b, "%s# %s\n", depth, line)
	}
	mark, value := "", f.yaml()
	if f.isEmpty() {
		mark, value = "#", f.Key.Example
	}
	fmt.Fprintf(b, "%s%s%s: %s\n", depth, mark, f.Name[strings.LastIndexByte(f.Name, '.')+1:], value)
}

// wrap breaks a text into lines.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
