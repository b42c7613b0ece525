package yamlmanifest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/manifest/yamlmanifest"
)

const full = `# What pays.
name: acme/pay
version: 2.0.0-rc.1+build.5
description: |
  Takes money.
  	And gives it back: €, 😀, <b>.
kind: data-processor
license: Apache-2.0 OR LicenseRef-acme
runtime: wasm
entry: pay.main
start: eager
provides:
  - capability: acme/pay
    version: 1.2.0
    attributes:
      zone: [eu-2, eu-1, eu-2]
      currency: EUR
      level: -3
      audited: true
      spec: {version: 1.0.0-a+b}
      day: 2024-01-01
    contract:
      operations:
        - name: Pay
          input: {type: object, required: [sum]}
          output: true
requires:
  - capability: store.kv
    range: 1.2.x || ^3
    filter: region="eu" and not (level<2)
    many: true
configSchema:
  type: object
  properties:
    limit: {type: number, maximum: 1E3, multipleOf: 0.010, default: !!float 1}
permissions:
  files:
    - {path: data, access: write}
  network:
    - host: "*.example.org"
      ports: [443]
limits:
  memory: 67108864
  start: 90s
conditions:
  environment:
    HOME: []
    STAGE: ["on", yes, !!str 1]
metadata:
  team: "payments"
  "<<": ''
`

func TestParse_meansWhatTheJSONMeans(t *testing.T) {
	t.Parallel()
	want := `{"name":"acme/pay","version":"2.0.0-rc.1+build.5","description":"Takes money.\n\tAnd gives it back: €, 😀, <b>.\n",
		"kind":"data-processor","license":"Apache-2.0 OR LicenseRef-acme","runtime":"wasm","entry":"pay.main","start":"eager",
		"provides":[{"capability":"acme/pay","version":"1.2.0","attributes":{"zone":["eu-1","eu-2"],"currency":"EUR","level":-3,"audited":true,
		"spec":{"version":"1.0.0-a+b"},"day":"2024-01-01"},"contract":{"operations":[{"name":"Pay","input":{"type":"object","required":["sum"]},"output":true}]}}],
		"requires":[{"capability":"store.kv","range":"1.2.x || ^3","filter":"region=\"eu\" and not (level<2)","many":true}],
		"configSchema":{"type":"object","properties":{"limit":{"type":"number","maximum":1000,"multipleOf":0.01,"default":1}}},
		"permissions":{"files":[{"path":"data","access":"write"}],"network":[{"host":"*.example.org","ports":[443]}]},
		"limits":{"memory":67108864,"start":"90s"},"conditions":{"environment":{"HOME":[],"STAGE":["on","yes","1"]}},"metadata":{"team":"payments","x":""}}`
	text := strings.Replace(full, `"<<"`, "x", 1)
	fromYAML, err := yamlmanifest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := manifest.Parse([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	a, errA := manifest.Check(fromYAML)
	b, errB := manifest.Check(fromJSON)
	if errA != nil || errB != nil || a.Digest != b.Digest {
		t.Errorf("%v, %v\n got %s\nwant %s", errA, errB, a.Canonical, b.Canonical)
	}
}

func TestParse_takesJSON(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(string(data), "-- canonical.json --\n")
		m, err := yamlmanifest.Parse([]byte(strings.ReplaceAll(text, "\u2028", `\u2028`)))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		c, err := manifest.Check(m)
		if err != nil || string(c.Canonical) != strings.TrimSuffix(text, "\n") {
			t.Errorf("%s: %v\n%s", path, err, c.Canonical)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	flow := strings.Repeat("[", 33) + strings.Repeat("]", 33)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "manifest: line 1, column 1: there is no document"},
		{"comment", "# x\n", "there is no document"},
		{"empty document", "---\n", "null is not a value here"},
		{"no mapping", "- a\n", "line 1, column 1: an array stands where an object is expected"},
		{"text", "hello", "a string stands where an object is expected"},
		{"not YAML", "name: [a\nversion: b", "manifest: line 1, column 1: is not YAML: "},
		{"tab", "provides:\n\t- a\n", "is not YAML: "},
		{"unknown", "name: a\nnaem: b\n", `manifest: line 2, column 1: naem: unknown field (did you mean "name"?)`},
		{"case", "Name: a\n", `line 1, column 1: Name: unknown field (write it as "name"`},
		{"inner", "provides:\n  - capability: a\n    verson: 1.0.0\n", `line 3, column 5: provides[0].verson: unknown field`},
		{"version float", "name: a\nversion: 1.0\n", `line 2, column 10: version: a number stands where a string is expected (if it is a text, put it in quotes: "1.0")`},
		{"version int", "version: 1", `put it in quotes: "1"`},
		{"text bool", "name: true", `name: true or false stands where a string is expected (if it is a text, put it in quotes: "true")`},
		{"yes", "requires:\n- optional: yes\n", `line 2, column 13: requires[0].optional: a string stands where true or false is expected (YAML 1.2 knows only true and false)`},
		{"quoted yes", "requires:\n- optional: \"yes\"\n", "is expected"},
		{"underscores", "limits: {memory: 64_000}", `limits.memory: a string stands where a number is expected (write only digits)`},
		{"size", "limits: {memory: 64MiB}", `(write only digits)`},
		{"attribute", "provides:\n- attributes: {a: 1.5}\n", `line 2, column 19: provides[0].attributes.a: numbers are integers`},
		{"empty value", "name:\nversion: 1.0.0", "line 1, column 6: name: null is not a value here (leave it out)"},
		{"empty list", "conditions: {environment: {HOME: }}", "conditions.environment.HOME: null is not a value here (leave it out, or write [])"},
		{"twice", "name: a\nversion: 1.0.0\nname: b\n", `line 3, column 1: "name" stands twice in one mapping (the other is on line 1)`},
		{"twice quoted", "metadata: {a: x, \"a\": y}", `line 1, column 18: "a" stands twice`},
		{"anchor", "name: &x a", "line 1, column 7: an anchor is not allowed (remove &x)"},
		{"anchor on key", "&x name: a", "an anchor is not allowed"},
		{"alias", "name: &x a\nkind: *x", "an anchor is not allowed"},
		{"undefined alias", "name: *x", "is not YAML: unknown anchor 'x' referenced"},
		{"alias bomb", bomb(), "an anchor is not allowed"},
		{"merge", "<<: {name: a}\nversion: 1.0.0", "line 1, column 1: a merge key is not allowed"},
		{"tag", "name: !mine a", `line 1, column 7: the tag "!mine" is not allowed (remove it)`},
		{"tag binary", "name: !!binary aGk=", `the tag "!!binary" is not allowed`},
		{"tag set", "metadata: !!set {a, b}", `the tag "!!set" is not allowed`},
		{"tag on key", "!!binary name: a", `the tag "!!binary" is not allowed`},
		{"tag on mapping", "metadata: !!str {a: b}", "is not"},
		{"tag redefined", "%TAG !! tag:example.org,2000:\n---\nname: !!str a", "the tag"},
		{"tag unfit", "name: !!int abc", `"abc" is not a number in JSON (remove the tag)`},
		{"tag unfit float", "limits: {memory: !!int 1.0}", `"1.0" is not a number in JSON (remove the tag)`},
		{"two documents", "name: a\n---\nname: b\n", "line 2, column 1: a second document follows (one file describes one module)"},
		{"broken second", "name: a\n---\n[", "is not YAML: "},
		{"nan", "limits: {memory: .nan}", `".nan" is not a number in JSON (numbers are finite`},
		{"inf", "limits: {memory: -.INF}", `"-.INF" is not a number in JSON`},
		{"octal", "limits: {memory: 0o17}", `"0o17" is not a number in JSON (write a number in decimal`},
		{"old octal", "limits: {memory: 017}", `"017" is not a number in JSON`},
		{"hexadecimal", "limits: {memory: 0xff}", `"0xff" is not a number in JSON`},
		{"plus", "limits: {memory: +1}", `"+1" is not a number in JSON`},
		{"point", "limits: {memory: .5}", `".5" is not a number in JSON`},
		{"integer", "limits: {memory: 9007199254740993}", `limits.memory: "9007199254740993" is out of range`},
		{"number as key", "metadata: {1: x}", `line 1, column 12: "1" is not a text, as names must be (put it in quotes)`},
		{"bool as key", "metadata: {true: x}", `"true" is not a text`},
		{"null as key", "metadata: {~: x}", `"~" is not a text`},
		{"collection as key", "? [a]\n: b", "a name is one word, not a collection"},
		{"depth", "configSchema: " + flow, "is nested too deeply (at most 32 levels"},
		{"absurd depth", strings.Repeat("[", manifest.MaxSize), "is not YAML: "},
		{"bytes", "name: a\nkind: \xff", "line 2, column 7: byte 0xff is not UTF-8 (save it as UTF-8)"},
		{"line separator", "name: a\nkind: é\u2028", `line 2, column 8: YAML versions disagree about the character U+2028 (write "\u2028" in double quotes)`},
		{"UTF-16", "\xff\xfen\x00", "byte 0xff is not UTF-8"},
		{"NUL", "name: \x00", "is not YAML: "},
		{"large", strings.Repeat("#", manifest.MaxSize+1), "262145 bytes are too many (at most 262144)"},
		{"many items", "configSchema: [" + strings.Repeat("a,", 100_000) + "a]", "bytes of JSON, which are too many"},
		{"half pair", `name: "\ud800"`, "is not YAML: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := yamlmanifest.Parse([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if _, ok := errors.AsType[*manifest.Error](err); !ok {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

// bomb is a text of a few hundred bytes that stands for billions of values.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	return b.String()
}

func TestParse_takesAByteOrderMark(t *testing.T) {
	t.Parallel()
	if m, err := yamlmanifest.Parse([]byte("\ufeffname: a\r\nversion: 1.0.0\r\n")); err != nil || m.Name != "a" || m.Version != "1.0.0" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	doc := []byte("# x\nname: Upper\nprovides:\n  - capability: a\n    version: \"1\"\n  - version: 1.0.0\n")
	m, err := yamlmanifest.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = manifest.Check(m)
	text := yamlmanifest.Locate(doc, err).Error()
	for _, want := range []string{
		"manifest: line 2, column 7: name: ", "manifest: line 2, column 1: version: is missing",
		"manifest: line 5, column 14: provides[0].version: ", "manifest: line 6, column 5: provides[1].capability: is missing",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if got := yamlmanifest.Locate([]byte("["), err); got.Error() != err.Error() {
		t.Errorf("got %v", got)
	}
}

func ExampleParse() {
	m, err := yamlmanifest.Parse([]byte("name: upper\nversion: 1.2.3\n"))
	fmt.Println(m.Name, m.Version, err)
	_, err = yamlmanifest.Parse([]byte("name: upper\nversion: 1.0\n"))
	fmt.Println(err)
	// Output:
	// upper 1.2.3 <nil>
	// manifest: line 2, column 10: version: a number stands where a string is expected (if it is a text, put it in quotes: "1.0")
}
