package config_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/config"
)

func TestLoad_nothingIsDefaults(t *testing.T) {
	t.Parallel()
	for _, p := range []config.Profile{config.Serve, config.Dev} {
		l := load(t, config.Sources{Profile: p})
		if want := config.Defaults(p); !reflect.DeepEqual(l.Config, want) || len(l.Warnings) > 0 {
			t.Errorf("profile %d: %+v with warnings %v, want %+v", p, l.Config, l.Warnings, want)
		}
	}
	if l := load(t, config.Sources{File: filepath.Join(t.TempDir(), "none.yaml"), Optional: true}); l.Config.Data != "modreg-data" {
		t.Errorf("%+v", l.Config)
	}
	if l := load(t, sources(t, "# only a comment\n", nil)); l.Config.Data != "modreg-data" {
		t.Errorf("%+v", l.Config)
	}
}

func TestLoad_flagBeforeVariableBeforeFile(t *testing.T) {
	t.Parallel()
	file := "log:\n  level: error\nlisten:\n  addresses: ['127.0.0.1:1', '127.0.0.1:2']\n"
	env := []string{"MODREG_LOG_LEVEL=warn", "MODREG_LISTEN_ADDRESSES=127.0.0.1:3 127.0.0.1:4,[::1]:5", "MODREG_DRAIN_TIMEOUT=", "HOME=/"}
	for _, c := range []struct {
		s         config.Sources
		level     slog.Level
		addresses string
		from      string
		replaced  int
	}{
		{sources(t, "", nil), slog.LevelInfo, "[127.0.0.1:8470]", "default", 0},
		{sources(t, file, nil), slog.LevelError, "[127.0.0.1:1 127.0.0.1:2]", "modreg.yaml:2:3", 0},
		{sources(t, file, env), slog.LevelWarn, "[127.0.0.1:3 127.0.0.1:4 [::1]:5]", "MODREG_LOG_LEVEL", 1},
		{sources(t, file, env, "log-level=debug", "listen-addresses=127.0.0.1:6", "listen-addresses=:7"), slog.LevelDebug, "[127.0.0.1:6 :7]", "--log-level", 2},
		{sources(t, file, env, "log-level=debug", "listen-addresses="), slog.LevelDebug, "[]", "--log-level", 2},
	} {
		l := load(t, c.s)
		var texts []string
		for _, a := range l.Config.Listen.Addresses {
			texts = append(texts, a.String())
		}
		if got := "[" + strings.Join(texts, " ") + "]"; l.Config.Log.Level.Level() != c.level || got != c.addresses {
			t.Errorf("level %v, addresses %s, want %v, %s", l.Config.Log.Level, got, c.level, c.addresses)
		}
		if got := short(l.Origin("log.level").String(), c.s); got != c.from {
			t.Errorf("it comes from %s, want %s", got, c.from)
		}
		for _, v := range l.View() {
			if v.Name == "log.level" && len(v.Replaced) != c.replaced {
				t.Errorf("it went before %v, want %d places", v.Replaced, c.replaced)
			}
		}
	}
}

func TestLoad_relativePaths(t *testing.T) {
	t.Parallel()
	s := sources(t, "data: here\nbackup:\n  folder: /abs/there\n  every: 1h\naudit:\n  sinks: ['file:sink', 'https://w.example/']\n", nil, "modules-load=sub/../m.yaml")
	c := load(t, s).Config
	dir := filepath.Dir(s.File)
	if string(c.Data) != filepath.Join(dir, "here") || c.Backup.Folder != "/abs/there" || c.Modules.Load[0] != "m.yaml" ||
		string(c.Audit.Sinks[0]) != "file:"+filepath.Join(dir, "sink") || c.Audit.Sinks[1] != "https://w.example/" {
		t.Errorf("%+v", c)
	}
}

func TestLoad_findsAllProblems(t *testing.T) {
	t.Parallel()
	s := sources(t, `dta: x
log:
  levle: info
  format: jsn
  format: json
listen:
  addresses: [localhost, "127.0.0.1:99999", ":1", ":1"]
drain:
  timeout: 5
tls.mode: own
audit:
  require_sinks: yes
  sinks: https://w.example/
backup:
`, []string{"MODREG_LIMITS_BODY=12", "MODREG_LOG_LEVLE=info"}, "limits-streams=0", "node=a", "node=b")
	got := strings.Split(refusal(t, s), "\n")
	want := []string{
		`modreg.yaml:1:1: dta: nobody knows this key (did you mean "data"?)`,
		`modreg.yaml:3:3: log.levle: nobody knows this key (did you mean "log.level"?)`,
		`modreg.yaml:5:3: log.format: it is there twice (the other is on line 4)`,
		`modreg.yaml:9:12: drain.timeout: "5" is not a time span (write a whole number and a unit, largest first, such as 90s, 1d12h or 250ms)`,
		`modreg.yaml:10:1: tls.mode: nobody knows this key (write each part on a line of its own, indented)`,
		`modreg.yaml:12:18: audit.require_sinks: there is a text where true or false is expected (true or false, without quotes)`,
		`modreg.yaml:13:10: audit.sinks: there is a text where a list is expected (write [https://w.example/])`,
		`modreg.yaml:14:8: backup: there is nothing where settings are expected (leave it out, or write settings below it)`,
		`modreg.yaml:4:11: log.format: "jsn" is not known here (did you mean "json"? It is one of auto, text, json)`,
		`modreg.yaml:7:15: listen.addresses: "localhost" is not an address (write HOST:PORT, such as 127.0.0.1:8470, [::1]:8470 or :8470)`,
		`modreg.yaml:7:26: listen.addresses: "127.0.0.1:99999" is not an address: the port is wrong (a port is a number from 0 to 65535)`,
		`modreg.yaml:7:51: listen.addresses: ":1" is there twice (remove one of the two)`,
		`MODREG_LOG_LEVLE: nobody knows this variable (did you mean MODREG_LOG_LEVEL? If not, unset it)`,
		`MODREG_LIMITS_BODY: limits.body: "12" is not a size (write a whole number and B, KiB, MiB, GiB or TiB, such as 16MiB)`,
		`--node: node: the flag is there twice (remove one of the two)`,
		`--limits-streams: limits.streams: 0 is out of range (a number from 1 to 10000)`,
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d of:\n%s\n\nwant:\n%s", i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestLoad_refusesTricks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"anchor":      {"log: &a\n  level: info\n", "an anchor is not allowed"},
		"alias":       {"node: &a x\ndata: *a\n", "an alias is not allowed"},
		"merge":       {"log:\n  <<: {level: info}\n", "a merge key is not allowed"},
		"tag":         {"node: !!str 5\n", "a tag is not allowed"},
		"own tag":     {"node: !x y\n", "a tag is not allowed"},
		"documents":   {"node: a\n---\nnode: b\n", "a second document follows"},
		"list":        {"[]\n", "there is a list where settings are expected"},
		"text":        {"hunter2\n", "there is a text where settings are expected"},
		"null":        {"node: ~\n", "there is nothing where a text is expected (leave it out)"},
		"number":      {"node: 12\n", "there is a number where a text is expected (put it in quotes)"},
		"bool":        {"node: true\n", "put it in quotes"},
		"hexadecimal": {"limits:\n  streams: 0x10\n", "a number in a form that is not taken here"},
		"exponent":    {"limits:\n  streams: 1e2\n", "a number in a form that is not taken here"},
		"plus":        {"limits:\n  streams: +5\n", "a number in a form that is not taken here"},
		"float":       {"limits:\n  streams: 5.0\n", "a number in a form that is not taken here"},
		"quoted":      {"limits:\n  streams: '5'\n", "there is a text where a number is expected"},
		"huge":        {"limits:\n  streams: 99999999999999999999999\n", "is not a whole number"},
		"negative":    {"limits:\n  streams: -1\n", "out of range"},
		"True":        {"telemetry:\n  metrics: True\n", "without quotes"},
		"complex key": {"? [a]\n: b\n", "the name of a setting is one word"},
		"case":        {"Log:\n  level: info\n", `did you mean "log"?`},
		"wrong group": {"level: info\n", `did you mean "log.level"?`},
		"group":       {"log: info\n", "there is a text where settings are expected"},
		"no YAML":     {"log: [\n", "it is not YAML"},
		"latin 1":     {"node: \xe9\n", "modreg.yaml:1:7: there is a byte that is not UTF-8"},
		"line":        {"data: a\u2028b\n", "YAML versions disagree about the character U+2028"},
		"NUL":         {"data: \"a\\0b\"\n", "cannot be printed"},
		"newline":     {"data: |\n  a\n  b\n", "cannot be printed"},
		"right-left":  {"data: \"a\u202eb\"\n", "cannot be printed"},
		"long":        {"data: " + strings.Repeat("a", 5000) + "\n", "5000 bytes are too many"},
		"large":       {"#" + strings.Repeat("a", config.MaxFile) + "\n", "more than 262144 bytes"},
		"deep":        {strings.Repeat("[", 20_000), "it is not YAML"},
		"many":        {strings.Repeat("x", 1) + ": {" + strings.Repeat("a: 1, ", 1000) + "}\n", "nobody knows this key"},
	} {
		if got := refusal(t, sources(t, c.file, nil)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := refusal(t, config.Sources{File: t.TempDir()}); !strings.Contains(got, "is a directory") {
		t.Error(got)
	}
	if got := refusal(t, config.Sources{File: filepath.Join(t.TempDir(), "none")}); !strings.Contains(got, "no such file") && !strings.Contains(got, "cannot find") {
		t.Error(got)
	}
}

func TestLoad_problemsHaveALimit(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	for i := range 500 {
		file.WriteString(strings.Repeat("x", i+1) + ": 1\n")
	}
	_, err := config.Load(sources(t, file.String(), nil))
	problems, ok := errors.AsType[config.Problems](err)
	if !ok || len(problems) != config.MaxProblems || problems[config.MaxProblems-1].Reason != "there are more problems" {
		t.Errorf("%d problems: %v", len(problems), err)
	}
	if one, ok := errors.AsType[*config.Problem](err); !ok || one.Key != "x" || one.From.Line != 1 {
		t.Errorf("%+v", one)
	}
}

func TestLoad_valuesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"plaintext":      {"tls:\n  mode: off\nlisten:\n  addresses: ['127.0.0.1:1', '0.0.0.0:1']\n", `modreg.yaml:4:3: listen.addresses: "0.0.0.0:1" is not a loopback address`},
		"plaintext name": {"tls:\n  mode: off\nlisten:\n  addresses: ['localhost:1']\n", `"localhost:1" is not a loopback address`},
		"plaintext all":  {"tls:\n  mode: off\nlisten:\n  addresses: [':1']\n", `":1" is not a loopback address`},
		"no cert":        {"tls:\n  mode: files\n  key_file: k\n", "modreg.yaml:2:3: tls.mode: the mode files needs tls.cert_file"},
		"cert unused":    {"tls:\n  cert_file: c\n", "modreg.yaml:2:3: tls.cert_file: the mode of tls is own"},
		"nowhere":        {"listen:\n  addresses: []\n  socket: none\n", "there is no address and no socket"},
		"long socket":    {"listen:\n  socket: /" + strings.Repeat("a", 120) + "\n", "listen.socket: the path has 121 bytes"},
		"all trusted":    {"listen:\n  trusted_proxies: ['0.0.0.0/0']\n", "0.0.0.0/0 is everybody"},
		"idle":           {"access:\n  sessions:\n    idle: 10h\n", "10h is longer than a session lasts (access.sessions.max is 8h)"},
		"default ttl":    {"access:\n  tokens:\n    max_ttl: 1d\n", "access.tokens.default_ttl: 30d is longer than a token can last (access.tokens.max_ttl is 1d)"},
		"no client":      {"access:\n  oidc:\n    issuer: https://i.example\n", "access.oidc.client_id is missing"},
		"no sink":        {"audit:\n  require_sinks: true\n", "there is no sink"},
		"no folder":      {"backup:\n  every: 1h\n", "there is no folder for backups"},
	} {
		if got := refusal(t, sources(t, c.file, nil)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestLoad_warnings(t *testing.T) {
	t.Parallel()
	s := sources(t, "backup:\n  keep: 3\ntls:\n  mode: off\n  names: [a.example]\n", []string{
		"MODREG_ACCESS_OIDC_SCOPES=openid", "MODREG_PORT=tcp://10.0.0.1:1", "MODREG_PORT_8470_TCP_ADDR=10.0.0.1", "MODREG_SERVICE_HOST=10.0.0.1",
		"MODREG_SERVICE_PORT_HTTPS=1", "MODREG_TOKEN=mrt_x", "MODREG_TLS_MINIMAL=1.3", "MODREG_TELEMETRY_SAMPLE=5",
	})
	s.Others = []string{"MODREG_TOKEN"}
	var got []string
	for _, w := range load(t, s).Warnings {
		got = append(got, short(w.Error(), s))
	}
	want := []string{
		"MODREG_TLS_MINIMAL: nobody knows this variable",
		"modreg.yaml:5:3: tls.names: it has no effect: the mode of tls is off",
		"MODREG_ACCESS_OIDC_SCOPES: access.oidc.scopes: it has no effect: there is no access.oidc.issuer",
		"modreg.yaml:2:3: backup.keep: it has no effect: backup.every is 0s",
		"MODREG_TELEMETRY_SAMPLE: telemetry.sample: it has no effect: telemetry.traces is not set",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
