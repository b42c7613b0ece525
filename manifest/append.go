package manifest

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/modreg/modreg/capability"
)

// canonicalManifest writes the canonical bytes of a manifest whose fields are
// in canonical form already: what Canonicalise would make of its JSON without
// the fields that have their default. It writes the members in order and does
// without reflection, because every registration pays for it.
//
// The schemas in the manifest become parts of the canonical bytes, so that
// nothing is kept twice.
func canonicalManifest(c *Checked) []byte {
	w := writer{buf: make([]byte, 0, 256)}
	w.manifest(c)
	out := slices.Clip(append([]byte(nil), w.buf...))
	for _, r := range w.raws {
		*r.field = out[r.start:r.end:r.end]
	}
	return out
}

// writer appends JSON. Whether a comma is due shows in the last byte.
type writer struct {
	buf  []byte
	raws []rawPlace
}

// rawPlace is where the text of a schema stands in the buffer.
type rawPlace struct {
	field      *json.RawMessage
	start, end int
}

func (w *writer) separate() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' && w.buf[n-1] != '[' {
		w.buf = append(w.buf, ',')
	}
}

// open starts an object as an element.
func (w *writer) open() {
	w.separate()
	w.buf = append(w.buf, '{')
}

func (w *writer) close(bracket byte) { w.buf = append(w.buf, bracket) }

// key starts a member whose name needs no escape.
func (w *writer) key(name string) {
	w.separate()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

// object starts a member that is an object or array.
func (w *writer) object(name string, bracket byte) {
	w.key(name)
	w.buf = append(w.buf, bracket)
}

// text writes a member unless it has its default.
func (w *writer) text(name, value, def string) {
	if value != def {
		w.key(name)
		w.buf = appendText(w.buf, value)
	}
}

func (w *writer) integer(name string, value int64) {
	if value != 0 {
		w.key(name)
		w.buf = strconv.AppendInt(w.buf, value, 10)
	}
}

func (w *writer) flag(name string, value bool) {
	if value {
		w.key(name)
		w.buf = append(w.buf, "true"...)
	}
}

func (w *writer) list(name string, values []string) {
	if len(values) > 0 {
		w.key(name)
		w.values(values)
	}
}

func (w *writer) values(values []string) {
	w.buf = append(w.buf, '[')
	for _, v := range values {
		w.separate()
		w.buf = appendText(w.buf, v)
	}
	w.buf = append(w.buf, ']')
}

func (w *writer) raw(name string, field *json.RawMessage) {
	if len(*field) == 0 {
		return
	}
	w.key(name)
	start := len(w.buf)
	w.buf = append(w.buf, *field...)
	w.raws = append(w.raws, rawPlace{field, start, len(w.buf)})
}

func (w *writer) manifest(c *Checked) {
	m := &c.Manifest
	w.open()
	w.conditions(m.Conditions)
	w.raw("configSchema", &m.ConfigSchema)
	w.text("description", m.Description, "")
	w.text("entry", m.Entry, "")
	w.text("kind", m.Kind, "")
	w.text("license", m.Licence, "")
	w.limits(m.Limits)
	w.metadata(m.Metadata)
	w.key("name")
	w.buf = appendText(w.buf, m.Name)
	w.permissions(m.Permissions)
	w.provides(m.Provides, c.Provides)
	w.requires(m.Requires)
	w.text("runtime", m.Runtime, DefaultRuntime)
	w.text("start", m.Start, StartLazy)
	w.key("version")
	w.buf = appendText(w.buf, m.Version)
	w.close('}')
}

func (w *writer) provides(list []Provision, parsed []capability.Capability) {
	if len(list) == 0 {
		return
	}
	w.object("provides", '[')
	for i := range list {
		p := &list[i]
		w.open()
		if attrs := parsed[i].Attrs; attrs.Len() > 0 {
			w.key("attributes")
			w.buf = attrs.AppendJSON(w.buf)
		}
		w.key("capability")
		w.buf = appendText(w.buf, p.Capability)
		w.contract(p.Contract)
		w.text("version", p.Version, DefaultVersion)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) contract(c *Contract) {
	if c == nil {
		return
	}
	w.object("contract", '{')
	w.object("operations", '[')
	for i := range c.Operations {
		op := &c.Operations[i]
		w.open()
		w.raw("input", &op.Input)
		w.key("name")
		w.buf = appendText(w.buf, op.Name)
		w.raw("output", &op.Output)
		w.close('}')
	}
	w.close(']')
	w.close('}')
}

func (w *writer) requires(list []Requirement) {
	if len(list) == 0 {
		return
	}
	w.object("requires", '[')
	for i := range list {
		r := &list[i]
		w.open()
		w.key("capability")
		w.buf = appendText(w.buf, r.Capability)
		w.text("filter", r.Filter, "")
		w.flag("forbid", r.Forbid)
		w.flag("many", r.Many)
		w.flag("optional", r.Optional)
		w.text("range", r.Range, DefaultRange)
		w.close('}')
	}
	w.close(']')
}
