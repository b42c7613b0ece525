package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/modreg/modreg/internal/nearest"
)

// Prefix begins the names of all environment variables.
const Prefix = "MODREG_"

const fileSuffix = "_file"

// Flags collect what is on a command line. Make them with [NewFlags].
type Flags struct {
	all  []*FlagValue
	set  map[string]*FlagValue
	text map[string][]string
}

// NewFlags returns a flag for every setting that is no secret.
func NewFlags() *Flags {
	f := &Flags{set: map[string]*FlagValue{}, text: map[string][]string{}}
	for _, b := range new(Config).fields() {
		if b.form == formSecret {
			continue
		}
		v := &FlagValue{Key: b.Key, bool: b.form == formBool, flags: f}
		f.all = append(f.all, v)
		f.set[v.Flag()] = v
	}
	return f
}

// All returns the flags in the order of the table.
func (f *Flags) All() []*FlagValue { return slices.Clone(f.all) }

// Set sets a flag by its name, as if it were on the command line; for values that a program takes by a flag of its own. One that
// does not exist is an error.
func (f *Flags) Set(name string, values ...string) error {
	v := f.set[name]
	if v == nil {
		return fmt.Errorf("there is no flag %q", name)
	}
	for _, text := range values {
		_ = v.Set(text) // it takes anything
	}
	return nil
}

// A FlagValue is the value of one flag. It implements flag.Value of the standard library and pflag.Value. What is wrong with a
// value is said by [Load], with everything else.
type FlagValue struct {
	Key
	bool  bool
	flags *Flags
}

// Set adds a value.
func (v *FlagValue) Set(text string) error {
	v.flags.text[v.Name] = append(v.flags.text[v.Name], text)
	return nil
}

// String returns what was set, "" if nothing was.
func (v *FlagValue) String() string {
	if v == nil || v.flags == nil { // package flag makes a zero value
		return ""
	}
	return strings.Join(v.flags.text[v.Name], ", ")
}

// Type returns the word for the value in a help text.
func (v *FlagValue) Type() string {
	switch {
	case v.bool:
		return "bool"
	case v.List:
		return "list"
	}
	return "value"
}

// IsBoolFlag tells that the flag may stand alone, which means true.
func (v *FlagValue) IsBoolFlag() bool { return v.bool }

// readFlags returns what the flags say. One that takes one value takes it once.
func readFlags(flags *Flags, fields []field, bad func(*Problem)) (found []assignment) {
	if flags == nil {
		return nil
	}
	for i := range fields {
		f := &fields[i]
		from := Origin{Kind: Flag, Name: "--" + f.Flag()}
		texts := flags.text[f.Name]
		switch {
		case len(texts) == 0:
			continue
		case !f.List && len(texts) > 1:
			bad(&Problem{Key: f.Name, From: from, Reason: "the flag is there twice", Fix: "remove one of the two"})
			continue
		}
		a := assignment{field: f, from: from}
		for _, text := range texts {
			if text != "" || !f.List { // --listen-addresses= means none
				a.values = append(a.values, raw{text, from})
			}
		}
		found = append(found, a)
	}
	return found
}

// readVariables returns what the environment says. A variable that is empty counts as one that is not set. Lists have commas or
// spaces between their values.
func readVariables(environ, others []string, fields []field, bad, warn func(*Problem)) (found []assignment) {
	set := map[string]string{}
	for _, e := range environ {
		if name, text, ok := strings.Cut(e, "="); ok && text != "" && strings.HasPrefix(name, Prefix) {
			set[name] = text
		}
	}
	for i := range fields {
		f := &fields[i]
		text, ok := set[f.Variable()]
		if !ok {
			continue
		}
		delete(set, f.Variable())
		from := Origin{Kind: Variable, Name: f.Variable()}
		a := assignment{field: f, from: from, values: []raw{{text, from}}}
		if f.List {
			a.values = nil
			for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
				a.values = append(a.values, raw{part, from})
			}
		}
		found = append(found, a)
	}
	unknownVariables(slices.Sorted(maps.Keys(set)), others, fields, bad, warn)
	return found
}

// orchestrated are the variables that Kubernetes sets in every container for a service of the name modreg.
var orchestrated = regexp.MustCompile(`^MODREG_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$`)

// unknownVariables refuses variables that look like a setting that was misspelt, and warns of others.
func unknownVariables(names, others []string, fields []field, bad, warn func(*Problem)) {
	for _, name := range names {
		if slices.Contains(others, name) || orchestrated.MatchString(name) {
			continue
		}
		near := nearest.Of(name, func(yield func(string) bool) {
			for i := range fields {
				if !yield(fields[i].Variable()) {
					return
				}
			}
		})
		p := &Problem{From: Origin{Kind: Variable, Name: showName(name)}, Reason: "nobody knows this variable"}
		if near != "" {
			p.Fix = "did you mean " + near + "? If not, unset it"
			bad(p)
			continue
		}
		warn(p)
	}
}

// problemOf makes a problem of what was wrong with a value.
func problemOf(f *field, from Origin, err error) *Problem {
	p := &Problem{Key: f.Name, From: from, Reason: err.Error()}
	if r, ok := errors.AsType[*refusal](err); ok {
		p.Reason, p.Fix = r.reason, r.fix
	}
	return p
}
