package manifest_test

import (
	"reflect"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
)

// small is the manifest that the budget of a registration is measured with.
func small() manifest.Manifest {
	return manifest.Manifest{
		Name: "upper", Version: "1.2.3",
		Provides: []manifest.Provision{{Capability: "text.process", Version: "1.2.0"}},
	}
}

func BenchmarkCheck(b *testing.B) {
	attributed := small()
	attributed.Provides[0].Attributes = map[string]capability.Value{"lang": capability.String("en")}
	needy := small()
	needy.Requires = []manifest.Requirement{{Capability: "store.kv", Range: "^1.2", Filter: `region = "eu"`}}
	for _, bb := range []struct {
		name string
		m    manifest.Manifest
	}{{"small", small()}, {"attribute", attributed}, {"requirement", needy}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := manifest.Check(bb.m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	doc := []byte(`{"name":"upper","version":"1.2.3","provides":[{"capability":"text.process","version":"1.2.0"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := manifest.Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonicalise(b *testing.B) {
	doc := []byte(`{"type":"object","properties":{"port":{"type":"integer","minimum":1,"maximum":65535},"host":{"type":"string"}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := manifest.Canonicalise(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// The registry's budget of memory is counted in what a Checked takes.
func TestCheck_allocatesLittle(t *testing.T) {
	if size := reflect.TypeFor[manifest.Checked]().Size(); size > 416 {
		t.Errorf("a Checked has %d bytes", size)
	}
	m := small()
	if n := testing.AllocsPerRun(100, func() { _, _ = manifest.Check(m) }); n > 5 {
		t.Errorf("checking a small manifest allocates %v times", n)
	}
}
