package config

import (
	"reflect"
	"strings"
	"testing"
)

// leaves returns the pointers to all values of a configuration by the names that they must have in the file.
func leaves(v reflect.Value, prefix string, into map[any]string) {
	for sf, f := range v.Fields() {
		name := prefix + snake(sf.Name)
		if f.Kind() == reflect.Struct && f.Type().PkgPath() == v.Type().PkgPath() && f.Type() != reflect.TypeFor[Secret]() {
			leaves(f, name+".", into)
			continue
		}
		into[f.Addr().Interface()] = name
	}
}

// snake turns DefaultTTL into default_ttl.
func snake(s string) string {
	for _, word := range []string{"OIDC", "TTL", "TLS", "ID"} {
		s = strings.ReplaceAll(s, word, word[:1]+strings.ToLower(word[1:]))
	}
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func TestTable_bindsEveryValueOnce(t *testing.T) {
	t.Parallel()
	var c Config
	want := map[any]string{}
	leaves(reflect.ValueOf(&c).Elem(), "", want)
	flags, variables, seenGroups := map[string]string{}, map[string]string{}, map[string]bool{}
	for _, f := range c.fields() {
		if want[f.at] != f.Name {
			t.Errorf("the row %s is bound to the value that should be %q", f.Name, want[f.at])
		}
		delete(want, f.at)
		if other, twice := variables[f.Variable()]; twice {
			t.Errorf("%s and %s have the variable %s", f.Name, other, f.Variable())
		}
		if other, twice := flags[f.Flag()]; twice && !f.Secret {
			t.Errorf("%s and %s have the flag %s", f.Name, other, f.Flag())
		}
		flags[f.Flag()], variables[f.Variable()] = f.Name, f.Name
		if !strings.HasSuffix(f.Doc, ".") || f.Says == "" {
			t.Errorf("the row %s has the doc %q and says %q", f.Name, f.Doc, f.Says)
		}
		for g := f.group(); g != ""; g = (Key{Name: g}).group() {
			seenGroups[g] = true
			if groups()[g] == "" {
				t.Errorf("nothing says what the group %s is for", g)
			}
		}
	}
	for _, name := range want {
		t.Errorf("%s has no row in the table", name)
	}
	for g := range groups() {
		if !seenGroups[g] {
			t.Errorf("there is no group %s", g)
		}
	}
}

func TestTable_defaultsAndExamplesAreTaken(t *testing.T) {
	t.Parallel()
	c := Defaults(Serve)
	for _, f := range c.fields() {
		if f.form == formSecret {
			continue
		}
		for _, value := range []string{f.yaml(), f.Example} {
			if value == "" || value == "[]" {
				continue
			}
			problems := Problems{}
			bad := func(p *Problem) { problems = append(problems, p) }
			for _, a := range readFile([]byte(nest(f.Name, value)), "f", c.fields(), bad) {
				a.field.set(a.values, "", func(v raw, err error) { bad(problemOf(a.field, v.from, err)) })
			}
			if len(problems) > 0 {
				t.Errorf("%s: %s: %v", f.Name, value, problems)
			}
		}
		if f.isEmpty() && f.Example == "" {
			t.Errorf("%s has neither a default nor an example", f.Name)
		}
	}
}

// nest writes a setting as a file of one.
func nest(name, value string) string {
	var b strings.Builder
	parts := strings.Split(name, ".")
	for i, part := range parts {
		b.WriteString(strings.Repeat("  ", i) + part + ":")
		if i < len(parts)-1 {
			b.WriteByte('\n')
		}
	}
	return b.String() + " " + value + "\n"
}
