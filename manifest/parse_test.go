package manifest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest"
)

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "manifest: line 1, column 1: the text ends where a value is expected"},
		{"array", "[]", "manifest: line 1, column 1: an array stands where an object is expected"},
		{"unknown", "{\n  \"naem\": \"x\"}", `manifest: line 2, column 3: naem: unknown field (did you mean "name"?)`},
		{"case", `{"Version":"1.0.0"}`, `Version: unknown field (write it as "version": names are case-sensitive)`},
		{"Go's name", `{"licence":"MIT"}`, `licence: unknown field (did you mean "license"?)`},
		{"inner", `{"provides":[{"capability":"a","verson":"1.0.0"}]}`, `line 1, column 32: provides[0].verson: unknown field (did you mean "version"?)`},
		{"twice", `{"name":"a","name":"b"}`, "line 1, column 13: name: stands twice in one object"},
		{"null", `{"provides":null}`, "provides: null is not a value here (leave it out, or write [])"},
		{"null schema", `{"configSchema":null}`, "configSchema: null is not a value here"},
		{"number", `{"version":1.0}`, "version: a number stands where a string is expected"},
		{"limit", `{"limits":{"memory":1e9}}`, `limits.memory: "1e9" is not an integer`},
		{"limit range", `{"limits":{"memory":1e999}}`, `limits.memory: "1e999" is not an integer`},
		{"limit NaN", `{"limits":{"memory":NaN}}`, `limits.memory: 'N' stands where a value is expected`},
		{"limit too large", `{"limits":{"memory":18446744073709551616}}`, `limits.memory: "18446744073709551616" is out of range`},
		{"attribute", `{"provides":[{"attributes":{"a":1.5}}]}`, "line 1, column 33: provides[0].attributes.a: "},
		{"attribute null", `{"provides":[{"attributes":{"a":null}}]}`, "attributes.a: null is not a value here"},
		{"attribute twice", `{"provides":[{"attributes":{"a":{"version":"1.0.0","version":"2.0.0"}}}]}`, "attributes.a.version: stands twice"},
		{"metadata", `{"metadata":{"a":1}}`, "metadata.a: a number stands where a string is expected"},
		{"schema twice", `{"configSchema":{"type":"object","type":"array"}}`, "configSchema.type: stands twice"},
		{"trailing", `{} x`, "'x' follows the document"},
		{"bytes", "{\"name\":\"\xc3\x28\"}", "line 1, column 10: byte 0xc3 is not UTF-8"},
		{"size", strings.Repeat(" ", manifest.MaxSize+1), "262145 bytes are too many (at most 262144)"},
		{"depth", strings.Repeat(`{"configSchema":`, 40), "configSchema.configSchema"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Parse([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if _, ok := errors.AsType[*manifest.Error](err); !ok {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}
