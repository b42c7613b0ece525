package config_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/modreg/modreg/internal/config"
	"github.com/modreg/modreg/manifest/jsonschema"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another one now: look at it and run go test -update\n%s", path, got)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	golden(t, "config.schema.json", string(config.Schema()))
	if err := jsonschema.New().ValidateSchema(config.Schema()); err != nil {
		t.Fatal(err)
	}
}

func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	v := jsonschema.New()
	for _, doc := range []string{
		`[]`, `{"dta": "x"}`, `{"log": {"level": "loud"}}`, `{"log": null}`, `{"limits": {"streams": "5"}}`, `{"limits": {"streams": 0}}`,
		`{"listen": {"addresses": "127.0.0.1:1"}}`, `{"listen": {"addresses": ["here"]}}`, `{"drain": {"timeout": 5}}`,
		`{"access": {"oidc": {"client_secret": "x"}}}`, `{"telemetry": {"metrics": "yes"}}`, `{"telemetry": {"traces": "ftp://x"}}`,
	} {
		if v.ValidateConfig(config.Schema(), []byte(doc)) == nil {
			t.Errorf("%s was taken", doc)
		}
	}
}

// asEditor is what an editor makes of a file: JSON.
func asEditor(t *testing.T, file string) []byte {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(file), &value); err != nil {
		t.Fatal(err)
	}
	if value == nil {
		value = map[string]any{}
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestExample(t *testing.T) {
	t.Parallel()
	example := config.Example()
	golden(t, "modreg.example.yaml", example)
	if l := load(t, sources(t, strings.Replace(example, "data: modreg-data", "", 1), nil)); !reflect.DeepEqual(l.Config, config.Defaults(config.Serve)) {
		t.Errorf("the example is not the defaults: %+v", l.Config)
	}
	whole := regexp.MustCompile(`(?m)^( *)#(\S)`).ReplaceAllString(example, "$1$2")
	// What is for a mode that is not chosen, or would have to be there.
	whole = regexp.MustCompile(`(?m)^ *(cert_file|key_file|token_file|client_secret_file):.*\n`).ReplaceAllString(whole, "")
	l := load(t, sources(t, whole, nil))
	for _, s := range l.View() {
		if !s.Secret && s.Text == "" && !strings.HasSuffix(s.Name, "_file") {
			t.Errorf("the example has nothing for %s", s.Name)
		}
	}
	for _, file := range []string{example, whole} {
		if err := jsonschema.New().ValidateConfig(config.Schema(), asEditor(t, file)); err != nil {
			t.Errorf("an editor would complain: %v", err)
		}
	}
}

// What is shown can be read again, and is the same then.
func TestView_isAFile(t *testing.T) {
	t.Parallel()
	file := `data: "/we ird/'x\" \\ #: y/\u00e9"
node: "007"
listen:
  addresses: ["[::1]:1", ":2"]
  trusted_proxies: [10.0.0.0/8, "fd00::/8"]
tls:
  mode: own
  min_version: 1.2
  names: ["true.example", "10.0.0.1", "::1"]
  trust_domain: "true"
audit:
  sinks: ["file:/a, b", https://w.example/]
modules:
  load: ["/null", "/~", "/- a", "/[b]"]
`
	first := load(t, sources(t, file, nil))
	var again strings.Builder
	open := ""
	for _, s := range first.View() {
		if s.Text == "" || strings.HasPrefix(s.Name, "access.") {
			continue
		}
		group, name, ok := strings.Cut(s.Name, ".")
		if !ok {
			group, name = "", s.Name
		}
		if group != open {
			again.WriteString(group + ":\n")
			open = group
		}
		again.WriteString(strings.Repeat("  ", strings.Count(s.Name, ".")) + name + ": " + s.Text + "\n")
	}
	if second := load(t, sources(t, again.String(), nil)); !reflect.DeepEqual(first.Config, second.Config) {
		t.Errorf("%+v\nis shown as\n%s\nwhich is\n%+v", first.Config, again.String(), second.Config)
	}
	if _, err := json.Marshal(first.View()); err != nil {
		t.Error(err)
	}
}
