package modreg

import (
	"context"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

// A Runtime starts instances of modules: native Go, WebAssembly, a process, a remote service. A registry
// always has the native one; [WithRuntime] adds others. The package runtime/runtimetest holds the suite that
// every runtime passes. Methods are called by many goroutines at once.
type Runtime interface {
	// Name is what manifests call the runtime.
	Name() string
	// Admit reports why the runtime could not run the module as its manifest, checked and normalised, says: above
	// all which limit or permission it could not enforce. It must not start or wait for anything, nor call the registry,
	// which may ask under its locks.
	Admit(m Manifest) error
	// Start starts one instance and returns when it can serve, or with an error and nothing left behind.
	// ctx bounds the start only; an instance lives until its Stop.
	Start(ctx context.Context, l Launch) (Instance, error)
}

// An Instance is one running module. The registry calls Invoke only between the return of Start and the call
// of Stop, and Stop once. Invoke and Health may be called by many goroutines at once.
//
// If an instance has the method of [Configurer], the registry calls it to change the configuration of the
// running instance; otherwise it starts a new instance and stops this one.
type Instance interface {
	// Invoke runs an operation of one of the module's capabilities. It neither keeps nor changes in. If the
	// module's code panicked or trapped, the error wraps a [*PanicError]; the instance must then be able to go on,
	// or fail every later call.
	Invoke(ctx context.Context, capability, operation string, in []byte) ([]byte, error)
	// Health returns nil if the instance can serve.
	Health(ctx context.Context) error
	// Stop stops the instance and releases what it holds. ctx bounds the waiting, not the effect: when ctx
	// ends, the instance is abandoned or killed, whatever the runtime can do.
	Stop(ctx context.Context) error
}

// A Launch is what a runtime is given to start an instance.
type Launch struct {
	Module   string
	Version  semver.Version
	Manifest Manifest // belongs to the registry; must not be changed
	Config   Config
	Deps     Deps

	parts []part // of native modules
	unit  *unit
}

// The optional interfaces of native modules. The registry looks for them on every value that a factory
// returned. Each call is bounded by the module's deadlines (see [Timeouts]) and isolated from panics. The
// context ends when the call does, so that work that goes on after it needs a context of its own, ended by Stop.
type (
	// An Initialiser prepares what needs no dependency to run. Init is called once, after the factory.
	Initialiser interface {
		Init(ctx context.Context) error
	}
	// A Starter starts serving. Start is called once, after Init.
	Starter interface {
		Start(ctx context.Context) error
	}
	// A HealthChecker says whether it can serve. Health is called after Start, before the first call is let
	// through, and whenever [Registry.Health] asks. It may be called by many goroutines at once.
	HealthChecker interface {
		Health(ctx context.Context) error
	}
	// A Stopper releases what it holds. Stop is called once, after the last call ended or was given up, and
	// also when the value's own Init, Start or first Health failed.
	Stopper interface {
		Stop(ctx context.Context) error
	}
	// A Configurer takes another configuration while it runs. If it returns an error it goes on with the one
	// it had. Calls may be in flight.
	Configurer interface {
		Configure(ctx context.Context, c Config) error
	}
)

// A Config is the configuration of a module: canonical JSON, or nothing. It is immutable.
type Config struct{ data []byte }

// IsZero reports whether there is no configuration.
func (c Config) IsZero() bool { return len(c.data) == 0 }

// JSON returns a copy of the configuration as canonical JSON (RFC 8785); nil if there is none.
func (c Config) JSON() []byte {
	if c.IsZero() {
		return nil
	}
	return append([]byte(nil), c.data...)
}

// Decode fills v, a pointer to a struct or map, as encoding/json does, but strictly: unknown, repeated and
// differently cased fields are errors with CodeInvalid. Without a configuration it leaves v as it is, so
// that v may hold the defaults.
func (c Config) Decode(v any) error {
	if c.IsZero() {
		return nil
	}
	if err := manifest.DecodeStrict(c.data, v); err != nil {
		return invalid("configuration", err)
	}
	return nil
}

// A ConfigValidator checks the configuration of a module against the JSON Schema in its manifest. Package
// manifest/jsonschema has one. It must be safe for concurrent use.
type ConfigValidator interface {
	ValidateConfig(schema, config []byte) error
}
