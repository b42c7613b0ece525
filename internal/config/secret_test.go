package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/config"
)

const canary = "hunter2-XyZZy"

func TestSecret_isNeverPrinted(t *testing.T) {
	t.Parallel()
	type outer struct {
		Open   config.Secret
		hidden config.Secret
		Both   []config.Secret
		ByName map[string]config.Secret
	}
	s := config.NewSecret(canary)
	o := outer{Open: s, hidden: s, Both: []config.Secret{s}, ByName: map[string]config.Secret{"a": s}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", s, o, &o)
	}
	data, err := json.Marshal(o)
	if err != nil || !strings.Contains(string(data), `"Open":"[set]"`) {
		t.Errorf("%s, %v", data, err)
	}
	out.Write(data)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "s", s, "o", o)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is in %s", out.String())
		}
	}
	if s.Reveal() != canary || !s.IsSet() || !s.Equal(config.NewSecret(canary)) || s.Equal(config.Secret{}) {
		t.Error("it is not what it was")
	}
	if none := config.NewSecret(""); none.IsSet() || none.String() != "" || none.Reveal() != "" || fmt.Sprint(none) != "" {
		t.Errorf("%v", none)
	}
}

const oidc = "access:\n  oidc:\n    issuer: https://i.example\n    client_id: modreg\n"

func TestLoad_secrets(t *testing.T) {
	t.Parallel()
	const variable = "MODREG_ACCESS_OIDC_CLIENT_SECRET"
	inFile, inVariable := write(t, "a", "from file\n"), write(t, "b", "from file of variable\r\n")
	withFile := oidc + "    client_secret_file: " + inFile + "\n"
	for name, c := range map[string]struct {
		s          config.Sources
		want, from string
	}{
		"none":               {sources(t, oidc, nil), "", "default"},
		"file":               {sources(t, withFile, nil), "from file", "modreg.yaml:5:5"},
		"variable":           {sources(t, oidc, []string{variable + "=" + canary}), canary, variable},
		"variable over file": {sources(t, withFile, []string{variable + "=" + canary}), canary, variable},
		"variable of a file": {sources(t, withFile, []string{variable + "_FILE=" + inVariable}), "from file of variable", variable + "_FILE"},
		"flag over variable": {sources(t, withFile, []string{variable + "=" + canary}, "access-oidc-client-secret-file="+inVariable), "from file of variable", "--access-oidc-client-secret-file"},
	} {
		l := load(t, c.s)
		if got := l.Config.Access.OIDC.ClientSecret.Reveal(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, v := range l.View() {
			if v.Name != "access.oidc.client_secret" {
				continue
			}
			if from := short(v.From.String(), c.s); from != c.from || v.Text != map[bool]string{true: "[set]"}[c.want != ""] {
				t.Errorf("%s: %q from %s, want one from %s", name, v.Text, from, c.from)
			}
		}
		if text := fmt.Sprintf("%+v %+v", l.View(), l.Config); strings.Contains(text, canary) {
			t.Errorf("%s: the secret is in %s", name, text)
		}
	}
}

func TestLoad_refusalsHaveNoSecret(t *testing.T) {
	t.Parallel()
	const variable = "MODREG_ACCESS_OIDC_CLIENT_SECRET"
	for name, c := range map[string]struct {
		s    config.Sources
		want string
	}{
		"in the file":  {sources(t, oidc+"    client_secret: "+canary+"\n", nil), "a secret does not stand in this file (write it into a file of its own and set access.oidc.client_secret_file, or set the variable " + variable + ")"},
		"unprintable":  {sources(t, oidc, []string{variable + "=" + canary + "\x07"}), variable + ": access.oidc.client_secret: the secret is too long, or has characters"},
		"two":          {sources(t, oidc, []string{variable + "=" + canary, variable + "_FILE=/x"}), "the secret is there, and a file with it"},
		"as a path":    {sources(t, oidc+"    client_secret_file: "+canary+"\n", nil), "modreg.yaml:5:5: access.oidc.client_secret_file: the file cannot be read"},
		"large file":   {sources(t, oidc+"    client_secret_file: "+write(t, "s", strings.Repeat(canary, 1000))+"\n", nil), "the file is too large"},
		"empty file":   {sources(t, oidc+"    client_secret_file: "+write(t, "s", "\n")+"\n", nil), "the file is empty"},
		"binary file":  {sources(t, oidc+"    client_secret_file: "+write(t, "s", canary+"\x00")+"\n", nil), "characters that cannot be printed"},
		"user in URL":  {sources(t, "telemetry:\n  traces: https://me:"+canary+"@otel.example/\n", nil), "there is a user in the URL"},
		"query in URL": {sources(t, "telemetry:\n  traces: https://otel.example/?key="+canary+"\n", nil), "there is a query or a fragment in the URL"},
		"user in sink": {sources(t, "audit:\n  sinks: ['https://me:"+canary+"@w.example/']\n", nil), "it is not where checkpoints can go"},
	} {
		got := refusal(t, c.s)
		if !strings.Contains(got, c.want) || strings.Contains(got, canary) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, f := range config.NewFlags().All() {
		if f.Secret {
			t.Errorf("there is a flag for %s, which others would see on the command line", f.Name)
		}
	}
}

func TestLoad_filesThatOthersCanChange(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	secret := write(t, "s", "x")
	s := sources(t, oidc+"    client_secret_file: "+secret+"\n", nil)
	for _, path := range []string{s.File, secret} {
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	w := load(t, s).Warnings
	if len(w) != 2 || w[0].From.Name != s.File || w[1].Key != "access.oidc.client_secret_file" || filepath.Base(w[1].From.Name) != "modreg.yaml" {
		t.Errorf("%v", w)
	}
}
