package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// checkPublished reports everything by which files break the published API.
func checkPublished(path string, files linker.Files) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the published API: %w (the first one is published with -break)", err)
	}
	published, err := decode(data)
	if err != nil {
		return err
	}
	return breaks(published, files)
}

// breaks reports everything by which files break an API that was published: whoever was built for that must be able to
// talk to whoever is built for these, in Protobuf and in JSON, in both directions, and to be built again.
func breaks(published *protoregistry.Files, files linker.Files) error {
	c := comparison{files: files, ours: map[protoreflect.FullName]bool{}}
	for _, f := range files {
		c.ours[f.Package()] = true
	}
	published.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if c.ours[f.Package()] {
			c.file(f)
		}
		return true
	})
	return errors.Join(c.found...)
}

type comparison struct {
	files linker.Files
	ours  map[protoreflect.FullName]bool // packages
	found []error
}

func (c *comparison) say(d protoreflect.Descriptor, format string, args ...any) {
	c.found = append(c.found, fmt.Errorf("%s was published: %s", d.FullName(), fmt.Sprintf(format, args...)))
}

// now returns what has the name of something published.
func now[D protoreflect.Descriptor](c *comparison, was D) (is D, ok bool) {
	for _, f := range c.files {
		if d := f.FindDescriptorByName(was.FullName()); d != nil {
			if is, ok = d.(D); ok {
				return is, true
			}
		}
	}
	c.say(was, "it must stay")
	return is, false
}

func (c *comparison) file(f protoreflect.FileDescriptor) {
	for i := range f.Messages().Len() {
		c.message(f.Messages().Get(i))
	}
	for i := range f.Enums().Len() {
		c.enum(f.Enums().Get(i))
	}
	for i := range f.Extensions().Len() {
		if is, ok := now(c, f.Extensions().Get(i)); ok {
			c.field(f.Extensions().Get(i), is)
		}
	}
	for i := range f.Services().Len() {
		c.service(f.Services().Get(i))
	}
}

func (c *comparison) message(was protoreflect.MessageDescriptor) {
	is, ok := now(c, was)
	if !ok || was.IsMapEntry() {
		return
	}
	for i := range was.Fields().Len() {
		old := was.Fields().Get(i)
		field := is.Fields().ByNumber(old.Number())
		if field == nil {
			c.say(old, "the field must stay; deprecate it instead")
			continue
		}
		c.field(old, field)
	}
	for i := range was.Messages().Len() {
		c.message(was.Messages().Get(i))
	}
	for i := range was.Enums().Len() {
		c.enum(was.Enums().Get(i))
	}
}

// shape is what of a field counts on the wire, in JSON and in code.
func shape(fd protoreflect.FieldDescriptor) []string {
	typ := fd.Kind().String()
	switch {
	case fd.IsMap():
		typ = fmt.Sprintf("map<%s, %s>", shape(fd.MapKey())[2], shape(fd.MapValue())[2])
	case fd.Message() != nil:
		typ = string(fd.Message().FullName())
	case fd.Enum() != nil:
		typ = string(fd.Enum().FullName())
	}
	oneof := ""
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		oneof = string(o.Name())
	}
	return []string{
		"number " + fmt.Sprint(fd.Number()), "name " + string(fd.Name()), typ, fd.Cardinality().String(), "in JSON " + fd.JSONName(),
		"oneof " + oneof, fmt.Sprint("presence ", fd.HasPresence()), fmt.Sprint("packed ", fd.IsPacked()),
	}
}

func (c *comparison) field(was, is protoreflect.FieldDescriptor) {
	before, after := shape(was), shape(is)
	for i := range before {
		if before[i] != after[i] {
			c.say(was, "it is %q now, and was %q", after[i], before[i])
		}
	}
}

func (c *comparison) enum(was protoreflect.EnumDescriptor) {
	is, ok := now(c, was)
	if !ok {
		return
	}
	for i := range was.Values().Len() {
		old := was.Values().Get(i)
		if v := is.Values().ByName(old.Name()); v == nil || v.Number() != old.Number() {
			c.say(old, "the value must stay, with the number %d", old.Number())
		}
	}
}

func (c *comparison) service(was protoreflect.ServiceDescriptor) {
	is, ok := now(c, was)
	if !ok {
		return
	}
	for i := range was.Methods().Len() {
		old := was.Methods().Get(i)
		m := is.Methods().ByName(old.Name())
		if m == nil {
			c.say(old, "the RPC must stay")
			continue
		}
		c.method(old, m)
	}
}

func (c *comparison) method(was, is protoreflect.MethodDescriptor) {
	if a, b := was.Input().FullName(), is.Input().FullName(); a != b {
		c.say(was, "its request is %s now, and was %s", b, a)
	}
	if a, b := was.Output().FullName(), is.Output().FullName(); a != b {
		c.say(was, "its response is %s now, and was %s", b, a)
	}
	if was.IsStreamingClient() != is.IsStreamingClient() || was.IsStreamingServer() != is.IsStreamingServer() {
		c.say(was, "it streams otherwise than it did")
	}
	// Clients retry, and caches answer, by what they were built with.
	if before := idempotency(was); before != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN && idempotency(is) != before {
		c.say(was, "its idempotency_level must stay %s", before)
	}
}

func idempotency(m protoreflect.MethodDescriptor) descriptorpb.MethodOptions_IdempotencyLevel {
	o, _ := m.Options().(*descriptorpb.MethodOptions)
	return o.GetIdempotencyLevel()
}
