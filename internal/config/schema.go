package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
)

// Schema returns the JSON Schema (draft 2020-12) of the file, for editors. It accepts every file that [Load] accepts, but not the
// other way round: it does not know limits of time spans and sizes, nor which values fit each other.
func Schema() []byte {
	root := object("Configuration of modreg serve and modreg dev. Every setting may be left out.")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "urn:modreg:config"
	root["title"] = "modreg configuration"
	defaults := Defaults(Serve)
	for _, f := range defaults.fields() {
		if f.form == formSecret {
			continue
		}
		properties(root, f.group())[f.Name[strings.LastIndexByte(f.Name, '.')+1:]] = f.property()
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(root) // maps, slices, texts and numbers have a JSON form
	return b.Bytes()
}

func object(doc string) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "description": doc, "properties": map[string]any{}}
}

// properties returns those of a group, which is made if it is not there.
func properties(root map[string]any, group string) map[string]any {
	if group == "" {
		return root["properties"].(map[string]any)
	}
	parent := Key{Name: group}.group()
	in := properties(root, parent)
	name := strings.TrimPrefix(group[len(parent):], ".")
	if in[name] == nil {
		in[name] = object(groups()[group])
	}
	return in[name].(map[string]any)["properties"].(map[string]any)
}

// property is the schema of one setting.
func (f *field) property() map[string]any {
	p := maps.Clone(f.schema)
	if f.List {
		p = map[string]any{"type": "array", "items": f.schema, "maxItems": f.most, "uniqueItems": true}
	}
	p["description"] = f.about()
	if v := f.value(); v != nil {
		p["default"] = v
	}
	return p
}

// about is the description of a setting.
func (k Key) about() string {
	says := upper(k.Says)
	if k.List {
		says = "Each is " + k.Says
	}
	text := k.Doc + " " + says + "."
	if k.Effect == AtRestart {
		text += " A change needs a restart."
	}
	return text
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
