package modreg

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"

	"github.com/modreg/modreg/capability"
)

// A Capability is a typed key: it ties the name of a capability to the Go type T of its providers, once.
// Declare it as a package variable beside the interface:
//
//	var Text = modreg.NewCapability[TextProcessor]("text.process")
//
// A Capability is immutable and may be used with any number of registries. Within one registry a name
// belongs to one Go type: the first use binds it, and any other type is refused with CodeTypeConflict.
type Capability[T any] struct {
	key *capabilityKey
	// stub turns the bytes of a runtime that is not native into a T; nil where there is none.
	stub func(Invoker) T
}

// capabilityKey is the part of a Capability that does not depend on its type parameter.
type capabilityKey struct {
	id    capability.ID
	goTyp reflect.Type
	place string // file:line of NewCapability
	err   error  // what is wrong with the name, reported at first use
}

// NewCapability returns the typed key for the capability called name ("text.process" or "namespace/name").
// A name outside the grammar of package capability is reported by the first function that is given the key.
//
// If T is [Processor], providers of every runtime can serve it; for other types a stub is needed for the
// runtimes that are not native, see [NewCapabilityStub].
func NewCapability[T any](name string) Capability[T] {
	stub, _ := any(func(in Invoker) Processor { return processorStub{in} }).(func(Invoker) T)
	return newCapability(name, stub)
}

// NewCapabilityStub is NewCapability with the function that makes a T out of an [Invoker], so that modules
// whose runtime is not native can provide the capability.
func NewCapabilityStub[T any](name string, stub func(Invoker) T) Capability[T] {
	return newCapability(name, stub)
}

func newCapability[T any](name string, stub func(Invoker) T) Capability[T] {
	key := &capabilityKey{goTyp: reflect.TypeFor[T](), place: "unknown place"}
	if _, file, line, ok := runtime.Caller(2); ok {
		key.place = fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	id, err := capability.ParseID(name)
	switch {
	case err != nil:
		key.err = invalid(fmt.Sprintf("capability %q", name), err)
	case id.Namespace == capability.ModuleNamespace:
		key.err = &Error{
			Code: CodeInvalid, What: fmt.Sprintf("capability %q", name),
			Why: "the namespace \"module\" stands for modules themselves", Fix: "choose another namespace",
		}
	}
	key.id = id
	return Capability[T]{key: key, stub: stub}
}

// Name returns the capability's name.
func (c Capability[T]) Name() string {
	if c.key == nil {
		return ""
	}
	return c.key.id.String()
}

// check reports what is wrong with a key before its first use.
func (k *capabilityKey) check() error {
	if k == nil {
		return &Error{
			Code: CodeInvalid, What: "capability", Why: "the zero Capability names nothing",
			Fix: "make it with modreg.NewCapability",
		}
	}
	return k.err
}

// A Processor turns bytes into bytes. It is the one Go type that every runtime can provide as it is: by the one
// operation [ProcessOperation].
type Processor interface {
	// Process returns the output for in. It must not keep or change in.
	Process(ctx context.Context, in []byte) ([]byte, error)
}

// A ProcessorFunc is a function that serves as a Processor.
type ProcessorFunc func(ctx context.Context, in []byte) ([]byte, error)

// Process calls f.
func (f ProcessorFunc) Process(ctx context.Context, in []byte) ([]byte, error) { return f(ctx, in) }

// ProcessOperation is the operation of a [Processor] as an [Invoker] names it.
const ProcessOperation = "process"

// An Invoker calls one capability of one running instance through its runtime, as bytes.
type Invoker interface {
	// Invoke runs the operation with the input and returns its output. It neither keeps nor changes in.
	Invoke(ctx context.Context, operation string, in []byte) ([]byte, error)
}

type processorStub struct{ in Invoker }

func (s processorStub) Process(ctx context.Context, in []byte) ([]byte, error) {
	return s.in.Invoke(ctx, ProcessOperation, in)
}
