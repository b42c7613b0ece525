package modreg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

// Register declares a version of a module and binds it: it says how this process starts it.
//
// Native code is given by [Provide] or [Share], or named by the manifest's Entry, which [WithEntry] holds. For
// other runtimes the manifest is enough. The first version of a name becomes its active one; later ones
// stand beside it until [Registry.Activate]. Registering does not start the module: its first call does, or,
// if the manifest says "eager", the registry on its own.
//
// If the journal holds the same declaration already, from this process before it was restarted or from another,
// Register only binds it. It returns CodeConflict if the version is registered with other content or is bound here
// already, CodeInvalid for a bad manifest or configuration, CodeTypeConflict, CodeUnsupported if the runtime
// cannot do or enforce what the manifest says, CodeUnbound if a native module has neither code nor a known
// entry, CodeJournal and CodeClosed. After an error nothing is registered.
func (r *Registry) Register(ctx context.Context, m Manifest, opts ...ModuleOption) error {
	if err := ctx.Err(); err != nil {
		return interrupted("register "+m.Name, err)
	}
	spec := moduleSpec{manifest: m}
	for _, opt := range opts {
		opt.applyModule(&spec)
	}
	if len(spec.errs) > 0 {
		return joinErrors(spec.errs)
	}
	c, err := manifest.Check(spec.manifest)
	if err != nil {
		return invalid(fmt.Sprintf("register %q", m.Name), err)
	}
	b, err := r.blueprintFor(&c.Manifest, c.Provides, spec.parts)
	if err != nil {
		return err
	}
	config, err := r.firstConfig(c, &spec)
	if err != nil {
		return err
	}
	for _, key := range spec.keys {
		if err := r.bindType(key); err != nil {
			return err
		}
	}
	o := record.Op{Do: record.Register, Manifest: c, Config: config}
	var again *version
	if err := r.commit(ctx, record.Register, c.Name, func(d *draft) (err error) {
		again, err = d.declare(o, b, len(spec.parts) > 0)
		return err
	}); err != nil {
		return unlessRepeated(err)
	}
	if again != nil { // the declaration was there; what was unbound may serve now
		r.rerouteVersion(again)
		r.keepRunning(again)
	}
	return nil
}

// declare adds a registration to the draft, or binds the version that is there already and returns it.
func (d *draft) declare(o record.Op, b blueprint, withCode bool) (*version, error) {
	c := o.Manifest
	if m, ok := d.module(c.Name); ok {
		if v := m.find(c.Version); v != nil {
			what := "register " + v.ref()
			switch {
			case v.restored().Digest != c.Digest:
				return nil, &Error{
					Code: CodeConflict, What: what,
					Why: fmt.Sprintf("this version is registered with other content (%s, not %s)", v.restored().Digest, c.Digest),
					Fix: "give the new content a new version",
				}
			case o.Config != nil && !bytes.Equal(o.Config, d.config(v)):
				return nil, &Error{Code: CodeConflict, What: what, Why: "it has another configuration", Fix: "change it with Configure"}
			case !v.unit.bind(b) && withCode:
				return nil, &Error{Code: CodeConflict, What: what, Why: "it is registered and bound here already", Fix: "give the new code a new version"}
			}
			return v, nil
		}
	}
	v, err := d.do(o)
	if err != nil {
		return nil, &Error{Code: CodeInvalid, What: "register " + c.Name, Err: err}
	}
	v.unit.bind(b)
	return nil, nil //nolint:nilnil // nil says that the version is new
}

// blueprintFor says how this process starts a module, or why it cannot.
func (r *Registry) blueprintFor(m *Manifest, provides []capability.Capability, parts []part) (blueprint, error) {
	rt, ok := r.opts.runtimes[m.Runtime]
	if !ok {
		return blueprint{}, &Error{
			Code: CodeUnsupported, What: registering(m), Why: fmt.Sprintf("this registry has no runtime %q", m.Runtime),
			Fix: "it has " + joinSorted(slices.Collect(maps.Keys(r.opts.runtimes))),
		}
	}
	if m.ConfigSchema != nil && r.opts.validator == nil {
		return blueprint{}, &Error{
			Code: CodeUnsupported, What: registering(m), Why: "its configuration has a schema, and this registry cannot check it",
			Fix: "open the registry with WithConfigValidator (package manifest/jsonschema has one)",
		}
	}
	if err := rt.Admit(*m); err != nil {
		return blueprint{}, err
	}
	if rt.Name() != nativeName {
		if len(parts) > 0 {
			return blueprint{}, &Error{
				Code: CodeInvalid, What: registering(m), Why: fmt.Sprintf("native code is given for a module of runtime %q", rt.Name()),
				Fix: "leave out Provide and Share, or the manifest's runtime",
			}
		}
		return blueprint{runtime: rt}, nil
	}
	parts, err := r.nativeParts(m, provides, parts)
	if err != nil {
		return blueprint{}, err
	}
	return blueprint{runtime: rt, parts: parts}, nil
}

// nativeParts finds the native code of a module and checks that it is what the manifest says.
func (r *Registry) nativeParts(m *Manifest, provides []capability.Capability, parts []part) ([]part, error) {
	if entry := m.Entry; entry != "" {
		if len(parts) > 0 {
			return nil, &Error{Code: CodeInvalid, What: registering(m), Why: "native code is given, and named by the entry too", Fix: "leave out one of them"}
		}
		named, ok := r.opts.entries[entry]
		if !ok {
			known := joinSorted(slices.Collect(maps.Keys(r.opts.entries)))
			return nil, &Error{
				Code: CodeUnbound, What: registering(m), Why: fmt.Sprintf("no entry %q is compiled into this program", entry),
				Fix: "open the registry with WithEntry" + prefixed("; it has ", known),
			}
		}
		parts = named
	}
	has := make([]capability.ID, 0, 8)
	for _, p := range parts {
		for _, e := range p.exports {
			if slices.Contains(has, e.key.id) {
				return nil, &Error{Code: CodeInvalid, What: registering(m), Why: fmt.Sprintf("%q is provided twice", e.key.id)}
			}
			has = append(has, e.key.id)
		}
	}
	for _, want := range provides {
		if !slices.Contains(has, want.ID) {
			return nil, &Error{
				Code: CodeUnbound, What: registering(m), Why: fmt.Sprintf("the manifest provides %q, and no code does", want.ID),
				Fix: "add a Provide for it, or name an entry that has it",
			}
		}
	}
	if len(has) > len(provides) {
		return nil, &Error{
			Code: CodeInvalid, What: registering(m), Why: "the code provides more than the manifest", Fix: "list in the manifest what the entry provides",
		}
	}
	return parts, nil
}

func registering(m *Manifest) string { return "register " + m.Name + "@" + m.Version }

// bindEntries lets what came from the journal be bound if it can be started without the program's help: modules of
// other runtimes, and native ones that name an entry. It runs before the versions are published.
func (r *Registry) bindEntries(changes []change) {
	for _, ch := range changes {
		if ch.kind == EventRegistered && !ch.v.unit.bound() {
			r.bindLater(ch.v)
		}
	}
}

// bindLater leaves it to the first who asks to find out how v is started: a registry that holds a hundred thousand
// versions starts few of them.
func (r *Registry) bindLater(v *version) {
	if v.traits&traitCodeOnly != 0 {
		v.unit.troubled().unbound = "it is native, and this program has not registered its code"
		return
	}
	v.unit.unsettled.Store(r)
}

// settle binds what was left for later. It is called without mu.
func (u *unit) settle() {
	r := u.unsettled.Load()
	if r == nil {
		return
	}
	doc := u.v.restored().Manifest
	// Whoever asks for the version need not suffer for a runtime that panics, and may hold a lock.
	b, err := guard(u, func() (blueprint, error) { return r.blueprintFor(&doc, u.v.provides, nil) })
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case !u.unsettled.CompareAndSwap(r, nil): // another did it meanwhile
	case err != nil:
		u.troubled().unbound = err.Error()
	default:
		u.blueprint = b
	}
}

// firstConfig returns the configuration that Register was given as canonical JSON, nil for none.
func (r *Registry) firstConfig(c *manifest.Checked, spec *moduleSpec) ([]byte, error) {
	if !spec.hasConfig {
		return nil, nil
	}
	config, err := canonicalConfig(spec.config)
	if err != nil {
		return nil, invalid(fmt.Sprintf("configuration of %s@%s", c.Name, c.Version), err)
	}
	return config, r.checkConfig(c.Name+"@"+c.Version.String(), c.Manifest.ConfigSchema, config)
}

// canonicalConfig turns a configuration from outside into canonical JSON.
func canonicalConfig(config any) ([]byte, error) {
	data, ok := config.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(config); err != nil {
			return nil, err
		}
	}
	return manifest.Canonicalise(data)
}

// checkConfig holds the configuration of a version against the schema in its manifest, which may be nil. No
// configuration counts as {}.
func (r *Registry) checkConfig(ref string, schema, config []byte) error {
	if schema == nil {
		return nil
	}
	if config == nil {
		config = []byte("{}")
	}
	if err := r.opts.validator.ValidateConfig(schema, config); err != nil {
		return invalid("configuration of "+ref, err)
	}
	return nil
}

// timeoutsOf returns the deadlines of a module: the manifest's, else the registry's.
func (r *Registry) timeoutsOf(v *version) Timeouts {
	t := v.checked().Timeouts()
	return Timeouts{Start: t.Start, Stop: t.Stop, Drain: t.Drain, Health: t.Health}.or(r.opts.timeouts)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
