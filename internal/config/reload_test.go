package config_test

import (
	"reflect"
	"testing"

	"github.com/modreg/modreg/internal/config"
)

func TestApply(t *testing.T) {
	t.Parallel()
	const variable = "MODREG_ACCESS_OIDC_CLIENT_SECRET="
	running := load(t, sources(t, oidc+"log:\n  level: info\n  format: json\nlisten:\n  addresses: [':1']\n  trusted_proxies: [10.0.0.0/8]\n", []string{variable + "one"}))
	before := running.Config
	next := load(t, sources(t, oidc+"listen:\n  addresses: [':1', ':2']\n  trusted_proxies: [10.0.0.0/8, 192.0.2.0/24]\n", []string{variable + "two"}, "log-level=debug", "log-format=json"))
	now, changes := config.Apply(running, next)
	type change struct{ key, before, after, effect, from string }
	var got []change
	for _, c := range changes {
		from := c.From.String()
		if c.From.Kind == config.File {
			from = "file"
		}
		got = append(got, change{c.Name, c.Old, c.New, c.Effect.String(), from})
	}
	want := []change{
		{"listen.addresses", `[":1"]`, `[":1", ":2"]`, "restart", "file"},
		{"listen.trusted_proxies", `[10.0.0.0/8]`, `[10.0.0.0/8, 192.0.2.0/24]`, "reload", "file"},
		{"access.oidc.client_secret", "[set]", "[set]", "restart", "MODREG_ACCESS_OIDC_CLIENT_SECRET"},
		{"log.level", "info", "debug", "reload", "--log-level"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !reflect.DeepEqual(running.Config, before) {
		t.Error("the running configuration was changed")
	}
	c := now.Config
	if c.Log.Level != next.Config.Log.Level || len(c.Listen.TrustedProxies) != 2 || len(c.Listen.Addresses) != 1 || c.Access.OIDC.ClientSecret.Reveal() != "one" {
		t.Errorf("%+v", c)
	}
	if now.Origin("log.level").Kind != config.Flag || now.Origin("log.format").Kind != config.Flag {
		t.Error("it does not say where the values come from now")
	}
	// What waits is reported again, the rest is not.
	again, changes := config.Apply(now, next)
	if len(changes) != 2 || len(config.Pending(changes)) != 2 || !reflect.DeepEqual(again.Config, now.Config) {
		t.Errorf("%+v", changes)
	}
	if _, changes := config.Apply(next, next); len(changes) != 0 {
		t.Errorf("%+v", changes)
	}
	// Back to what runs: nothing waits any more.
	if _, changes := config.Apply(now, running); len(config.Pending(changes)) != 0 || len(changes) != 2 {
		t.Errorf("%+v", changes)
	}
}
