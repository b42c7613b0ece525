package jsonschema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest/jsonschema"
)

// doubling makes a schema of n definitions of which each uses the next twice.
// The root of the schema uses the first.
func doubling(n int, root, each, last string) string {
	defs := make([]string, n)
	for i := range defs {
		defs[i] = fmt.Sprintf(`"%d":%s`, i, strings.ReplaceAll(each, "NEXT", fmt.Sprintf(`{"$ref":"#/$defs/%d"}`, i+1)))
	}
	root = strings.ReplaceAll(root, "FIRST", `{"$ref":"#/$defs/0"}`)
	return fmt.Sprintf(`{%s,"$defs":{%s,"%d":%s}}`, root, strings.Join(defs, ","), n, last)
}

func TestValidateConfig_stopsWhatMultiplies(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	nested := strings.Repeat(`{"a":`, 31) + "1" + strings.Repeat("}", 31)
	text := `"` + strings.Repeat("a", 200_000) + `"`
	for _, tt := range []struct{ name, schema, config string }{
		{"allOf", doubling(40, `"allOf":[FIRST]`, `{"allOf":[NEXT,NEXT]}`, `{}`), `1`},
		{"allOf that fails", doubling(40, `"allOf":[FIRST]`, `{"allOf":[NEXT,NEXT]}`, `{"type":"null"}`), `1`},
		{"anyOf that fails", doubling(40, `"allOf":[FIRST]`, `{"anyOf":[NEXT,NEXT]}`, `{"type":"null"}`), `1`},
		{"anyOf nobody asks about", doubling(40, `"not":{"not":FIRST}`, `{"anyOf":[NEXT,NEXT]}`, `{"type":"null"}`), `1`},
		{"oneOf", doubling(40, `"allOf":[FIRST]`, `{"oneOf":[NEXT,NEXT]}`, `false`), `1`},
		{"not and if", doubling(40, `"allOf":[FIRST]`, `{"not":NEXT,"if":NEXT}`, `{"type":"null"}`), `1`},
		{"dependentSchemas", doubling(40, `"allOf":[FIRST]`, `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`, `{"type":"null"}`), `{"a":1,"b":1}`},
		{"dependencies", doubling(40, `"$schema":"http://json-schema.org/draft-07/schema#","not":FIRST`, `{"dependencies":{"a":NEXT,"b":NEXT}}`, `{"type":"null"}`), `{"a":1,"b":1}`},
		{"inside", `{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, nested},
		{"inside by patterns", `{"patternProperties":{"a":{"$ref":"#"},"^a":{"$ref":"#"}}}`, nested},
		{"enum of items", `{"items":{"enum":[` + many(20_000, "%[1]d") + `]}}`, `[` + many(2000, "-1") + `]`},
		{"enum of members", `{"additionalProperties":{"enum":[` + many(20_000, "%[1]d") + `]}}`, `{` + many(2000, `"%[1]d":-1`) + `}`},
		{"unique", `{"allOf":[` + many(500, `{"uniqueItems":true}`) + `]}`, `[` + many(20_000, "%[1]d") + `]`},
		{"pattern", `{"pattern":"(x+x+)+y|[a-q][^u-z]{500}x"}`, text},
		{"patterns of members", `{"patternProperties":{` + many(900, `"%[1]dx{9}":{}`) + `}}`, `{` + many(9000, `"%[1]d":1`) + `}`},
		{"required", `{"items":{"required":[` + many(9000, `"%[1]d"`) + `]}}`, `[` + many(9000, `{}`) + `]`},
		{"unevaluated", `{"unevaluatedProperties":false,"allOf":[` + many(900, `{"minProperties":1}`) + `]}`, `{` + many(9000, `"%[1]d":1`) + `}`},
		{"names", `{"propertyNames":{"allOf":[` + many(900, `{"minLength":1}`) + `]}}`, `{` + many(9000, `"%[1]d":1`) + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := v.ValidateSchema([]byte(tt.schema)); err != nil {
				t.Fatal(err)
			}
			err := v.ValidateConfig([]byte(tt.schema), []byte(tt.config))
			if err == nil || !strings.Contains(err.Error(), "takes more than 500000 steps to validate") {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

// A large configuration of an ordinary kind must not look like an attack.
func TestValidateConfig_hasBudgetForTheOrdinary(t *testing.T) {
	t.Parallel()
	schema := `{
		"type": "object",
		"properties": {"servers": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/server"}}},
		"additionalProperties": false,
		"$defs": {
			"server": {
				"type": "object",
				"properties": {
					"host": {"type": "string", "format": "hostname", "pattern": "^[a-z0-9.-]+$"},
					"port": {"type": "integer", "minimum": 1, "maximum": 65535},
					"mode": {"enum": ["a", "b", "c", "d", "e", "f"]},
					"limits": {"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": {"type": "number"}}]}
				},
				"required": ["host", "port"],
				"unevaluatedProperties": false
			}
		}
	}`
	config := `{"servers":[` + many(2800, `{"host":"host-%[1]d.example.org","port":8080,"mode":"f","limits":{"cpu":0.5,"n":%[1]d}}`) + `]}`
	v := jsonschema.New()
	for range 3 { // each time with a budget of its own
		if err := v.ValidateConfig([]byte(schema), []byte(config)); err != nil {
			t.Errorf("%d bytes: %.300v", len(config), err)
		}
	}
}

func TestValidateSchema_endsOnLargeSchemas(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	for name, schema := range map[string]string{
		"properties":     `{"properties":{` + many(4000, `"%[1]d":{}`) + `}}`,
		"anyOf":          `{"anyOf":[` + many(4000, `{}`) + `]}`,
		"unknown places": `{"x":{` + many(1000, `"%[1]d":{"minLength":%[1]d}`) + `},"anyOf":[` + many(1000, `{"$ref":"#/x/%[1]d"}`) + `]}`,
		"ids":            `{"$defs":{` + many(2000, `"%[1]d":{"$id":"https://example.org/%[1]d","$anchor":"a"}`) + `},"anyOf":[` + many(1000, `{"$ref":"https://example.org/%[1]d"}`) + `]}`,
		"anchors":        `{"$defs":{` + many(2000, `"%[1]d":{"$anchor":"a%[1]d"}`) + `},"anyOf":[` + many(1000, `{"$ref":"#a%[1]d"}`) + `]}`,
		"deep":           strings.Repeat(`{"items":`, 28) + `{"enum":[` + many(4000, `[]`) + `]}` + strings.Repeat("}", 28),
	} {
		t.Run(name, func(t *testing.T) {
			if err := v.ValidateSchema([]byte(schema)); err != nil { // that it ends is the point
				t.Errorf("got %.300v", err)
			}
		})
	}
}
