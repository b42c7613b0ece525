package jsonschema_test

import (
	"testing"

	"github.com/modreg/modreg/manifest/jsonschema"
)

func BenchmarkValidateConfig(b *testing.B) {
	schema := []byte(`{"type":"object","properties":{"port":{"type":"integer","maximum":65535},"host":{"type":"string"}},"required":["host"],"additionalProperties":false}`)
	config := []byte(`{"host":"localhost","port":8080}`)
	v := jsonschema.New()
	b.ReportAllocs()
	for b.Loop() {
		if err := v.ValidateConfig(schema, config); err != nil {
			b.Fatal(err)
		}
	}
}
