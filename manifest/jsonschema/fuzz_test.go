package jsonschema_test

import (
	"errors"
	"testing"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/manifest/jsonschema"
)

// FuzzValidateConfig looks for panics, for schemas that never end, and for
// errors that are not ours.
func FuzzValidateConfig(f *testing.F) {
	for schema, config := range map[string]string{
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"enum":[1,"x",null]}}}`:                     `{"a":2}`,
		`{"patternProperties":{"^a+$":{"anyOf":[{"minLength":3},{"pattern":"x{2,5}"}]}},"unevaluatedProperties":false}`:     `{"aa":"xx","b":1}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"],"b":{"not":{}}},"items":[{}]}`:      `{"a":1}`,
		`{"$id":"https://example.org/a","$ref":"b","$defs":{"c":{"$id":"b","$anchor":"d","items":{"$ref":"a"}}}}`:           `[[1]]`,
		`{"if":{"const":1e-7},"then":{"multipleOf":0.1},"else":{"format":"date-time"},"contains":{},"prefixItems":[{}]}`:    `"2024-01-01T00:00:00Z"`,
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","uniqueItems":true,"minContains":2,"contains":false}`:    `[1,{"a":[]},1.0]`,
		`{"allOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}],"$defs":{"x":{"dependentSchemas":{"a":{"required":["b"]}}}}}`: `{"a":1}`,
	} {
		f.Add([]byte(schema), []byte(config))
	}
	f.Add(manifest.Schema(), []byte(`{"name":"a","version":"1.0.0","requires":[{"capability":"b"}]}`))
	f.Fuzz(func(t *testing.T, schema, config []byte) {
		v := jsonschema.New()
		err := v.ValidateConfig(schema, config)
		if _, ok := errors.AsType[*jsonschema.Error](err); err != nil && !ok {
			t.Fatalf("%s with %s: %T", schema, config, err)
		}
		again := v.ValidateConfig(schema, config)
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("%s with %s: %v and then %v", schema, config, err, again)
		}
	})
}
