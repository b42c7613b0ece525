package manifest_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

func full() manifest.Manifest {
	return manifest.Manifest{
		Name: "acme/pay", Version: "1.2.3-rc.1+b", Kind: manifest.KindSecurity, Licence: "MIT OR Apache-2.0", Runtime: "wasm", Entry: "main",
		Start: "eager", Description: "Pays.\n", ConfigSchema: json.RawMessage(`{ "type": "object" }`),
		Provides: []manifest.Provision{{
			Capability: "pay", Attributes: map[string]capability.Value{"lang": capability.String("en")},
			Contract: &manifest.Contract{Operations: []manifest.Operation{{Name: "Pay", Input: json.RawMessage(" true ")}}},
		}},
		Requires: []manifest.Requirement{{Capability: "store.kv", Range: "^1", Filter: `region="eu"`, Optional: true}},
		Permissions: &manifest.Permissions{
			Files:       []manifest.FilePermission{{Path: "data", Access: "write"}},
			Network:     []manifest.NetworkPermission{{Host: "api.example.org", Ports: []int{443}}},
			Environment: []string{"LANG"}, Secrets: []string{"pay/db"}, Calls: []string{"ledger>=1"},
		},
		Limits:     &manifest.Limits{Memory: 64 << 20, CPU: 500, Start: "10s", Call: "0.5s"},
		Conditions: &manifest.Conditions{Environment: map[string][]string{"STAGE": {"prod"}, "HOME": nil}, OS: []string{"linux"}, Capabilities: []string{"clock"}},
		Metadata:   map[string]string{"owner": "payments"},
	}
}

func TestCheck_parsesEveryField(t *testing.T) {
	t.Parallel()
	c, err := manifest.Check(full())
	if err != nil {
		t.Fatal(err)
	}
	if want := (capability.Capability{ID: capability.ID{Namespace: "module", Name: "acme/pay"}, Version: semver.MustParse("1.2.3-rc.1+b")}); c.ModuleCapability().String() != want.String() {
		t.Errorf("the module is %v", c.ModuleCapability())
	}
	if lang, _ := c.Provides[0].Attrs.Get("lang"); c.Provides[0].ID.Name != "pay" || c.Provides[0].Version != semver.MustParse("1.0.0") || lang != capability.String("en") {
		t.Errorf("provides %v", c.Provides)
	}
	if r := c.Requires[0]; !r.Optional || r.ID.Name != "store.kv" || !r.Range.Contains(semver.MustParse("1.9.0")) || r.Filter.IsZero() {
		t.Errorf("requires %v", r)
	}
	if len(c.Calls()) != 1 || c.Calls()[0].ID.Name != "ledger" || len(c.Conditions()) != 1 || c.Conditions()[0].ID.Name != "clock" {
		t.Errorf("calls %v, conditions %v", c.Calls(), c.Conditions())
	}
	if want := (manifest.Timeouts{Start: 10 * time.Second, Call: 500 * time.Millisecond}); c.Timeouts() != want {
		t.Errorf("timeouts %v", c.Timeouts())
	}
	if m := c.Manifest; m.Provides[0].Version != "1.0.0" || m.Requires[0].Filter != `region = "eu"` || m.Limits.Call != "500ms" || string(m.ConfigSchema) != `{"type":"object"}` {
		t.Errorf("the copy is %+v", m)
	}
}

func TestCheck_fillsDefaults(t *testing.T) {
	t.Parallel()
	c, err := manifest.Check(manifest.Manifest{
		Name: "a", Version: "1.0.0", Provides: []manifest.Provision{{Capability: "b", Contract: &manifest.Contract{}}},
		Requires: []manifest.Requirement{{Capability: "c"}}, Permissions: &manifest.Permissions{Secrets: []string{}},
		Limits: &manifest.Limits{}, Conditions: &manifest.Conditions{}, Metadata: map[string]string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := c.Manifest
	if m.Runtime != "native" || m.Start != "lazy" || m.Provides[0].Version != "1.0.0" || m.Requires[0].Range != "*" {
		t.Errorf("defaults are missing in %+v", m)
	}
	if m.Permissions != nil || m.Limits != nil || m.Conditions != nil || m.Metadata != nil || m.Provides[0].Contract != nil {
		t.Errorf("empty parts stay in %+v", m)
	}
	if want := `{"name":"a","provides":[{"capability":"b"}],"requires":[{"capability":"c"}],"version":"1.0.0"}`; string(c.Canonical) != want {
		t.Errorf("canonical bytes are %s", c.Canonical)
	}
	if c.Calls() != nil || c.Conditions() != nil || c.Timeouts() != (manifest.Timeouts{}) {
		t.Error("something came out of nothing")
	}
}

func many[T any](n int, v T) []T { return slices.Repeat([]T{v}, n) }

func TestCheck_refuses(t *testing.T) {
	t.Parallel()
	type M = manifest.Manifest
	deep := json.RawMessage(`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`)
	for _, tt := range []struct {
		name string
		edit func(m *M)
		want string
	}{
		{"no name", func(m *M) { m.Name = "" }, "manifest: name: is missing"},
		{"name", func(m *M) { m.Name = "Acme" }, `manifest: name: "Acme" is not a module name: 'A' is upper case, write "acme"`},
		{"no version", func(m *M) { m.Version = "" }, "manifest: version: is missing (write it as MAJOR.MINOR.PATCH)"},
		{"version", func(m *M) { m.Version = "1.x" }, `manifest: version: "1.x" is not a version: a number is missing (write it as MAJOR.MINOR.PATCH)`},
		{"description", func(m *M) { m.Description = strings.Repeat("x", 4097) }, "description: 4097 bytes are too many (at most 4096)"},
		{"description bytes", func(m *M) { m.Description = "\xff" }, `description: "\xff" is not UTF-8`},
		{"description escape", func(m *M) { m.Description = "\x1b[0m" }, `holds the control character U+001B`},
		{"kind", func(m *M) { m.Kind = "A kind" }, `kind: "A kind" is not a name`},
		{"licence", func(m *M) { m.Licence = "MIT; rm" }, `license: "MIT; rm" is not an SPDX licence expression`},
		{"licence space", func(m *M) { m.Licence = " MIT" }, `license: " MIT" is not`},
		{"licence letters", func(m *M) { m.Licence = "MİT" }, `license: "MİT" is not`},
		{"licence length", func(m *M) { m.Licence = strings.Repeat("x", 129) }, "license: 129 bytes are too many"},
		{"runtime", func(m *M) { m.Runtime = "a/b" }, `runtime: "a/b" is not the name of a runtime (one name without '/')`},
		{"entry", func(m *M) { m.Entry = "../x" }, `entry: "../x" is not a name`},
		{"start", func(m *M) { m.Start = "Lazy" }, `start: "Lazy" is not a way to start (write "lazy" or "eager")`},
		{"provision missing", func(m *M) { m.Provides[0].Capability = "" }, "provides[0].capability: is missing"},
		{"provision name", func(m *M) { m.Provides[0].Capability = "a/b/c" }, `provides[0].capability: "a/b/c" is not the name of a capability`},
		{"provision module", func(m *M) { m.Provides[0].Capability = "module/x" }, `provides[0].capability: "module/x" is a module, not something to provide`},
		{"provision twice", func(m *M) { m.Provides = many(2, m.Provides[0]) }, `provides[1].capability: "pay" is provided twice`},
		{"provision version", func(m *M) { m.Provides[0].Version = "1" }, `provides[0].version: "1" is not a version`},
		{"provisions", func(m *M) { m.Provides = make([]manifest.Provision, 257) }, "provides: has 257 entries (at most 256)"},
		{"attribute name", func(m *M) { m.Provides[0].Attributes["1a"] = capability.Bool(true) }, `provides[0].attributes["1a"]: "1a" is not an attribute`},
		{"attribute value", func(m *M) { m.Provides[0].Attributes["a"] = capability.Value{} }, `provides[0].attributes.a: "a" is not an attribute: is not set`},
		{"attribute size", func(m *M) { m.Provides[0].Attributes["a"] = capability.String(strings.Repeat("x", 1025)) }, `provides[0].attributes.a: `},
		{"operation", func(m *M) { m.Provides[0].Contract.Operations[0].Name = "a b" }, `provides[0].contract.operations[0].name: "a b" is not the name of an operation`},
		{"operation twice", func(m *M) { m.Provides[0].Contract.Operations = many(2, m.Provides[0].Contract.Operations[0]) }, `operations[1].name: "Pay" stands twice`},
		{"operation input", func(m *M) { m.Provides[0].Contract.Operations[0].Input = json.RawMessage(`{"a":1,"a":1}`) }, `operations[0].input.a: stands twice`},
		{"operation output", func(m *M) { m.Provides[0].Contract.Operations[0].Output = json.RawMessage(`[]`) }, `operations[0].output: is not a JSON Schema`},
		{"operations", func(m *M) { m.Provides[0].Contract.Operations = make([]manifest.Operation, 257) }, "operations: has 257 entries"},
		{"requirement missing", func(m *M) { m.Requires[0].Capability = "" }, "requires[0].capability: is missing"},
		{"requirement name", func(m *M) { m.Requires[0].Capability = "Kv" }, `requires[0].capability: "Kv" is not the name of a capability`},
		{"requirement range", func(m *M) { m.Requires[0].Range = ">" }, `requires[0].range: ">" is not a range of versions`},
		{"requirement nothing", func(m *M) { m.Requires[0].Range = ">2 <1" }, `requires[0].range: no version is in ">2 <1"`},
		{"requirement filter", func(m *M) { m.Requires[0].Filter = "lang =" }, `requires[0].filter: "lang =" is not a filter`},
		{"optional and forbid", func(m *M) { m.Requires[0].Forbid = true }, "requires[0]: is both forbidden and optional"},
		{"many and forbid", func(m *M) { m.Requires[0] = manifest.Requirement{Capability: "x", Many: true, Forbid: true} }, "requires[0]: is forbidden and asks for many"},
		{"required twice", func(m *M) {
			m.Requires = append(m.Requires, manifest.Requirement{Capability: "store.kv", Range: ">=1.0.0 <2.0.0", Filter: `region = "eu"`})
		}, "requires[1]: the same is required twice"},
		{"requirements", func(m *M) { m.Requires = make([]manifest.Requirement, 4097) }, "requires: has 4097 entries (at most 4096)"},
		{"schema", func(m *M) { m.ConfigSchema = json.RawMessage("null") }, "configSchema: is not a JSON Schema (an object, true or false)"},
		{"schema inside", func(m *M) { m.ConfigSchema = json.RawMessage(`{"x":[9007199254740992]}`) }, `configSchema.x[0]: "9007199254740992" is too large`},
		{"schema depth", func(m *M) { m.ConfigSchema = deep }, "is nested too deeply"},
		{"path", func(m *M) { m.Permissions.Files[0].Path = "" }, `permissions.files[0].path: "" is no path`},
		{"path up", func(m *M) { m.Permissions.Files[0].Path = "../x" }, `"../x" leads out of the module's folder`},
		{"path round", func(m *M) { m.Permissions.Files[0].Path = "a/../../x" }, `goes a roundabout way, write "../x"`},
		{"path slash", func(m *M) { m.Permissions.Files[0].Path = "a//b/" }, `goes a roundabout way, write "a/b"`},
		{"path back", func(m *M) { m.Permissions.Files[0].Path = `a\b` }, `parts of a path are joined by '/'`},
		{"path NUL", func(m *M) { m.Permissions.Files[0].Path = "a\x00" }, `is not text that can be shown`},
		{"path length", func(m *M) { m.Permissions.Files[0].Path = strings.Repeat("x", 1025) }, `is 1025 bytes long`},
		{"path twice", func(m *M) { m.Permissions.Files = many(2, m.Permissions.Files[0]) }, `permissions.files[1].path: "data" stands twice`},
		{"access", func(m *M) { m.Permissions.Files[0].Access = "rw" }, `permissions.files[0].access: "rw" is not a kind of access (write "read" or "write")`},
		{"files", func(m *M) { m.Permissions.Files = make([]manifest.FilePermission, 257) }, "permissions.files: has 257 entries"},
		{"host", func(m *M) { m.Permissions.Network[0].Host = "https://x" }, `permissions.network[0].host: "https://x" is not a host`},
		{"host twice", func(m *M) { m.Permissions.Network = many(2, m.Permissions.Network[0]) }, `permissions.network[1].host: "api.example.org" stands twice`},
		{"network", func(m *M) { m.Permissions.Network = make([]manifest.NetworkPermission, 257) }, "permissions.network: has 257 entries"},
		{"no ports", func(m *M) { m.Permissions.Network[0].Ports = nil }, "permissions.network[0].ports: has 0 entries (from 1 to 256)"},
		{"port", func(m *M) { m.Permissions.Network[0].Ports[0] = 65536 }, "permissions.network[0].ports[0]: 65536 is not a port"},
		{"port twice", func(m *M) { m.Permissions.Network[0].Ports = []int{1, 2, 1} }, "permissions.network[0].ports[2]: 1 stands twice"},
		{"variable", func(m *M) { m.Permissions.Environment[0] = "A=B" }, `permissions.environment[0]: "A=B" is not the name of an environment variable`},
		{"variable twice", func(m *M) { m.Permissions.Environment = []string{"A", "A"} }, `permissions.environment[1]: "A" stands twice`},
		{"variables", func(m *M) { m.Permissions.Environment = many(257, "A") }, "permissions.environment: has 257 entries"},
		{"secret", func(m *M) { m.Permissions.Secrets[0] = "S" }, `permissions.secrets[0]: "S" is not a name`},
		{"call", func(m *M) { m.Permissions.Calls[0] = "a >" }, `permissions.calls[0]: "a >" is not a requirement`},
		{"call nothing", func(m *M) { m.Permissions.Calls[0] = "a >2 <1" }, `permissions.calls[0]: no version is in the range of "a >2 <1"`},
		{"call twice", func(m *M) { m.Permissions.Calls = []string{"a", "a@*"} }, `permissions.calls[1]: "a@*" stands twice`},
		{"calls", func(m *M) { m.Permissions.Calls = many(257, "a") }, "permissions.calls: has 257 entries"},
		{"memory", func(m *M) { m.Limits.Memory = -1 }, "limits.memory: -1 is out of range (from 1 to 9007199254740991)"},
		{"disk", func(m *M) { m.Limits.Disk = math.MaxInt64 }, "limits.disk: 9223372036854775807 is out of range"},
		{"cpu", func(m *M) { m.Limits.CPU = 1 << 31 }, "limits.cpu: 2147483648 is out of range (from 1 to 2147483647)"},
		{"processes", func(m *M) { m.Limits.Processes = math.MinInt }, "limits.processes: "},
		{"duration", func(m *M) { m.Limits.Start = "10" }, `limits.start: "10" is not a duration (such as 500ms, 10s or 1m30s)`},
		{"duration zero", func(m *M) { m.Limits.Stop = "0s" }, `limits.stop: "0s" is out of range (above 0 and at most 24h0m0s)`},
		{"duration negative", func(m *M) { m.Limits.Drain = "-1s" }, `limits.drain: "-1s" is out of range`},
		{"duration long", func(m *M) { m.Limits.Health = "24h1ns" }, `limits.health: "24h1ns" is out of range`},
		{"duration endless", func(m *M) { m.Limits.Call = "9999999999h" }, `limits.call: "9999999999h" is not a duration`},
		{"condition", func(m *M) { m.Conditions.Environment["1"] = nil }, `conditions.environment["1"]: "1" is not the name of an environment variable`},
		{"condition value", func(m *M) { m.Conditions.Environment["A"] = []string{"\x00"} }, `conditions.environment.A[0]: "\x00" is not text`},
		{"condition size", func(m *M) { m.Conditions.Environment["A"] = []string{strings.Repeat("x", 1025)} }, `is 1025 bytes long`},
		{"condition twice", func(m *M) { m.Conditions.Environment["A"] = []string{"", ""} }, `conditions.environment.A[1]: "" stands twice`},
		{"os", func(m *M) { m.Conditions.OS[0] = "Linux" }, `conditions.os[0]: "Linux" is not a name like Go's`},
		{"arch", func(m *M) { m.Conditions.Arch = []string{""} }, `conditions.arch[0]: "" is not a name like Go's`},
		{"needs", func(m *M) { m.Conditions.Capabilities[0] = "" }, `conditions.capabilities[0]: "" is not a requirement`},
		{"metadata key", func(m *M) { m.Metadata["A"] = "" }, `metadata.A: "A" is not a name here`},
		{"metadata value", func(m *M) { m.Metadata["a"] = strings.Repeat("x", 1025) }, `metadata.a: 1025 bytes are too many`},
		{"size", func(m *M) {
			m.ConfigSchema = json.RawMessage(`{"x":"` + strings.Repeat("x", manifest.MaxSize-10) + `"}`)
		}, "bytes of canonical form are too many"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := full()
			tt.edit(&m)
			c, err := manifest.Check(m)
			if err == nil || c != nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("one mistake gives several problems:\n%v", err)
			}
		})
	}
}

func TestCheck_refusesTooManyOfWhatIsNamed(t *testing.T) {
	t.Parallel()
	m := full()
	for i := range 257 {
		name := "x" + strings.Repeat("y", i%60) + string(rune('a'+i/60))
		m.Metadata[name] = ""
		m.Provides[0].Attributes[name] = capability.Bool(true)
		m.Conditions.Environment[name] = nil
	}
	_, err := manifest.Check(m)
	for _, want := range []string{"metadata: has ", "provides[0].attributes: has ", "conditions.environment: has "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestCheck_hosts(t *testing.T) {
	t.Parallel()
	for host, ok := range map[string]bool{
		"localhost": true, "a-b.example.org": true, "*.example.org": true, "*": true, "10.0.0.1": true, "::1": true, "2001:db8::1": true,
		"xn--bcher-kva.example": true, "1.example": true, strings.Repeat("a", 63) + ".x": true,
		"": false, "Example.org": false, "a.": false, ".a": false, "a..b": false, "-a": false, "a-": false, "a_b": false, "*.": false,
		"**.a": false, "a.*": false, "10.0.0.256": false, "10.1": false, "010.0.0.1": false, "2001:DB8::1": false, "0:0::1": false,
		"fe80::1%eth0": false, "a:443": false, "[::1]": false, "10.0.0.0/8": false, "user@a": false, "bücher.example": false,
		strings.Repeat("a", 64): false, strings.Repeat("a.", 127) + "a": false,
	} {
		m := full()
		m.Permissions.Network[0].Host = host
		if _, err := manifest.Check(m); (err == nil) != ok {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func TestCheck_tellsAllProblemsUpToALimit(t *testing.T) {
	t.Parallel()
	m := full()
	m.Provides = make([]manifest.Provision, 30)
	m.Name, m.Kind = "", "?"
	_, err := manifest.Check(m)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != manifest.MaxProblems {
		t.Fatalf("got %v", err)
	}
	for _, one := range joined.Unwrap() {
		if _, ok := errors.AsType[*manifest.Error](one); !ok {
			t.Errorf("%v is a %T", one, one)
		}
	}
	if text := err.Error(); !strings.HasPrefix(text, "manifest: name: is missing\nmanifest: kind: ") || !strings.HasSuffix(text, "manifest: there are 13 more problems") {
		t.Errorf("got\n%s", text)
	}
}
