package authz_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modreg/modreg/authz"
)

func TestParsePath_tree(t *testing.T) {
	t.Parallel()
	for text, above := range map[string]string{
		"fleet":                       "",
		"node/n1":                     "fleet",
		"namespace/acme":              "fleet",
		"namespace/acme/text":         "namespace/acme fleet",
		"module/solo":                 "fleet",
		"module/acme/text/up":         "namespace/acme/text namespace/acme fleet",
		"version/acme/pay@1.2.0-rc+b": "module/acme/pay namespace/acme fleet",
		"instance/acme/pay:I7":        "module/acme/pay namespace/acme fleet",
		"secret/acme/db":              "namespace/acme fleet",
		"role/ops.1":                  "fleet",
		"principal/module/acme/pay/i": "fleet",
		"token/4xK":                   "fleet",
		"audit/registry":              "fleet",
		"audit/n1/registry":           "node/n1 fleet",
		"backup/n1/2026/b":            "node/n1 fleet",
	} {
		p := path(t, text)
		if p.String() != text {
			t.Errorf("%q became %q", text, p)
		}
		var got []string
		for at, ok := p.Parent(); ok; at, ok = at.Parent() {
			got = append(got, at.String())
			if !at.Contains(p) || p.Contains(at) {
				t.Errorf("%s contains %s: %t, the other way: %t", at, p, at.Contains(p), p.Contains(at))
			}
		}
		if strings.Join(got, " ") != above {
			t.Errorf("above %s are %v, want %s", text, got, above)
		}
		data, err := json.Marshal(p)
		var back authz.Path
		if err != nil || json.Unmarshal(data, &back) != nil || back != p {
			t.Errorf("%s in JSON is %s, %v, and back %s", text, data, err, back)
		}
	}
}

func TestPath_neighboursAreApart(t *testing.T) {
	t.Parallel()
	acme := path(t, "namespace/acme")
	for _, text := range []string{"module/acme2/pay", "module/acme", "module/acme-x/pay", "namespace/acme2", "secret/acme", "module/beta/acme/pay", "role/acme", "version/acme@1"} {
		if acme.Contains(path(t, text)) {
			t.Errorf("namespace/acme contains %s", text)
		}
	}
	if (authz.Path{}).Contains(authz.Fleet()) || path(t, "module/acme/pay").Contains(path(t, "module/acme/pay2")) {
		t.Error("strangers are contained")
	}
}

func TestParsePath_refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "/", "fleet/", "fleet/x", "module", "module/", "module//a", "module/a/", "module//", "module/A", "module/аcme/pay", "module/a..b",
		"module/../x", "module/./x", "module/a@1", "version/a", "version/@1", "version/a@", "version/a@1/2", "version/A@1", "instance/a", "instance/a:",
		"principal/ada", "principal/group/ops", "principal/user/", "principal/user/ada/x", "role/A", "role/a/b", "token/a/b", "token/-a", "token/..",
		"audit//x", "audit/n1/", "audit/../x", "cluster/x", "module/a b", "module/a\x00", "module/" + strings.Repeat("a", authz.MaxName+1),
		"audit/" + strings.Repeat("a", authz.MaxPathID+1), "Module/a", " module/a", "module/a ", "module/a%2fb", "role/" + strings.Repeat("r", authz.MaxWord+1),
	} {
		if p, err := authz.ParsePath(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		} else if !p.IsZero() || len(text) > 20 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, and %+v", text, err, p)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"fleet", "module/acme/pay", "version/a@1.0.0", "instance/a:b", "principal/module/a/b", "audit/n/x", "module/../a", "secret/a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := authz.ParsePath(text)
		if err != nil {
			return
		}
		if p.String() != text || len(text) > authz.MaxPathID+len("compliance/") {
			t.Fatalf("%q became %q", text, p)
		}
		if strings.Contains(text, "..") && strings.Contains(text, "/..") || strings.Contains(text, "//") || strings.ContainsAny(text, " \x00\"\\\n%") {
			t.Fatalf("%q is a path", text)
		}
		steps := 0
		for at, ok := p.Parent(); ok; at, ok = at.Parent() {
			if at.Check() != nil || !at.Contains(p) {
				t.Fatalf("%s is above %s: %v", at, p, at.Check())
			}
			if steps++; steps > authz.MaxName {
				t.Fatalf("%s has no end", p)
			}
		}
		if !authz.Fleet().Contains(p) {
			t.Fatalf("%s is in no fleet", p)
		}
	})
}

func TestParseSubject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"user/ada", "service/ci-1", "module/acme/pay/i7", "node/n1", "system/self", "group/ops", "user/iss:example.org:42", "user/a@b.c"} {
		if got := subject(t, text).String(); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{
		"", "user", "user/", "/ada", "user/Ada", "user/ada/x", "group/a/b", "group/a@b", "robot/x", "module/a//b", "module/a/", "module//", "user/a b",
		"user/аda", "user/" + strings.Repeat("a", authz.MaxName+1), "group/" + strings.Repeat("a", authz.MaxWord+1), "user/\"", "nobody",
	} {
		if s, err := authz.ParseSubject(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
	var s authz.Subject
	if data, err := json.Marshal(s); err != nil || string(data) != `""` || json.Unmarshal(data, &s) != nil || !s.IsZero() {
		t.Errorf("nobody is %s, %v", data, err)
	}
}

func FuzzParseSubject(f *testing.F) {
	for _, seed := range []string{"user/ada", "module/acme/pay/i7", "group/ops", "user/", "module//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := authz.ParseSubject(text)
		if err != nil {
			return
		}
		if s.String() != text || s.Check() != nil || strings.ContainsAny(text, " \"\\\x00\n") {
			t.Fatalf("%q became %q", text, s)
		}
		if _, err := authz.ParsePath("principal/" + text); (err == nil) != (s.Kind != authz.Group) {
			t.Fatalf("principal/%s: %v", text, err)
		}
	})
}
