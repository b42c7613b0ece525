package jsonschema

import (
	"fmt"
	"strings"
	"testing"
)

// many repeats a format with the numbers from 0 and from 1, with commas between.
func many(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = format
		if strings.Contains(format, "%") {
			list[i] = fmt.Sprintf(format, i, i+1)
		}
	}
	return strings.Join(list, ",")
}

// doubling makes a schema of 40 definitions of which each uses the next twice.
// The root of the schema uses the first.
func doubling(root, each, last string) string {
	const n = 40
	defs := make([]string, n)
	for i := range defs {
		defs[i] = fmt.Sprintf(`"%d":%s`, i, strings.ReplaceAll(each, "NEXT", fmt.Sprintf(`{"$ref":"#/$defs/%d"}`, i+1)))
	}
	root = strings.ReplaceAll(root, "FIRST", `{"$ref":"#/$defs/0"}`)
	return fmt.Sprintf(`{%s,"$defs":{%s,"%d":%s}}`, root, strings.Join(defs, ","), n, last)
}

func TestValidateConfig_stopsWhatMultiplies(t *testing.T) {
	t.Parallel()
	v := &Validator{steps: 20_000} // to be quicker than MaxSteps
	nested := strings.Repeat(`{"a":`, 31) + "1" + strings.Repeat("}", 31)
	text := `"` + strings.Repeat("a", 200_000) + `"`
	for _, tt := range []struct{ name, schema, config string }{
		{"allOf that fails", doubling(`"allOf":[FIRST]`, `{"allOf":[NEXT,NEXT]}`, `{"type":"null"}`), `1`},
		{"anyOf nobody asks about", doubling(`"not":{"not":FIRST}`, `{"anyOf":[NEXT,NEXT]}`, `{"type":"null"}`), `1`},
		{"oneOf", doubling(`"allOf":[FIRST]`, `{"oneOf":[NEXT,NEXT]}`, `false`), `1`},
		{"dependentSchemas", doubling(`"allOf":[FIRST]`, `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`, `{"type":"null"}`), `{"a":1,"b":1}`},
		{"dependencies", doubling(`"$schema":"http://json-schema.org/draft-07/schema#","not":FIRST`, `{"dependencies":{"a":NEXT,"b":NEXT}}`, `{"type":"null"}`), `{"a":1,"b":1}`},
		{"inside", `{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, nested},
		{"enum of items", `{"items":{"enum":[` + many(20_000, "%[1]d") + `]}}`, `[` + many(2000, "-1") + `]`},
		{"unique", `{"allOf":[` + many(500, `{"uniqueItems":true}`) + `]}`, `[` + many(20_000, "%[1]d") + `]`},
		{"pattern", `{"pattern":"(x+x+)+y|[a-q][^u-z]{500}x"}`, text},
		{"patterns of members", `{"patternProperties":{` + many(900, `"%[1]dx{9}":{}`) + `}}`, `{` + many(9000, `"%[1]d":1`) + `}`},
		{"required", `{"items":{"required":[` + many(9000, `"%[1]d"`) + `]}}`, `[` + many(9000, `{}`) + `]`},
		{"unevaluated", `{"unevaluatedProperties":false,"allOf":[` + many(900, `{"minProperties":1}`) + `]}`, `{` + many(9000, `"%[1]d":1`) + `}`},
		{"names", `{"propertyNames":{"allOf":[` + many(900, `{"minLength":1}`) + `]}}`, `{` + many(9000, `"%[1]d":1`) + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := v.ValidateSchema([]byte(tt.schema)); err != nil {
				t.Fatal(err)
			}
			err := v.ValidateConfig([]byte(tt.schema), []byte(tt.config))
			if err == nil || !strings.Contains(err.Error(), "takes more than 20000 steps to validate") {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

func TestValidateConfig_hasABudget(t *testing.T) {
	t.Parallel()
	err := New().ValidateConfig([]byte(doubling(`"allOf":[FIRST]`, `{"anyOf":[NEXT,NEXT]}`, `{"type":"null"}`)), []byte("1"))
	if err == nil || err.Error() != "config: takes more than 500000 steps to validate" {
		t.Errorf("got %.300v", err)
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
	config := `{"servers":[` + many(1000, `{"host":"host-%[1]d.example.org","port":8080,"mode":"f","limits":{"cpu":0.5,"n":%[1]d}}`) + `]}`
	v := &Validator{steps: 100_000}
	for range 3 { // each time with a budget of its own
		if err := v.ValidateConfig([]byte(schema), []byte(config)); err != nil {
			t.Errorf("%d bytes: %.300v", len(config), err)
		}
	}
}

func TestValidateSchema_endsOnLargeSchemas(t *testing.T) {
	t.Parallel()
	v := New()
	for name, schema := range map[string]string{
		"properties":     `{"properties":{` + many(4000, `"%[1]d":{}`) + `}}`,
		"anyOf":          `{"anyOf":[` + many(2000, `{}`) + `]}`,
		"unknown places": `{"x":{` + many(500, `"%[1]d":{"minLength":%[1]d}`) + `},"anyOf":[` + many(500, `{"$ref":"#/x/%[1]d"}`) + `]}`,
		"ids":            `{"$defs":{` + many(1000, `"%[1]d":{"$id":"https://example.org/%[1]d","$anchor":"a"}`) + `},"anyOf":[` + many(1000, `{"$ref":"https://example.org/%[1]d"}`) + `]}`,
		"anchors":        `{"$defs":{` + many(2000, `"%[1]d":{"$anchor":"a%[1]d"}`) + `},"anyOf":[` + many(1000, `{"$ref":"#a%[1]d"}`) + `]}`,
		"deep":           strings.Repeat(`{"items":`, 28) + `{"enum":[` + many(4000, `[]`) + `]}` + strings.Repeat("}", 28),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := v.ValidateSchema([]byte(schema)); err != nil { // that it ends is the point
				t.Errorf("got %.300v", err)
			}
		})
	}
}
