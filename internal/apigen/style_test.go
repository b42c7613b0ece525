package main

import (
	"iter"
	"path"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// declared yields everything that the API declares and that has a name, map entries apart.
func declared(t *testing.T) iter.Seq[protoreflect.Descriptor] {
	t.Helper()
	files := compiled(t)
	return func(yield func(protoreflect.Descriptor) bool) {
		w := walk{yield: yield, on: true}
		for _, f := range files {
			w.messages(f.Messages())
			w.enums(f.Enums())
			list(f.Extensions(), func(d protoreflect.ExtensionDescriptor) { w.visit(d) })
			list(f.Services(), func(s protoreflect.ServiceDescriptor) {
				w.visit(s)
				list(s.Methods(), func(m protoreflect.MethodDescriptor) { w.visit(m) })
			})
		}
	}
}

// A walk goes through descriptors until its consumer has enough.
type walk struct {
	yield func(protoreflect.Descriptor) bool
	on    bool
}

func (w *walk) visit(d protoreflect.Descriptor) { w.on = w.on && w.yield(d) }

func (w *walk) messages(all protoreflect.MessageDescriptors) {
	list(all, func(m protoreflect.MessageDescriptor) {
		if m.IsMapEntry() {
			return
		}
		w.visit(m)
		list(m.Fields(), func(f protoreflect.FieldDescriptor) { w.visit(f) })
		list(m.Oneofs(), func(o protoreflect.OneofDescriptor) {
			if !o.IsSynthetic() {
				w.visit(o)
			}
		})
		w.messages(m.Messages())
		w.enums(m.Enums())
	})
}

func (w *walk) enums(all protoreflect.EnumDescriptors) {
	list(all, func(e protoreflect.EnumDescriptor) {
		w.visit(e)
		list(e.Values(), func(v protoreflect.EnumValueDescriptor) { w.visit(v) })
	})
}

// list calls f for each of a list of descriptors.
func list[D any](all interface {
	Len() int
	Get(int) D
}, f func(D),
) {
	for i := range all.Len() {
		f(all.Get(i))
	}
}

func TestEverything_hasAComment(t *testing.T) {
	t.Parallel()
	count := 0
	for d := range declared(t) {
		count++
		comment := strings.TrimSpace(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments)
		if fault := commentFault(d, comment); fault != "" {
			t.Errorf("%s: %s", d.FullName(), fault)
		}
	}
	if count < 500 {
		t.Errorf("only %d declarations were looked at", count)
	}
}

// commentFault says what is wrong with the comment of d; empty if nothing is.
func commentFault(d protoreflect.Descriptor, comment string) string {
	if comment == "" {
		return "it has no comment"
	}
	switch d.(type) {
	case protoreflect.MessageDescriptor, protoreflect.EnumDescriptor, protoreflect.ServiceDescriptor, protoreflect.MethodDescriptor:
		if !strings.HasPrefix(comment, string(d.Name())+" ") {
			return "its comment does not begin with its name"
		}
	}
	if !strings.ContainsRune(".:", rune(comment[len(comment)-1])) && !strings.Contains(comment, "    ") {
		return "its comment does not end like a sentence"
	}
	for line := range strings.Lines(comment) {
		if len(line) > 160 {
			return "a line of its comment is too long"
		}
	}
	return ""
}

func TestEverything_isNamedLikeTheRest(t *testing.T) {
	t.Parallel()
	var (
		snake   = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
		camel   = regexp.MustCompile(`^([A-Z][a-z0-9]*)+$`)
		upper   = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
		between = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	)
	for d := range declared(t) {
		name := string(d.Name())
		switch d := d.(type) {
		case protoreflect.FieldDescriptor, protoreflect.OneofDescriptor:
			if !snake.MatchString(name) {
				t.Errorf("%s is not in snake_case", d.FullName())
			}
		case protoreflect.EnumValueDescriptor:
			prefix := strings.ToUpper(between.ReplaceAllString(string(d.Parent().Name()), "${1}_$2")) + "_"
			if !upper.MatchString(name) || !strings.HasPrefix(name, prefix) {
				t.Errorf("%s does not begin with %s", d.FullName(), prefix)
			}
			if (d.Number() == 0) != (name == prefix+"UNSPECIFIED") {
				t.Errorf("%s: zero is called %sUNSPECIFIED, and nothing else is", d.FullName(), prefix)
			}
		default:
			if !camel.MatchString(name) {
				t.Errorf("%s is not in CamelCase", d.FullName())
			}
		}
	}
}

func TestFiles_areOfOnePackage(t *testing.T) {
	t.Parallel()
	for _, f := range compiled(t) {
		if dir := strings.ReplaceAll(path.Dir(f.Path()), "/", "."); string(f.Package()) != dir {
			t.Errorf("%s is of package %s", f.Path(), f.Package())
		}
		if f.Services().Len() > 1 || (f.Services().Len() == 1) != strings.HasSuffix(f.Path(), "_service.proto") {
			t.Errorf("%s: a service has a file of its own, NAME_service.proto", f.Path())
		}
	}
}

// TestMethods_haveTheirOwnMessages keeps requests and responses free to grow, and the names of RPCs unique, as commands and audit
// events are called after them.
func TestMethods_haveTheirOwnMessages(t *testing.T) {
	t.Parallel()
	seen := map[protoreflect.Name]protoreflect.FullName{}
	for m := range methods(compiled(t)) {
		if other, ok := seen[m.Name()]; ok {
			t.Errorf("%s is called as %s", m.FullName(), other)
		}
		seen[m.Name()] = m.FullName()
		if m.Input().Name() != m.Name()+"Request" || m.Output().Name() != m.Name()+"Response" {
			t.Errorf("%s: its messages are not called %sRequest and %sResponse", m.FullName(), m.Name(), m.Name())
		}
	}
	for d := range declared(t) {
		m, ok := d.(protoreflect.MessageDescriptor)
		if !ok {
			continue
		}
		for _, suffix := range []string{"Request", "Response"} {
			if name, is := strings.CutSuffix(string(m.Name()), suffix); is && seen[protoreflect.Name(name)] == "" {
				t.Errorf("%s belongs to no RPC", m.FullName())
			}
		}
	}
}
