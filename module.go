package modreg

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

// A Manifest describes a module; see package manifest for its fields, grammar and limits.
type Manifest = manifest.Manifest

// A Module is one registered version of a module, as one [Snapshot] shows it. It is a small value, safe for
// concurrent use, and stays readable after the version was unregistered.
type Module struct {
	v      *version
	active bool
}

// A version is the declaration of one version of a module. It is immutable but for its unit, which is what
// this process made of it. A registry may hold a hundred thousand of them: what most manifests say is kept parsed and
// nothing twice, and the document is made anew for whoever asks for it.
type version struct {
	name      string
	vers      semver.Version
	kind      string
	provides  []capability.Capability
	requires  []capability.Requirement
	canonical []byte                           // of the manifest; nil where it says no more than stands above
	special   atomic.Pointer[manifest.Checked] // canonical, parsed, without what stands above; nil until it is asked for
	seq       uint64                           // of the record that registered it
	ordinal   uint64                           // of the registration: higher for later ones
	traits    traits
	unit      unit
}

// traits are what is asked of every manifest at once, so that those need not be parsed.
type traits uint8

const (
	traitEager       traits = 1 << iota // it is to run without being asked
	traitConditional                    // it has conditions on others
	traitCodeOnly                       // only the program can bind it
	allTraits        = traitEager | traitConditional | traitCodeOnly
)

func newVersion(c *manifest.Checked, seq, ordinal uint64) *version {
	v := &version{
		name: c.Name, vers: c.Version, kind: c.Manifest.Kind, provides: c.Provides, requires: c.Requires,
		seq: seq, ordinal: ordinal,
	}
	v.unit.v = v
	if c.Manifest.Start == manifest.StartEager {
		v.traits |= traitEager
	}
	if len(c.Conditions()) > 0 {
		v.traits |= traitConditional
	}
	if c.Manifest.Runtime == nativeName && c.Manifest.Entry == "" {
		v.traits |= traitCodeOnly
	}
	if !isPlain(c) {
		v.canonical = c.Canonical
		v.special.Store(stripped(c))
	}
	return v
}

// stripped returns a copy without what a version has fields for.
func stripped(c *manifest.Checked) *manifest.Checked {
	special := *c
	special.Manifest.Provides, special.Manifest.Requires = nil, nil
	special.Provides, special.Requires = nil, nil
	return &special
}

// isPlain reports whether a manifest says nothing that a version does not hold in fields of its own.
func isPlain(c *manifest.Checked) bool {
	m := &c.Manifest
	return m.Description == "" && m.Licence == "" && m.Runtime == manifest.DefaultRuntime && m.Entry == "" &&
		m.Start == manifest.StartLazy && m.ConfigSchema == nil && m.Permissions == nil && m.Limits == nil &&
		m.Conditions == nil && len(m.Metadata) == 0 &&
		!slices.ContainsFunc(m.Provides, func(p manifest.Provision) bool { return p.Contract != nil })
}

// restored returns the manifest with all that Check found out about it.
func (v *version) restored() *manifest.Checked {
	var doc Manifest
	var err error
	if v.canonical != nil {
		doc, err = manifest.Parse(v.canonical)
	} else {
		doc = v.plainManifest()
	}
	var c *manifest.Checked
	if err == nil {
		c, err = manifest.Check(doc)
	}
	if err != nil {
		return unreadable(v, err)
	}
	return c
}

// unreadable stands for a manifest that does not pass the check although it did when it was registered: what the
// registry was started from has been tampered with. No runtime has its name, so that nothing of it is started.
func unreadable(v *version, err error) *manifest.Checked {
	return &manifest.Checked{
		Manifest: Manifest{Name: v.name, Version: v.vers.String(), Runtime: "unreadable", Description: err.Error()},
		Name:     v.name, Version: v.vers,
	}
}

// plainManifest writes the document of a version that has nothing special.
func (v *version) plainManifest() Manifest {
	doc := Manifest{Name: v.name, Version: v.vers.String(), Kind: v.kind}
	for _, c := range v.provides {
		p := manifest.Provision{Capability: c.ID.String(), Version: c.Version.String()}
		if c.Attrs.Len() > 0 {
			p.Attributes = maps.Collect(c.Attrs.All())
		}
		doc.Provides = append(doc.Provides, p)
	}
	for _, r := range v.requires {
		doc.Requires = append(doc.Requires, manifest.Requirement{
			Capability: r.ID.String(), Range: r.Range.String(), Filter: r.Filter.String(),
			Optional: r.Optional, Many: r.Many, Forbid: r.Forbid,
		})
	}
	return doc
}

// plain is the manifest of versions that have nothing special.
var plain = manifest.Checked{Manifest: Manifest{Runtime: manifest.DefaultRuntime, Start: manifest.StartLazy}}

// checked returns the manifest without what has fields of its own.
func (v *version) checked() *manifest.Checked {
	if v.canonical == nil {
		return &plain
	}
	c := v.special.Load()
	if c == nil {
		c = stripped(v.restored())
		v.special.Store(c)
	}
	return c
}

// words are what a manifest says for people.
type words struct {
	Licence     string            `json:"license"`
	Description string            `json:"description"`
	Metadata    map[string]string `json:"metadata"`
}

// words returns them without parsing the rest, if that was not done yet: an index asks for those of every version.
func (v *version) words() (w words) {
	if v.canonical != nil && v.special.Load() == nil && json.Unmarshal(v.canonical, &w) == nil {
		return w
	}
	m := v.doc()
	return words{m.Licence, m.Description, m.Metadata}
}

func (v *version) doc() *Manifest { return &v.checked().Manifest }

func (v *version) ref() string { return v.name + "@" + v.vers.String() }

// self is the capability that the module itself is.
func (v *version) self() capability.Capability {
	return capability.Capability{ID: capability.ID{Namespace: capability.ModuleNamespace, Name: v.name}, Version: v.vers}
}

// Name returns the module's name.
func (m Module) Name() string { return m.v.name }

// Version returns the version.
func (m Module) Version() semver.Version { return m.v.vers }

// Ref returns "name@version".
func (m Module) Ref() string { return m.v.ref() }

// Kind returns the manifest's kind; it may be empty.
func (m Module) Kind() string { return m.v.kind }

// Active reports whether this is the active version of its module: the one that serves whoever does not ask
// for another.
func (m Module) Active() bool { return m.active }

// Digest returns the digest of the canonical manifest. It is computed anew.
func (m Module) Digest() manifest.Digest { return m.v.restored().Digest }

// Provides returns the capabilities it provides. The slice belongs to the registry and must not be changed.
func (m Module) Provides() []capability.Capability { return m.v.provides }

// Requires returns what it requires. The slice belongs to the registry and must not be changed.
func (m Module) Requires() []capability.Requirement { return m.v.requires }

// Manifest returns the manifest as it was registered, defaults filled in. It is made anew and belongs to the caller.
func (m Module) Manifest() Manifest { return m.v.restored().Manifest }

// Registered returns the sequence number of the record that registered the version.
func (m Module) Registered() uint64 { return m.v.seq }

// Status returns what this process knows of the version now, which may be later than the snapshot.
func (m Module) Status() Status { return m.v.unit.status() }

// String returns "name@version".
func (m Module) String() string { return m.Ref() }

// splitRef splits "name" or "name@version".
func splitRef(ref string) (name, vers string) {
	name, vers, _ = strings.Cut(ref, "@")
	return name, vers
}

// checkRef is splitRef with the grammar checked, for references from outside.
func checkRef(ref string) (name string, vers semver.Version, hasVersion bool, err error) {
	what := fmt.Sprintf("module %q", ref)
	name, text := splitRef(ref)
	if err := capability.CheckName(name); err != nil {
		return "", vers, false, invalid(what, err)
	}
	if text == "" {
		if strings.HasSuffix(ref, "@") {
			return "", vers, false, &Error{
				Code: CodeInvalid, What: what, Why: "nothing stands after the \"@\"", Fix: "write name@version, or the name alone",
			}
		}
		return name, vers, false, nil
	}
	if vers, err = semver.Parse(text); err != nil {
		return "", vers, false, invalid(what, err)
	}
	return name, vers, true, nil
}
