package manifest

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// fields are the members that a struct takes, by the rules of encoding/json.
type fields struct {
	byName map[string]field
	names  []string // sorted
}

type field struct {
	typ    reflect.Type
	quoted bool // tagged ",string"
	depth  int  // of embedding
	tagged bool
	clash  bool // another field is as good as this
}

// manifestFields are the fields of every struct in a manifest: those are read most often.
var manifestFields = sync.OnceValue(func() map[reflect.Type]*fields {
	all := map[reflect.Type]*fields{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			if all[t] != nil {
				return
			}
			all[t] = fieldsOf(t)
			for _, f := range all[t].byName {
				visit(f.typ)
			}
		}
	}
	visit(reflect.TypeFor[Manifest]())
	return all
})

func (r *strictReader) fieldsOf(t reflect.Type) *fields {
	known := manifestFields()[t]
	if known == nil {
		known = r.known[t]
	}
	if known == nil {
		known = fieldsOf(t)
		if r.known == nil {
			r.known = map[reflect.Type]*fields{}
		}
		r.known[t] = known
	}
	return known
}

func fieldsOf(t reflect.Type) *fields {
	f := &fields{byName: map[string]field{}}
	f.collect(t, 0, nil)
	for name, found := range f.byName {
		if found.clash {
			delete(f.byName, name)
			continue
		}
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	return f
}

// collect adds the fields of a struct, and of those embedded in it.
func (f *fields) collect(t reflect.Type, depth int, around []reflect.Type) {
	if slices.Contains(around, t) {
		return
	}
	around = append(around, t)
	for sf := range t.Fields() {
		tag := sf.Tag.Get("json")
		inner := sf.Type
		if inner.Kind() == reflect.Pointer && inner.Name() == "" {
			inner = inner.Elem()
		}
		embedded := sf.Anonymous && inner.Kind() == reflect.Struct
		if tag == "-" || !sf.IsExported() && !embedded {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !isTagName(name) {
			name = ""
		}
		if embedded && name == "" {
			f.collect(inner, depth+1, around)
			continue
		}
		f.add(orDefault(name, sf.Name), field{
			typ: sf.Type, depth: depth, tagged: name != "",
			quoted: slices.Contains(strings.Split(options, ","), "string"),
		})
	}
}

// add lets the better of two fields of one name win: the one that is embedded
// less deeply, then the one that is tagged.
func (f *fields) add(name string, candidate field) {
	old, taken := f.byName[name]
	switch {
	case !taken || candidate.depth < old.depth || candidate.depth == old.depth && candidate.tagged && !old.tagged:
		f.byName[name] = candidate
	case candidate.depth == old.depth && candidate.tagged == old.tagged:
		old.clash = true
		f.byName[name] = old
	}
}

// isTagName tells whether encoding/json takes a name from a tag.
func isTagName(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			return false
		}
	}
	return s != ""
}
