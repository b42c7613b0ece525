package modreg

import (
	"context"
	"fmt"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

// A ModuleOption adds to a module what [Registry.Register] is given: native code, requirements, configuration.
type ModuleOption interface{ applyModule(*moduleSpec) }

type moduleOption func(*moduleSpec)

func (f moduleOption) applyModule(s *moduleSpec) { f(s) }

// A moduleSpec collects the options of one registration.
type moduleSpec struct {
	manifest  Manifest
	entry     bool // collects an entry: the manifest comes later and says version and attributes
	parts     []part
	keys      []*capabilityKey // whose Go types are to be bound
	config    any
	hasConfig bool
	errs      []error
}

// A part is one native factory and the capabilities that its value provides.
type part struct {
	build   func(context.Context, Deps) (any, error)
	exports []export
}

type export struct {
	key  *capabilityKey
	view func(root any) any // the value to serve, which holds key's Go type
}

// Provide makes a native module provide a capability by the value that the factory returns: one value for
// each running instance of the module, shared by all callers. The factory is called when the module starts.
// Its context ends when the start does. What it needs of other modules it gets from the Deps.
//
// The manifest's field Provides may list the capability already; then the options must be left out.
// Otherwise the capability is added to it, by default in version 1.0.0 and without attributes.
func Provide[T any](c Capability[T], factory func(context.Context, Deps) (T, error), opts ...ProvideOption) ModuleOption {
	return moduleOption(func(s *moduleSpec) {
		if !s.provision(c.key, opts) {
			return
		}
		p := part{exports: []export{{key: c.key, view: func(root any) any { return root }}}}
		if factory != nil {
			p.build = func(ctx context.Context, d Deps) (any, error) { return factory(ctx, d) }
		}
		s.add(p)
	})
}

// Share makes a native module provide several capabilities by one value.
func Share[S any](factory func(context.Context, Deps) (S, error), exports ...Export[S]) ModuleOption {
	return moduleOption(func(s *moduleSpec) {
		var p part
		if factory != nil {
			p.build = func(ctx context.Context, d Deps) (any, error) { return factory(ctx, d) }
		}
		for _, e := range exports {
			if s.provision(e.key, e.opts) {
				p.exports = append(p.exports, export{key: e.key, view: func(root any) any { return e.view(root.(S)) }})
			}
		}
		s.add(p)
	})
}

// An Export says which capability a shared value of type S provides; see [As].
type Export[S any] struct {
	key  *capabilityKey
	view func(S) any
	opts []ProvideOption
}

// As exports a shared value as the capability c, by the view of it that has c's type:
//
//	modreg.Share(newStore, modreg.As(Reader, func(s *Store) ReadAPI { return s }), …)
func As[S, T any](c Capability[T], view func(S) T, opts ...ProvideOption) Export[S] {
	return Export[S]{key: c.key, view: func(s S) any { return view(s) }, opts: opts}
}

func (s *moduleSpec) add(p part) {
	if p.build == nil {
		s.errs = append(s.errs, &Error{Code: CodeInvalid, What: "provide " + p.names(), Why: "the factory is nil"})
	}
	s.parts = append(s.parts, p)
}

// provision enters a capability into the manifest unless it is there, and reports whether the key is usable.
func (s *moduleSpec) provision(key *capabilityKey, opts []ProvideOption) bool {
	if err := key.check(); err != nil {
		s.errs = append(s.errs, err)
		return false
	}
	s.keys = append(s.keys, key)
	name := key.id.String()
	listed := s.entry
	for i := range s.manifest.Provides {
		listed = listed || s.manifest.Provides[i].Capability == name
	}
	if listed {
		if len(opts) > 0 {
			s.errs = append(s.errs, &Error{
				Code: CodeInvalid, What: fmt.Sprintf("provide %q", name),
				Why: "version and attributes stand in the manifest already", Fix: "leave out the options of Provide",
			})
		}
		return true
	}
	p := manifest.Provision{Capability: name}
	for _, opt := range opts {
		opt.applyProvide(&p)
	}
	s.manifest.Provides = append(slices.Clip(s.manifest.Provides), p)
	return true
}

// Require makes a module require the capability c: its factory may then ask [Need] for it.
// It is the same as an entry in the manifest's field Requires, but typed.
func Require[T any](c Capability[T], opts ...RequireOption) ModuleOption {
	return moduleOption(func(s *moduleSpec) {
		if err := c.key.check(); err != nil {
			s.errs = append(s.errs, err)
			return
		}
		s.keys = append(s.keys, c.key)
		var q requirement
		for _, opt := range opts {
			opt.applyRequire(&q)
		}
		s.errs = append(s.errs, q.errs...)
		s.manifest.Requires = append(slices.Clip(s.manifest.Requires), manifest.Requirement{
			Capability: c.key.id.String(), Range: q.rangeText, Filter: q.filter().String(),
			Optional: q.optional, Many: q.many,
		})
	})
}

// WithConfig gives a module its first configuration: a []byte of JSON, or a value that encoding/json turns
// into it. Registering fails if the module is registered already with another one: see [Registry.Configure].
func WithConfig(config any) ModuleOption {
	return moduleOption(func(s *moduleSpec) { s.config, s.hasConfig = config, true })
}

// A ProvideOption describes a capability that is provided: [Version] and [Attr].
type ProvideOption interface{ applyProvide(*manifest.Provision) }

type provideOption func(*manifest.Provision)

func (f provideOption) applyProvide(p *manifest.Provision) { f(p) }

// Version is the version of the capability that is provided: that of its contract, not of the module.
func Version(v string) ProvideOption {
	return provideOption(func(p *manifest.Provision) { p.Version = v })
}

// An AttrValue is what an attribute of a capability may hold.
type AttrValue interface {
	string | int | bool | semver.Version | []string
}

// Attr is an attribute of the capability that is provided.
func Attr[V AttrValue](name string, value V) ProvideOption {
	return provideOption(func(p *manifest.Provision) {
		if p.Attributes == nil {
			p.Attributes = map[string]capability.Value{}
		}
		p.Attributes[name] = attrValue(value)
	})
}

func attrValue[V AttrValue](value V) capability.Value {
	switch v := any(value).(type) {
	case string:
		return capability.String(v)
	case int:
		return capability.Int(int64(v))
	case bool:
		return capability.Bool(v)
	case semver.Version:
		return capability.Version(v)
	case []string:
		return capability.Set(v...)
	}
	panic("modreg: unreachable: AttrValue has no other type") //nolint:forbidigo // a broken invariant
}
