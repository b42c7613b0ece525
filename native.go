package modreg

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

// nativeName is what manifests call the native runtime.
const nativeName = "native"

// nativeRuntime runs modules that are Go values of this program. They share its memory and its rights: it
// isolates panics, and nothing else.
type nativeRuntime struct{}

func (nativeRuntime) Name() string { return nativeName }

// Admit refuses what native code cannot be held to. A limit that is written down and not enforced is worse
// than none.
func (nativeRuntime) Admit(m Manifest) error {
	var asks []string
	if m.Permissions != nil {
		asks = append(asks, "permissions")
	}
	if l := m.Limits; l != nil {
		for name, set := range map[string]bool{
			"limits.memory": l.Memory != 0, "limits.cpu": l.CPU != 0, "limits.concurrency": l.Concurrency != 0,
			"limits.processes": l.Processes != 0, "limits.descriptors": l.Descriptors != 0, "limits.disk": l.Disk != 0,
			"limits.output": l.Output != 0, "limits.call": l.Call != "",
		} {
			if set {
				asks = append(asks, name)
			}
		}
	}
	if len(asks) == 0 {
		return nil
	}
	return &Error{
		Code: CodeUnsupported, What: "module " + m.Name + "@" + m.Version,
		Why: fmt.Sprintf("the native runtime shares the program's memory and rights and cannot enforce %s", joinSorted(asks)),
		Fix: "leave these fields out, or give the module a runtime that isolates",
	}
}

// Start builds the module's values in the order in which they were provided. If one fails or panics, it and those
// before it are stopped in reverse.
func (nativeRuntime) Start(ctx context.Context, l Launch) (_ Instance, err error) {
	n := &nativeInstance{u: l.unit}
	complete := false
	defer func() {
		if !complete {
			if stopErr := n.Stop(ctx); stopErr != nil {
				err = errors.Join(err, stopErr)
			}
		}
	}()
	for i := range l.parts {
		if err := n.add(ctx, &l.parts[i], l.Deps); err != nil {
			return nil, err
		}
	}
	complete = true
	return n, nil
}

type nativeInstance struct {
	u      *unit
	roots  []any // what the factories returned, in order
	values []nativeValue
}

// A nativeValue is what one capability is served by. There are few, so that a list is enough.
type nativeValue struct {
	id    *capability.ID
	value any
}

// value returns what serves a capability, nil if nothing does.
func (n *nativeInstance) value(id capability.ID) any {
	for _, v := range n.values {
		if *v.id == id {
			return v.value
		}
	}
	return nil
}

func (n *nativeInstance) add(ctx context.Context, p *part, deps Deps) error {
	root, err := p.build(ctx, deps)
	if err != nil {
		return fmt.Errorf("factory of %s: %w", p.names(), err)
	}
	if isNil(root) {
		return fmt.Errorf("factory of %s returned nil and no error", p.names())
	}
	n.roots = append(n.roots, root)
	for _, e := range p.exports {
		value := e.view(root)
		if isNil(value) {
			return fmt.Errorf("the view of %s returned nil", e.key.id)
		}
		n.values = append(n.values, nativeValue{&e.key.id, value})
	}
	if v, ok := root.(Initialiser); ok {
		if err := v.Init(ctx); err != nil {
			return fmt.Errorf("init %s: %w", p.names(), err)
		}
	}
	if v, ok := root.(Starter); ok {
		if err := v.Start(ctx); err != nil {
			return fmt.Errorf("start %s: %w", p.names(), err)
		}
	}
	return nil
}

// isNil reports whether v is nil or an interface that holds a nil pointer, map, func, channel or slice.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan, reflect.Slice, reflect.Interface:
		return rv.IsNil()
	}
	return false
}

// Invoke serves capabilities whose provider is a [Processor]; for other Go types there is no encoding.
func (n *nativeInstance) Invoke(ctx context.Context, capName, operation string, in []byte) ([]byte, error) {
	id, err := capability.ParseID(capName)
	if err != nil {
		return nil, invalid("invoke", err)
	}
	p, ok := n.value(id).(Processor)
	if !ok || operation != ProcessOperation {
		return nil, &Error{
			Code: CodeUnsupported, What: fmt.Sprintf("operation %q of %q", operation, capName),
			Why: "a native module serves bytes only where its Go type is modreg.Processor, by the operation \"process\"",
		}
	}
	return p.Process(ctx, in)
}

// Health asks every value that can tell, in order.
func (n *nativeInstance) Health(ctx context.Context) error {
	for _, root := range n.roots {
		if v, ok := root.(HealthChecker); ok {
			if err := v.Health(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// Stop stops the values in reverse. Each is stopped even if another one's Stop fails or panics.
func (n *nativeInstance) Stop(ctx context.Context) error {
	var errs []error
	for _, root := range slices.Backward(n.roots) {
		if v, ok := root.(Stopper); ok {
			if _, err := guard(n.u, func() (struct{}, error) { return struct{}{}, v.Stop(ctx) }); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// canConfigure reports whether every value takes a new configuration while it runs.
func (n *nativeInstance) canConfigure() bool {
	for _, root := range n.roots {
		if _, ok := root.(Configurer); !ok {
			return false
		}
	}
	return true
}

// configure gives every value the configuration; if one refuses, those before it get the old one back.
func (n *nativeInstance) configure(ctx context.Context, next, old Config) error {
	for i, root := range n.roots {
		err := root.(Configurer).Configure(ctx, next)
		if err == nil {
			continue
		}
		for _, done := range n.roots[:i] {
			if backErr := done.(Configurer).Configure(ctx, old); backErr != nil {
				err = errors.Join(err, backErr)
			}
		}
		return err
	}
	return nil
}

// names lists what a part provides, for errors.
func (p *part) names() string {
	names := make([]string, len(p.exports))
	for i, e := range p.exports {
		names[i] = e.key.id.String()
	}
	return strings.Join(names, ", ")
}
