package yamlmanifest_test

import (
	"encoding/json"
	"testing"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/manifest/yamlmanifest"
)

// FuzzParse looks for panics, and for manifests that come back differently from
// JSON, which is YAML too.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{full, bomb(), "name: a\nversion: 1.0.0\n", "a: &x b\nc: *x\n", "? [a]\n: b", "- !!int 1\n- .nan\n", "'a': \"\\u20ac\"", "%YAML 1.1\n---\na: |\n  b\n...\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := yamlmanifest.Parse(data)
		if err != nil {
			return
		}
		c, err := manifest.Check(m)
		if err != nil {
			_ = yamlmanifest.Locate(data, err)
			return
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		m, err = manifest.Parse(text)
		if err != nil {
			t.Fatalf("%q became %s: %v", data, text, err)
		}
		if again, err := manifest.Check(m); err != nil || again.Digest != c.Digest {
			t.Fatalf("%q became %s: %v", data, text, err)
		}
	})
}
