package manifest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

// generator makes valid manifests, in spellings of which few are canonical.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) maybe() bool { return g.IntN(2) == 0 }

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

// some calls f with 0 to 3 numbers that differ.
func some[T any](g generator, f func(i int) T) []T {
	out := []T{}
	for i := range g.IntN(4) {
		out = append(out, f(i))
	}
	return out
}

func (g generator) version() string {
	return pick(g, "1.0.0", "0.0.0", "1.2.3-rc.1", "1.2.3+build.5", "2.0.0-0.a+b")
}

func (g generator) text() string {
	return pick(g, "", "plain", "tab\tand\nline", "quotes \" and \\", "<html> & \u2028", "😀 é", "\u007e/")
}

func (g generator) schema() json.RawMessage {
	return json.RawMessage(pick(g, "", ` {} `, "true", `{"type":"object","properties":{"b":{"minimum":1.50,"maximum":1E2},"a":{"enum":[null,"\u00e9","<"]}}}`))
}

func (g generator) value() capability.Value {
	return pick(g, capability.String(pick(g, "", "en", "😀<&>\u2028\"")), capability.Int(-3), capability.Int(manifest.MaxInteger),
		capability.Bool(g.maybe()), capability.Set(), capability.Set("b", "a", "b"), capability.Version(semver.MustParse("1.2.3+x")))
}

func (g generator) manifest() manifest.Manifest {
	m := manifest.Manifest{
		Name: pick(g, "upper", "acme/pay", "a-b_c.d/e"), Version: g.version(), Description: g.text(),
		Kind: pick(g, "", manifest.KindAnalyzer, "my/kind"), Licence: pick(g, "", "MIT", "(Apache-2.0 OR LicenseRef-x) AND MIT"),
		Runtime: pick(g, "", "native", "wasm"), Entry: pick(g, "", "main.run"), Start: pick(g, "", "lazy", "eager"),
		ConfigSchema: g.schema(), Provides: some(g, g.provision), Requires: some(g, g.requirement),
	}
	if g.maybe() {
		m.Permissions = g.permissions()
	}
	if g.maybe() {
		m.Limits = g.limits()
	}
	if g.maybe() {
		m.Conditions = g.conditions()
	}
	if g.maybe() {
		m.Metadata = map[string]string{}
		for i := range g.IntN(4) {
			m.Metadata[pick(g, "owner", "team.lead", "x-y")+fmt.Sprint(i)] = g.text()
		}
	}
	return m
}

func (g generator) provision(i int) manifest.Provision {
	p := manifest.Provision{
		Capability: pick(g, "text.process", "acme/store") + fmt.Sprint(i),
		Version:    pick(g, "", "1.0.0", g.version()),
	}
	if g.maybe() {
		p.Attributes = map[string]capability.Value{}
		for i := range g.IntN(4) {
			p.Attributes[pick(g, "lang", "region.zone")+fmt.Sprint(i)] = g.value()
		}
	}
	if g.maybe() {
		p.Contract = &manifest.Contract{Operations: some(g, func(i int) manifest.Operation {
			return manifest.Operation{Name: pick(g, "Process", "pkg.Svc/do") + fmt.Sprint(i), Input: g.schema(), Output: g.schema()}
		})}
	}
	return p
}

func (g generator) requirement(i int) manifest.Requirement {
	r := manifest.Requirement{
		Capability: pick(g, "log", "module/acme/x") + fmt.Sprint(i),
		Range:      pick(g, "", "*", "^1.2", ">=1  <3 || 5.x", "1.2.3 - 2", "~1.2.0-rc.1"),
		Filter:     pick(g, "", `lang = "en"`, `( lang="en" or exists(zone) ) and not level<3`),
	}
	switch g.IntN(4) {
	case 0:
		r.Optional = true
	case 1:
		r.Many = true
	case 2:
		r.Forbid = true
	}
	return r
}

func (g generator) texts(i int) string {
	return pick(g, fmt.Sprintf("log%d>=1", i), fmt.Sprintf("ns/log%d ^1.2 where a=1", i), fmt.Sprintf("plain%d", i))
}

func (g generator) permissions() *manifest.Permissions {
	return &manifest.Permissions{
		Files: some(g, func(i int) manifest.FilePermission {
			return manifest.FilePermission{Path: pick(g, "/data", "cache", "ä b/😀") + fmt.Sprint(i), Access: pick(g, "read", "write")}
		}),
		Network: some(g, func(i int) manifest.NetworkPermission {
			return manifest.NetworkPermission{Host: fmt.Sprintf(pick(g, "h%d.example.org", "*.h%d.io", "10.0.0.%d", "2001:db8::%d"), i+1), Ports: []int{443, 1 + i}}
		}),
		Environment: some(g, func(i int) string { return fmt.Sprintf("VAR_%d", i) }),
		Secrets:     some(g, func(i int) string { return fmt.Sprintf("db/password%d", i) }),
		Calls:       some(g, g.texts),
	}
}

func (g generator) limits() *manifest.Limits {
	return &manifest.Limits{
		Memory: pick[int64](g, 0, 64<<20, manifest.MaxInteger), CPU: pick[int64](g, 0, 500), Concurrency: pick(g, 0, 8), Processes: pick(g, 0, 2),
		Descriptors: pick(g, 0, 64), Disk: pick[int64](g, 0, 1<<30), Output: pick[int64](g, 0, 1<<20),
		Start: pick(g, "", "10s"), Stop: pick(g, "", "90s", "1m30s"), Drain: pick(g, "", "500ms", "0.5s"), Health: pick(g, "", "1s"), Call: pick(g, "", "24h"),
	}
}

func (g generator) conditions() *manifest.Conditions {
	c := &manifest.Conditions{
		OS: some(g, func(i int) string { return pick(g, "linux", "darwin") + fmt.Sprint(i) }), Arch: some(g, func(i int) string { return "arm" + fmt.Sprint(i) }),
		Capabilities: some(g, g.texts), Environment: map[string][]string{},
	}
	for i := range g.IntN(3) {
		c.Environment[fmt.Sprintf("V%d", i)] = some(g, func(i int) string { return pick(g, "", "a b", "é") + fmt.Sprint(i) })
	}
	return c
}
