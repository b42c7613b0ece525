package apiv1_test

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/modreg/modreg/apiv1"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

// patternOf returns the pattern of a field.
func patternOf(t *testing.T, m proto.Message, field protoreflect.Name) *regexp.Regexp {
	t.Helper()
	fd := m.ProtoReflect().Descriptor().Fields().ByName(field)
	if fd == nil {
		t.Fatalf("there is no field %s", field)
	}
	return regexp.MustCompile(rulesOf(fd).GetString().GetPattern())
}

// TestPatterns_areThoseOfThePackages holds patterns against the functions that decide.
func TestPatterns_areThoseOfThePackages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pattern *regexp.Regexp
		prefix  string
		check   func(s string) bool
		wider   bool // the pattern may let through more
	}{
		{"module", patternOf(t, &apiv1.Module{}, "module"), "", func(s string) bool { return capability.CheckName(s) == nil }, false},
		{"capability", patternOf(t, &apiv1.Provision{}, "capability"), "", func(s string) bool {
			id, err := capability.ParseID(s)
			return err == nil && id.Namespace != capability.ModuleNamespace
		}, true},
		{"identifier", patternOf(t, &apiv1.GetOperationRequest{}, "name"), "operations/", func(s string) bool {
			return s != "" && record.CheckID("x", s) == nil && strings.IndexByte("._:/@+=~-", s[0]) < 0 && !strings.Contains(s, "/")
		}, false},
		{"request", patternOf(t, &apiv1.StopModuleRequest{}, "request_id"), "", func(s string) bool { return record.CheckID("x", s) == nil }, false},
		{"reason", patternOf(t, &apiv1.Cause{}, "reason"), "", func(s string) bool { return record.CheckReason(s) == nil }, false},
		{"principal", patternOf(t, &apiv1.GetPrincipalRequest{}, "name"), "principals/", func(s string) bool {
			subject, err := authz.ParseSubject(s)
			return err == nil && subject.Kind != authz.Group
		}, true},
		{"subject", patternOf(t, &apiv1.RoleBinding{}, "subject"), "", func(s string) bool {
			subject, err := authz.ParseSubject(s)
			return err == nil && subject.Kind != authz.System
		}, true},
		{"scope", patternOf(t, &apiv1.RoleBinding{}, "scope"), "", func(s string) bool {
			_, err := authz.ParsePath(s)
			return err == nil
		}, true},
	}
	seeds := []string{
		"acme/pay", "a", "a.b-c_d/e", "a..b", "A", "a/", "/a", "a//b", "1.0", "user/ada", "user/Ada", "group/ops", "module/acme/pay/i7", "system/x",
		"fleet", "version/acme/pay@1.2.0", "x y", "über", "", "req-1", "what? this!", "tab\t", "line\n", "\u202e", "module/acme", "namespace/acme",
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			for i := range 20_000 {
				s := seeds[i%len(seeds)]
				if i >= len(seeds) {
					s = mutate(random, s)
				}
				have, want := tt.pattern.MatchString(tt.prefix+s), tt.check(s)
				if have != want && (want || !tt.wider) {
					t.Fatalf("%q: the pattern says %t, the package %t", s, have, want)
				}
			}
		})
	}
}

// mutate changes some characters of a text.
func mutate(r *rand.Rand, s string) string {
	const letters = "abz019AZ._-/:@+=~* ?\t\n\x00é\u202e\u00a0"
	out := []rune(s)
	all := []rune(letters)
	for range 1 + r.IntN(4) {
		c := all[r.IntN(len(all))]
		if at := r.IntN(len(out) + 1); at == len(out) {
			out = append(out, c)
		} else {
			out[at] = c
		}
	}
	return string(out)
}

// TestManifest_isTheDocument holds the message against the schema of the document, so that a field cannot be forgotten, and
// sends a document through it.
func TestManifest_isTheDocument(t *testing.T) {
	t.Parallel()
	var schema any
	if err := json.Unmarshal(manifest.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	want, have := map[string]bool{}, map[string]bool{}
	collect(schema, want)
	for _, m := range []proto.Message{
		&apiv1.Manifest{}, &apiv1.Provision{}, &apiv1.Requirement{}, &apiv1.Permissions{}, &apiv1.Limits{}, &apiv1.Conditions{},
		&apiv1.FilePermission{}, &apiv1.NetworkPermission{}, &apiv1.Contract{}, &apiv1.ContractOperation{},
	} {
		fields := m.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			name := fields.Get(i).JSONName()
			have[name] = true
			if !want[name] {
				t.Errorf("%s: the document has no %s", fields.Get(i).FullName(), name)
			}
		}
	}
	for name := range want {
		if !have[name] && name != "$schema" {
			t.Errorf("the document has %s, and no message does", name)
		}
	}
}

// collect adds the names of all properties of a schema.
func collect(schema any, names map[string]bool) {
	switch s := schema.(type) {
	case map[string]any:
		if properties, ok := s["properties"].(map[string]any); ok {
			for name := range properties {
				names[name] = true
			}
		}
		for _, v := range s {
			collect(v, names)
		}
	case []any:
		for _, v := range s {
			collect(v, names)
		}
	}
}

func TestRequests_inJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		to         proto.Message
		good       bool
	}{
		{"register", `{"manifest": {"name": "acme/pay", "version": "1.2.0", "license": "MIT", "provides": [{"capability": "text.process", "version": "1.0.0",
			"attributes": {"lang": ["de", "en"], "pages": 3, "fast": true, "spec": {"version": "1.2.0"}}}], "configSchema": {"type": "object"}, "limits":
			{"memory": 1048576, "call": "5s"}, "conditions": {"environment": {"HOME": []}}}, "config": {"n": 1}, "requestId": "r1"}`, &apiv1.RegisterModuleRequest{}, true},
		{"register without a manifest", `{"requestId": "r1"}`, &apiv1.RegisterModuleRequest{}, false},
		{"port 0", `{"manifest": {"name": "a", "permissions": {"network": [{"host": "*", "ports": [0]}]}}}`, &apiv1.RegisterModuleRequest{}, false},
		{"get", `{"name": "modules/acme/pay"}`, &apiv1.GetModuleRequest{}, true},
		{"get at a record", `{"name": "modules/acme/pay", "at": {"seq": "12"}}`, &apiv1.GetModuleRequest{}, true},
		{"get at no moment", `{"name": "modules/acme/pay", "at": {}}`, &apiv1.GetModuleRequest{}, false},
		{"get nothing", `{}`, &apiv1.GetModuleRequest{}, false},
		{"get another resource", `{"name": "roles/viewer"}`, &apiv1.GetModuleRequest{}, false},
		{"activate a version", `{"name": "modules/acme/pay@1.2.0-rc.1+build.5"}`, &apiv1.ActivateModuleRequest{}, true},
		{"activate no version", `{"name": "modules/acme/pay"}`, &apiv1.ActivateModuleRequest{}, false},
		{"order", `{"orderBy": "name desc, version"}`, &apiv1.ListModulesRequest{}, true},
		{"bad order", `{"orderBy": "name; drop"}`, &apiv1.ListModulesRequest{}, false},
		{"page", `{"pageSize": 1001}`, &apiv1.ListModulesRequest{}, false},
		{"reason in two lines", `{"name": "modules/a", "cause": {"reason": "a\nb"}}`, &apiv1.StopModuleRequest{}, false},
		{"quarantine without a reason", `{"name": "modules/a"}`, &apiv1.QuarantineModuleRequest{}, false},
		{"quarantine", `{"name": "modules/a", "cause": {"reason": "it leaks"}}`, &apiv1.QuarantineModuleRequest{}, true},
		{"hold without a reason", `{"id": "case-7", "cause": {"incident": "i1"}}`, &apiv1.CreateAuditHoldRequest{}, false},
		{"end of a hold without a reason", `{"id": "case-7"}`, &apiv1.ReleaseAuditHoldRequest{}, false},
		{"call", `{"call": {"requirement": "text.process>=1 where lang = \"en\"", "operation": "process", "timeout": "2s"}, "input": "aGk="}`, &apiv1.InvokeRequest{}, true},
		{"call without a timeout that counts", `{"call": {"requirement": "a", "operation": "b", "timeout": "0s"}}`, &apiv1.InvokeRequest{}, false},
		{"call of no operation", `{"call": {"requirement": "a"}}`, &apiv1.InvokeRequest{}, false},
		{"media type with a line break", `{"call": {"requirement": "a", "operation": "b", "contentType": "a/b\r\nx: y"}}`, &apiv1.InvokeRequest{}, false},
		{"empty stream message", `{}`, &apiv1.InvokeBidiStreamRequest{}, false},
		{"token", `{"parent": "principals/service/ci", "scope": {"actions": ["module:*"], "networks": ["10.1.0.0/16", "2001:db8::/32"]}, "lifetime": "86400s"}`, &apiv1.CreateTokenRequest{}, true},
		{"token for nothing", `{"scope": {}}`, &apiv1.CreateTokenRequest{}, false},
		{"token without a scope", `{}`, &apiv1.CreateTokenRequest{}, false},
		{"token for a year", `{"scope": {"actions": ["*"]}, "lifetime": "31536000s"}`, &apiv1.CreateTokenRequest{}, false},
		{"network with host bits", `{"scope": {"actions": ["*"], "networks": ["10.1.2.3/16"]}}`, &apiv1.CreateTokenRequest{}, false},
		{"tokens of everybody", `{"parent": "principals/-"}`, &apiv1.ListTokensRequest{}, true},
		{"system principal", `{"principal": {"name": "principals/group/ops"}}`, &apiv1.CreatePrincipalRequest{}, false},
		{"explain", `{"action": "module:start", "resource": "modules/acme/pay", "address": "2001:db8::1"}`, &apiv1.ExplainAccessRequest{}, true},
		{"explain from nowhere", `{"action": "module:start", "address": "localhost"}`, &apiv1.ExplainAccessRequest{}, false},
		{"mask", `{"role": {"name": "roles/x", "actions": ["module:read"]}, "updateMask": "about,actions"}`, &apiv1.UpdateRoleRequest{}, true},
		{"mask of the name", `{"role": {"name": "roles/x"}, "updateMask": "name"}`, &apiv1.UpdateRoleRequest{}, false},
		{"query", `{"query": {"actor": "user/*", "action": "module:*", "resource": "upper@*", "log": "AUDIT_LOG_NODE"}}`, &apiv1.QueryAuditRequest{}, true},
		{"query of a spreadsheet formula", `{"query": {"resource": "=cmd|'/c calc'!A1"}}`, &apiv1.QueryAuditRequest{}, false},
		{"prune without a digest", `{"log": "AUDIT_LOG_NODE", "before": "5"}`, &apiv1.PruneAuditRequest{}, false},
		{"prune no log", `{"before": "5", "exported": "sha256:` + hex64 + `"}`, &apiv1.PruneAuditRequest{}, false},
		{"bootstrap", `{"secret": "mrb_abc_DEF", "principal": "principals/user/ada"}`, &apiv1.BootstrapRequest{}, true},
		{"bootstrap a service", `{"secret": "mrb_abc_DEF", "principal": "principals/service/ci"}`, &apiv1.BootstrapRequest{}, false},
		{"backup outside the folder", `{"name": "backups/.."}`, &apiv1.InspectBackupRequest{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := protojson.Unmarshal([]byte(tt.text), tt.to); err != nil {
				t.Fatal(err)
			}
			if err := protovalidate.Validate(tt.to); (err == nil) != tt.good {
				t.Errorf("got %v", err)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	for _, m := range []proto.Message{
		&apiv1.GetModuleRequest{Name: "modules/acme/pay@1.2.0"},
		&apiv1.DiscoverRequest{Query: &apiv1.Query{Require: []string{"text.process>=1"}, Text: "upper"}, PageSize: 20},
	} {
		b.Run(string(m.ProtoReflect().Descriptor().Name()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := protovalidate.Validate(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
