package manifest_test

import (
	"encoding/json"
	"testing"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/manifest/jsonschema"
)

func TestSchema_acceptsWhatCheckAccepts(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	for seed := range uint64(200) {
		m := newGenerator(seed).manifest()
		c, err := manifest.Check(m)
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{written, c.Canonical} {
			if err := v.ValidateManifest(text); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
		}
	}
}

func TestSchema_refusesWhatParseRefuses(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	c, err := manifest.Check(full())
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(c.Canonical, &doc); err != nil {
		t.Fatal(err)
	}
	// Schemas, attributes, metadata and environment are the open ones.
	open := map[string]bool{"configSchema": true, "input": true, "attributes": true, "metadata": true, "environment": true}
	tried := 0
	eachObject(doc, open, func(object map[string]any) {
		object["unknown"] = "x"
		defer delete(object, "unknown")
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.ValidateManifest(text); err == nil {
			t.Errorf("the schema accepts %s", text)
		}
		if _, err := manifest.Parse(text); err == nil {
			t.Errorf("Parse accepts %s", text)
		}
		tried++
	})
	if tried != 10 {
		t.Errorf("tried %d objects", tried)
	}
}

// eachObject calls f with the objects in a document but those under some names.
func eachObject(value any, but map[string]bool, f func(map[string]any)) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			eachObject(item, but, f)
		}
	case map[string]any:
		f(value)
		for name, member := range value {
			if !but[name] {
				eachObject(member, but, f)
			}
		}
	}
}
