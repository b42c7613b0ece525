package jsonschema_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/manifest/jsonschema"
)

func TestValidateConfig(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	for _, tt := range []struct{ name, schema, config, want string }{
		{"true", `true`, `{"a":1}`, ""},
		{"empty", `{}`, `null`, ""},
		{"false", `false`, `1`, "config: is not allowed"},
		{"type", `{"type":"object"}`, `[]`, "config: must be object, not array"},
		{"types", `{"type":["string","null"]}`, `1.5`, "config: must be null or string, not number"},
		{"integer", `{"type":"integer"}`, `1.5`, "config: must be integer, not number"},
		{"whole float", `{"type":"integer"}`, `1.0`, ""},
		{"deep", `{"properties":{"s":{"properties":{"ports":{"items":{"maximum":65535}}}}}}`, `{"s":{"ports":[1,70000]}}`, "config: s.ports[1]: must be at most 65535"},
		{"odd name", `{"additionalProperties":{"type":"string"}}`, `{"a b":1}`, `config: ["a b"]: must be string, not number`},
		{"required", `{"required":["b","a"]}`, `{}`, `config: must have "a", "b"`},
		{"additional", `{"additionalProperties":false}`, `{"b":1,"a":2}`, `config: must not have "a", "b"`},
		{"names", `{"propertyNames":{"pattern":"^[a-z]+$"}}`, `{"A":1}`, `config: must not have the name "A": must match "^[a-z]+$"`},
		{"pattern properties", `{"patternProperties":{"^x-":{"type":"string"}}}`, `{"x-a":1,"y":1}`, `config: x-a: must be string, not number`},
		{"members", `{"minProperties":1}`, `{}`, "config: must have at least 1 members"},
		{"max members", `{"maxProperties":0}`, `{"a":1}`, "config: must have at most 0 members"},
		{"dependent", `{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `config: must have "b" because it has "a"`},
		{"dependencies", `{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}}`, `{"a":1}`, `config: must have "b" because it has "a"`},
		{"enum", `{"enum":["a",1,null]}`, `"secret"`, `config: must be one of "a", 1, null`},
		{"const", `{"const":{"a":1}}`, `"secret"`, `config: must be {"a":1}`},
		{"pattern", `{"pattern":"^a$"}`, `"secret"`, `config: must match "^a$"`},
		{"format", `{"format":"email"}`, `"secret"`, "config: is not of the format email"},
		{"unknown format", `{"format":"mine"}`, `"x"`, ""},
		{"regex", `{"format":"regex"}`, `"(?=x)"`, "config: is not of the format regex"},
		{"min length", `{"minLength":7}`, `"secret"`, "config: must have at least 7 characters"},
		{"max length", `{"maxLength":1}`, `"secret"`, "config: must have at most 1 characters"},
		{
			"numbers", `{"allOf":[{"minimum":2},{"exclusiveMinimum":3},{"exclusiveMaximum":-1},{"multipleOf":0.3}]}`, `1`,
			"config: must be a multiple of 0.3\nconfig: must be at least 2\nconfig: must be less than -1\nconfig: must be more than 3",
		},
		{"decimal", `{"multipleOf":0.1}`, `0.3`, ""},
		{"items", `{"minItems":2,"maxItems":0}`, `[1]`, "config: must have at least 2 items\nconfig: must have at most 0 items"},
		{"unique", `{"uniqueItems":true}`, `[1,2,1.0]`, "config: must not have equal items, as [0] and [2] are"},
		{"prefix", `{"prefixItems":[{"type":"string"}],"items":false}`, `[1,2]`, "config: [0]: must be string, not number\nconfig: [1]: is not allowed"},
		{"old items", `{"$schema":"http://json-schema.org/draft-07/schema","items":[{}],"additionalItems":false}`, `[1,2,3]`, "config: has 2 items too many"},
		{"contains", `{"contains":{"type":"string"}}`, `[1]`, "config: has no item of the kind that it must contain"},
		{"min contains", `{"contains":{},"minContains":2}`, `[1]`, "config: must have at least 2 items of the kind that it must contain"},
		{"max contains", `{"contains":{},"maxContains":0}`, `[1]`, "config: must have at most 0 items of the kind that it may contain"},
		{"not", `{"not":{"type":"string"}}`, `"secret"`, "config: is what it must not be"},
		{"any", `{"anyOf":[{"type":"string"},{"minimum":3},{"minimum":3}]}`, `1`, "config: fits none of the alternatives: must be string, not number; or must be at least 3"},
		{"any deep", `{"anyOf":[{"properties":{"b":{"type":"null"},"a":{"type":"null"}}}]}`, `{"a":1,"b":1}`, "config: fits none of the alternatives: a: must be null, not number"},
		{"one", `{"oneOf":[{"type":"number"},{"minimum":0}]}`, `1`, "config: fits more than one of the alternatives, and must fit one"},
		{"if", `{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{"a":1}`, `config: must have "b"`},
		{"unevaluated", `{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, `{"a":1,"b":2}`, "config: b: is not allowed"},
		{"reference", `{"$ref":"#/$defs/x","$defs":{"x":{"type":"null"}}}`, `1`, "config: must be null, not number"},
		{"anchor", `{"$ref":"#x","$defs":{"y":{"$anchor":"x","type":"null"}}}`, `1`, "config: must be null, not number"},
		{"id", `{"$id":"https://example.org/a","$ref":"b","$defs":{"b":{"$id":"b","type":"null"}}}`, `1`, "config: must be null, not number"},
		{"tree", `{"properties":{"kids":{"items":{"$ref":"#"}},"n":{"type":"null"}}}`, `{"kids":[{"kids":[{"n":1}]}]}`, "config: kids[0].kids[0].n: must be null, not number"},
		{"draft 2019-09", `{"$schema":"https://json-schema.org/draft/2019-09/schema","$ref":"#/$defs/x","$defs":{"x":{"type":"null"}}}`, `1`, "must be null"},
		{"a schema", `{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, `{"type":"nonsense","properties":{"a":{"minLength":-1}}}`, "config: properties.a.minLength: must be at least 0\nconfig: type: fits none"},
		{"property called $ref", `{"properties":{"$ref":{"type":"string"},"$schema":{"type":"string"},"$dynamicRef":{}}}`, `{"$ref":"x","$schema":"y"}`, ""},
		{"not JSON", `{}`, "{\n a}", "config: line 2, column 2: 'a' stands where a name in double quotes is expected"},
		{"twice", `{}`, `{"a":1,"a":2}`, "config: line 1, column 8: a: stands twice in one object"},
		{"nothing", `{}`, ``, "config: line 1, column 1: the text ends"},
		{"huge number", `{}`, `1e999999999`, "too large for a number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // fresh and from the cache
				err := v.ValidateConfig([]byte(tt.schema), []byte(tt.config))
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Fatalf("got  %v\nwant %s", err, tt.want)
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("the value is repeated: %v", err)
				}
				if _, ok := errors.AsType[*jsonschema.Error](err); err != nil && !ok {
					t.Errorf("the error is a %T", err)
				}
			}
		})
	}
}

func TestValidateSchema_refuses(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	for _, tt := range []struct{ name, schema, want string }{
		{"not JSON", `{"type":}`, "schema: line 1, column 9: type: '}' stands where a value is expected"},
		{"not a schema", `[]`, "schema: must be boolean or object, not array"},
		{"keyword", `{"properties":{"a":{"type":"strnig"}}}`, "schema: properties.a.type: fits none of the alternatives"},
		{"negative", `{"minLength":-1}`, "schema: minLength: must be at least 0"},
		{"multiple of zero", `{"multipleOf":0}`, "schema: multipleOf: must be more than 0"},
		{"remote", `{"$ref":"https://example.org/x.json"}`, `schema: the reference to "https://example.org/x.json" leads elsewhere: a reference may only lead into the schema itself`},
		{"file", `{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`, `schema: the reference to "file:///etc/passwd" leads elsewhere`},
		{"relative", `{"$ref":"other.json#/x"}`, "leads elsewhere"},
		{"nowhere", `{"$ref":"#/$defs/x"}`, "not found"},
		{"no anchor", `{"$ref":"#x"}`, "x"},
		{"draft", `{"$schema":"http://json-schema.org/draft-04/schema#"}`, `schema: $schema: "http://json-schema.org/draft-04/schema#" is not a draft`},
		{"own metaschema", `{"$schema":"#"}`, "is not a draft"},
		{"inner draft", `{"$defs":{"x":{"$id":"x","$schema":"https://example.org/meta"}}}`, "is not a draft"},
		{"vocabulary", `{"$vocabulary":{"https://example.org":true}}`, "is not supported"},
		{"dynamic", `{"$dynamicRef":"#x"}`, `schema: $dynamicRef: is not supported in the schema of a configuration`},
		{"dynamic anchor", `{"$defs":{"x":{"$dynamicAnchor":"x"}}}`, "is not supported"},
		{"recursive", `{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true}`, "is not supported"},
		{"look-ahead", `{"properties":{"a":{"pattern":"^(?!x)"}}}`, `schema: properties.a.pattern: "^(?!x)" is not a regular expression here: `},
		{"backreference", `{"patternProperties":{"(a)\\1":{}}}`, "is not a regular expression here"},
		{"long pattern", `{"pattern":"` + strings.Repeat("a", 1025) + `"}`, "1025 bytes are too many, at most 1024"},
		{"large pattern", `{"pattern":"((a{10}){10}){10}` + strings.Repeat("[a-z]{999}", 100) + `"}`, "too large together"},
		{"large patterns", `{"anyOf":[` + many(110, `{"pattern":"%[1]dx{1000}"}`) + `]}`, "too large together"},
		{"endless", `{"$ref":"#"}`, "schema: never comes to an end: # leads back to itself on the same value"},
		{"endless by two", `{"anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}}`, "never comes to an end"},
		{"chain", `{"$ref":"#/$defs/0","$defs":{` + many(200, `"%[1]d":{"$ref":"#/$defs/%[2]d"}`) + `,"200":{}}}`, "has more than 128 schemas in a row"},
		{"chain by nesting", strings.Repeat(`{"not":`, 33) + "{}" + strings.Repeat("}", 33), "nested too deeply"},
		{"nodes", `{"enum":[` + many(4096, "[]") + `]}`, "has more than 4096 objects, arrays and booleans"},
		{"references", `{"anyOf":[` + many(1025, `{"$ref":"#/$defs/x"}`) + `],"$defs":{"x":{}}}`, "is one of more than 1024 references"},
		{"size", `"` + strings.Repeat("x", manifest.MaxSize) + `"`, "bytes are too many"},
		{"twice", `{"type":"object","type":"array"}`, "schema: line 1, column 18: type: stands twice in one object"},
		{"duplicate id", `{"$defs":{"a":{"$id":"x:y"},"b":{"$id":"x:y"}}}`, "duplicate id"},
		{"bad id", `{"$id":"%zz"}`, "error in parsing id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := v.ValidateSchema([]byte(tt.schema))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if e, ok := errors.AsType[*jsonschema.Error](err); !ok || e.Subject != jsonschema.SubjectSchema {
				t.Errorf("the error is a %T: %v", err, err)
			}
			if len(err.Error()) > 5000 || strings.Contains(err.Error(), "modreg:///") {
				t.Errorf("the error shows too much: %.3000s", err)
			}
			if err := v.ValidateConfig([]byte(tt.schema), []byte(`{}`)); err == nil {
				t.Error("it validates all the same")
			}
		})
	}
}

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

func TestValidateManifest(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	paths, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, written, _ := strings.Cut(string(data), "-- manifest.json --\n")
		written, rest, _ := strings.Cut(written, "\n-- ")
		_, canonical, _ := strings.Cut(rest, "-- canonical.json --\n")
		for _, doc := range []string{written, canonical} {
			if err := v.ValidateManifest([]byte(doc)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	for doc, want := range map[string]string{
		`{"name":"a"}`:                         `manifest: must have "version"`,
		`{"name":"a","version":"1.0.0","x":1}`: `manifest: must not have "x"`,
		`{"name":"a","version":"1.x"}`:         `manifest: version: must match `,
		`{"name":"a","version":"1.0.0","provides":[{"capability":"a","y":1}]}`:                                         `manifest: provides[0]: must not have "y"`,
		`{"name":"a","version":"1.0.0","provides":[{"capability":"module/a"}]}`:                                        `manifest: provides[0].capability: is what it must not be`,
		`{"name":"a","version":"1.0.0","requires":[{"capability":"b","forbid":true,"many":true}]}`:                     `manifest: requires[0].many: must be false`,
		`{"name":"a","version":"1.0.0","limits":{"memory":-1,"start":"soon"},"permissions":{"network":[{"host":""}]}}`: "manifest: limits.memory: must be at least 0\nmanifest: limits.start: must match",
	} {
		if err := v.ValidateManifest([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestError_listsAFew(t *testing.T) {
	t.Parallel()
	err := jsonschema.New().ValidateConfig([]byte(`{"items":{"type":"null"}}`), []byte(`[`+many(30, "1")+`]`))
	e, ok := errors.AsType[*jsonschema.Error](err)
	if !ok || len(e.Problems) != jsonschema.MaxProblems || e.More != 10 || !strings.HasSuffix(err.Error(), "\nconfig: there are 10 more problems") {
		t.Errorf("got %v", err)
	}
	err = jsonschema.New().ValidateConfig([]byte(`{}`), []byte(`{`))
	if _, ok := errors.AsType[*manifest.Error](err); !ok {
		t.Errorf("%v does not unwrap", err)
	}
}

func TestValidator_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				// More schemas than are kept, some of them shared.
				schema := fmt.Sprintf(`{"$ref":"https://json-schema.org/draft/2020-12/schema","minProperties":%d}`, (g%2*30+i)%70)
				if i%2 == 0 {
					schema = fmt.Sprintf(`{"minimum":%d,"pattern":"^a{%d}$"}`, i, i)
				}
				if err := v.ValidateConfig([]byte(schema), fmt.Appendf(nil, "%d", i-1)); err == nil {
					t.Errorf("%s takes %d", schema, i-1)
				}
			}
		})
	}
	wg.Wait()
}

func ExampleValidator_ValidateConfig() {
	v := jsonschema.New()
	schema := []byte(`{
		"type": "object",
		"properties": {"port": {"type": "integer", "maximum": 65535}, "host": {"type": "string"}},
		"required": ["host"],
		"additionalProperties": false
	}`)
	fmt.Println(v.ValidateConfig(schema, []byte(`{"host": "localhost", "port": 8080}`)))
	fmt.Println(v.ValidateConfig(schema, []byte(`{"port": 80800, "prot": 1}`)))
	// Output:
	// <nil>
	// config: must have "host"
	// config: must not have "prot"
	// config: port: must be at most 65535
}
