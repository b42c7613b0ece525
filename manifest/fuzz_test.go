package manifest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/modreg/modreg/manifest"
)

// FuzzParse looks for panics, and for documents whose canonical bytes do not
// mean the same.
func FuzzParse(f *testing.F) {
	goldenManifests(f, func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		_, text, _ := bytes.Cut(data, []byte("-- manifest.json --\n"))
		text, _, _ = bytes.Cut(text, []byte("\n-- "))
		f.Add(text)
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		c, err := manifest.Check(m)
		if err != nil {
			return
		}
		m, err = manifest.Parse(c.Canonical)
		if err != nil {
			t.Fatalf("canonical bytes do not parse: %v\n%s", err, c.Canonical)
		}
		again, err := manifest.Check(m)
		if err != nil || again.Digest != c.Digest {
			t.Fatalf("canonical bytes mean something else: %v\n%s", err, c.Canonical)
		}
		if same, err := manifest.Canonicalise(c.Canonical); err != nil || !bytes.Equal(same, c.Canonical) {
			t.Fatalf("canonical bytes are not canonical: %v\n%s\n%s", err, same, c.Canonical)
		}
	})
}

// FuzzCanonicalise looks for panics, for canonical forms that are not their
// own, and for disagreement with encoding/json about what is JSON.
func FuzzCanonicalise(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1.50,-0,1E2,1e-7,1e21],"a":{"\u20ac":"\ud83d\ude00"}}`, `"\u2028<>&\/"`, ` [ null , true,false ] `, `9007199254740991`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := manifest.Canonicalise(data)
		if err != nil {
			return
		}
		if again, err := manifest.Canonicalise(got); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q became %q and that %q, %v", data, got, again, err)
		}
		var in, out any
		if err := json.Unmarshal(data, &in); err != nil {
			t.Fatalf("%q is not JSON: %v", data, err)
		}
		if err := json.Unmarshal(got, &out); err != nil {
			t.Fatalf("%q is not JSON: %v", got, err)
		}
		if !reflect.DeepEqual(in, out) {
			t.Fatalf("%q is %v, but %q is %v", data, in, got, out)
		}
	})
}

// FuzzDecodeStrict looks for panics, and for documents that it accepts and
// encoding/json does not.
func FuzzDecodeStrict(f *testing.F) {
	type inner struct {
		N int8              `json:"n"`
		M map[int][]float32 `json:"m"`
	}
	type outer struct {
		inner
		P *outer          `json:"p"`
		R json.RawMessage `json:"r"`
		A [2]any          `json:"a"`
		S string          `json:"s"`
	}
	for _, seed := range []string{`{"n":1,"m":{"1":[0.5]},"p":{"s":"x"},"r":[null],"a":[1,{}]}`, `{"p":null}`, `{"N":1}`, `{"n":128}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var strict, plain outer
		if err := manifest.DecodeStrict(data, &strict); err != nil {
			return
		}
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
	})
}
