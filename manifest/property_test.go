package manifest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
)

// withoutDefaults undoes what Check fills in, as canonical bytes do.
func withoutDefaults(m manifest.Manifest) manifest.Manifest {
	drop := func(field *string, def string) {
		if *field == def {
			*field = ""
		}
	}
	drop(&m.Runtime, manifest.DefaultRuntime)
	drop(&m.Start, manifest.StartLazy)
	m.Provides = append([]manifest.Provision(nil), m.Provides...)
	for i := range m.Provides {
		drop(&m.Provides[i].Version, manifest.DefaultVersion)
	}
	m.Requires = append([]manifest.Requirement(nil), m.Requires...)
	for i := range m.Requires {
		drop(&m.Requires[i].Range, manifest.DefaultRange)
	}
	return m
}

func TestCheck_writesWhatCanonicaliseWouldWrite(t *testing.T) {
	t.Parallel()
	for seed := range uint64(700) {
		c, err := manifest.Check(newGenerator(seed).manifest())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		text, err := json.Marshal(withoutDefaults(c.Manifest))
		if err != nil {
			t.Fatal(err)
		}
		want, err := manifest.Canonicalise(text)
		if err != nil || !bytes.Equal(c.Canonical, want) {
			t.Fatalf("seed %d: %v\n got %s\nwant %s", seed, err, c.Canonical, want)
		}
	}
}

func TestCheck_givesOneDigestForOneValue(t *testing.T) {
	t.Parallel()
	for seed := range uint64(700) {
		m := newGenerator(seed).manifest()
		c, err := manifest.Check(m)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		written, err := json.MarshalIndent(m, "", "  ") // what its author would put into a file
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"canonical": c.Canonical, "written": written} {
			parsed, err := manifest.Parse(text)
			if err != nil {
				t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, text)
			}
			again, err := manifest.Check(parsed)
			if err != nil || again.Digest != c.Digest || !bytes.Equal(again.Canonical, c.Canonical) || !reflect.DeepEqual(again.Manifest, c.Manifest) {
				t.Fatalf("seed %d, %s: %v\n got %s\nwant %s", seed, name, err, again.Canonical, c.Canonical)
			}
		}
		same, err := manifest.Check(c.Manifest)
		if err != nil || !reflect.DeepEqual(same.Manifest, c.Manifest) || parsedText(same) != parsedText(c) {
			t.Fatalf("seed %d: checking twice: %v\n got %s\nwant %s", seed, err, same.Canonical, c.Canonical)
		}
	}
}

func TestCheck_neitherChangesNorKeepsTheManifest(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		m, twin := newGenerator(seed).manifest(), newGenerator(seed).manifest()
		c, err := manifest.Check(m)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m, twin) {
			t.Fatalf("seed %d: the manifest changed", seed)
		}
		canonical := bytes.Clone(c.Canonical)
		scribble(reflect.ValueOf(&m).Elem())
		text, err := json.Marshal(withoutDefaults(c.Manifest))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := manifest.Canonicalise(text); err != nil || !bytes.Equal(got, canonical) || !bytes.Equal(c.Canonical, canonical) {
			t.Fatalf("seed %d: the copy changed with the original: %v\n%s", seed, err, got)
		}
	}
}

// parsedText shows what was parsed.
func parsedText(c *manifest.Checked) string {
	return fmt.Sprintf("%s %s %v %v %v %v %v %s", c.Name, c.Version, c.Provides, c.Requires, c.Calls(), c.Conditions(), c.Timeouts(), c.Digest)
}

// scribble changes everything that a value points to.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[capability.Value]() {
			return
		}
		for _, field := range v.Fields() {
			scribble(field)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem())
			v.Elem().SetZero()
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			scribble(v.MapIndex(key))
		}
		v.Clear()
	}
}
