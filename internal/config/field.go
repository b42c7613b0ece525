package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// An Effect says when a change of a value takes effect.
type Effect int

// Effects.
const (
	AtRestart Effect = iota // when the daemon is started anew
	AtReload                // when it reads its configuration again
)

// String says it in words.
func (e Effect) String() string {
	if e == AtReload {
		return "reload"
	}
	return "restart"
}

// A Key describes one setting.
type Key struct {
	Name    string // log.level: where it is in the file
	Doc     string // what it is for, in one or two sentences
	Says    string // what values it takes
	Effect  Effect
	List    bool
	Secret  bool
	Example string // a value, for settings whose default is empty; YAML
}

// Flag returns the name of the flag, log-level; "" for secrets, which others could see on the command line.
func (k Key) Flag() string {
	if k.Secret {
		return ""
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
}

// Variable returns the name of the environment variable, MODREG_LOG_LEVEL.
func (k Key) Variable() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// group returns what stands before the last dot.
func (k Key) group() string {
	i := strings.LastIndexByte(k.Name, '.')
	return k.Name[:max(i, 0)]
}

// A raw is the text of one value and where it is.
type raw struct {
	text string
	from Origin
}

// A field binds a key to its place in one Config.
type field struct {
	Key
	form   form
	bare   bool
	most   int // values of a list
	schema map[string]any

	// set parses values and stores them if all are well. Relative paths are in the folder dir. What is refused goes to bad.
	set   func(values []raw, dir string, bad func(raw, error))
	texts func() []string // as they are shown: a secret is "[set]"
	value func() any      // for JSON: bool, int, string, []string or nil
	same  func(other *field) bool
	take  func(other *field)
	at    any // pointer to the place
}

// row begins a row of the table.
func row(name string, e Effect, doc string) Key { return Key{Name: name, Doc: doc, Effect: e} }

// example gives a row a value to show.
func (k Key) example(yaml string) Key {
	k.Example = yaml
	return k
}

// one binds a setting of one value.
func one[T any](k Key, p *T, g grammar[T]) field {
	k.Says, k.Secret = g.says, g.form == formSecret
	f := field{Key: k, form: g.form, bare: g.bare, schema: g.schema, at: p}
	f.set = func(values []raw, dir string, bad func(raw, error)) {
		v := values[len(values)-1]
		got, err := parse(g, v.text, dir)
		if err != nil {
			bad(v, err)
			return
		}
		*p = got
	}
	f.texts = func() []string {
		if text := g.text(*p); text != "" {
			return []string{text}
		}
		return nil
	}
	f.value = func() any {
		switch g.form {
		case formBool, formNumber:
			return *p
		}
		if text := g.text(*p); text != "" {
			return text
		}
		return nil
	}
	f.same = func(other *field) bool { return equal(*p, *other.at.(*T)) }
	f.take = func(other *field) { *p = *other.at.(*T) }
	return f
}

// many binds a setting of any number of different values up to most.
func many[T any](k Key, p *[]T, most int, g grammar[T]) field {
	k.Says, k.List = g.says, true
	f := field{Key: k, form: g.form, bare: g.bare, schema: g.schema, most: most, at: p}
	f.set = func(values []raw, dir string, bad func(raw, error)) {
		if len(values) > most {
			bad(values[most], &refusal{fmt.Sprintf("%d values are too many", len(values)), fmt.Sprintf("at most %d", most)})
			return
		}
		var list []T
		wrong := false
		for _, v := range values {
			got, err := parse(g, v.text, dir)
			if err == nil && slices.ContainsFunc(list, func(t T) bool { return equal(t, got) }) {
				err = &refusal{quoted(g.text(got)) + " is there twice", "remove one of the two"}
			}
			if err != nil {
				bad(v, err)
				wrong = true
				continue
			}
			list = append(list, got)
		}
		if !wrong {
			*p = list
		}
	}
	f.texts = func() []string {
		texts := make([]string, len(*p))
		for i, v := range *p {
			texts[i] = g.text(v)
		}
		return texts
	}
	f.value = func() any { return f.texts() }
	f.same = func(other *field) bool { return slices.EqualFunc(*p, *other.at.(*[]T), equal) }
	f.take = func(other *field) { *p = slices.Clone(*other.at.(*[]T)) }
	return f
}

func parse[T any](g grammar[T], text, dir string) (T, error) {
	if err := checkText(text); err != nil && g.form != formSecret {
		var none T
		return none, err
	}
	return g.parse(text, dir)
}

func equal[T any](a, b T) bool { return reflect.DeepEqual(a, b) }
