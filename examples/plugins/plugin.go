package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/modreg/modreg"
)

// A Stage turns one stream into another. Run may be called by several pipelines at once. It reads in to its end unless it
// knows better, and returns when all it has to say is written; it keeps neither in nor out. When ctx
// ends, reads and writes fail.
type Stage interface {
	Run(ctx context.Context, in io.Reader, out io.Writer) error
}

// stageFunc is a Stage that is one function.
type stageFunc func(ctx context.Context, in io.Reader, out io.Writer) error

// Run calls the function.
func (f stageFunc) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	return f(ctx, in, out)
}

// A Monitor hears what each stage did, from any goroutine, and reports it at the end.
type Monitor interface {
	Observe(m Measurement)
	Report(w io.Writer) error
}

// A Passphrase hands out the secret that keys are derived from.
type Passphrase interface {
	Passphrase() string
}

// What plugins provide. Stages carry the attributes "name" (the set of names that a pipeline may call it by) and, where they
// apply, "algo" and "direction".
var (
	StageCapability      = modreg.NewCapability[Stage]("plugin.stage")
	MonitorCapability    = modreg.NewCapability[Monitor]("plugin.monitor")
	PassphraseCapability = modreg.NewCapability[Passphrase]("plugin.passphrase")
)

// Kinds of plugins, as manifests name them.
const (
	kindData        = "data-processor"
	kindEncryption  = "encryption"
	kindCompression = "compression"
	kindMonitoring  = "monitoring"
)

// A plugin is a module before it is registered.
type plugin struct {
	manifest modreg.Manifest
	options  []modreg.ModuleOption
}

// A checker is a configuration that knows its limits.
type checker interface{ check() error }

// with makes a plugin of a manifest, its configuration and what builds its value. The configuration that the
// factory sees is the defaults, overlaid by what -set says, and checked.
func with[T any, C checker](
	m modreg.Manifest, c modreg.Capability[T], defaults C, build func(C, modreg.Deps) (T, error), opts ...modreg.ProvideOption,
) plugin {
	factory := func(_ context.Context, d modreg.Deps) (value T, err error) {
		config := defaults
		if err := d.Config().Decode(&config); err != nil {
			return value, err
		}
		if err := config.check(); err != nil {
			return value, fmt.Errorf("configuration: %w", err)
		}
		return build(config, d)
	}
	m.Version = "1.0.0"
	return plugin{m, []modreg.ModuleOption{modreg.Provide(c, factory, opts...), modreg.WithConfig(defaults)}}
}

// requiring adds a requirement to a plugin.
func (p plugin) requiring(o modreg.ModuleOption) plugin {
	p.options = append(p.options, o)
	return p
}

// openRegistry opens a registry with all plugins, configured as the job says, and none of them started.
func openRegistry(ctx context.Context, j *job, extra []plugin) (*modreg.Registry, error) {
	reg, err := modreg.Open(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range append(builtin(j.secret), extra...) {
		if err := reg.Register(ctx, p.manifest, p.options...); err != nil {
			return nil, errors.Join(err, reg.Close(ctx))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(j.sets)) {
		if err := reg.Configure(ctx, name, []byte(j.sets[name])); err != nil {
			return nil, errors.Join(err, reg.Close(ctx))
		}
	}
	return reg, nil
}

// settings are configurations by the name of the plugin: the values of -set.
type settings map[string]json.RawMessage

// String is the form that package flag shows as the default.
func (s settings) String() string { return "" }

// Set takes one plugin={…}.
func (s settings) Set(text string) error {
	name, config, ok := strings.Cut(text, "=")
	if !ok || name == "" || !json.Valid([]byte(config)) {
		return fmt.Errorf("%q is not of the form plugin={…}", text)
	}
	if _, ok := s[name]; ok {
		return fmt.Errorf("plugin %q is configured twice", name)
	}
	s[name] = json.RawMessage(config)
	return nil
}
