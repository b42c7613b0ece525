package authz_test

import (
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	late := bind(t, "late", "group/ops", authz.RoleOperator, "namespace/acme")
	late.When.MFAAge = time.Minute
	p := policy(
		bind(t, "root", "user/root", authz.RoleAdmin, "fleet"),
		bind(t, "sec", "user/sec", authz.RoleSecurity, "fleet"),
		bind(t, "view", "user/ada", authz.RoleViewer, "fleet"),
		bind(t, "other", "user/ada", authz.RoleOperator, "namespace/beta"),
		late,
	)
	ref, err := authz.NewReference(p)
	if err != nil {
		t.Fatal(err)
	}
	if x := ref.Explain(ask(t, who(t, "user/root"), "audit:prune", "audit/registry")); len(x.Grantors) > 0 || x.Decision.Allow {
		t.Errorf("root could give to root: %v", x.Grantors)
	}
	r := ask(t, who(t, "user/ada"), "module:start", "module/acme/pay")
	for _, tt := range []struct {
		name  string
		set   func()
		words []string
	}{
		{"no binding", func() {}, []string{
			"denied: nothing that is bound to user/ada gives module:start on module/acme/pay", "missing: a role with module:start (admin, operator) bound on module/acme/pay or above",
			"binding view: role viewer for user/ada on fleet does not give the action", "does not reach the resource", "can give it: user/root",
		}},
		{"a condition", func() { r.Principal.Groups = []string{"ops"}; r.Principal.MFA = time.Time{} }, []string{"missing: binding late: a second factor must have been proved within 1m0s"}},
		{"allowed", func() { r.Principal.MFA = authztest.Time() }, []string{"allowed: allowed by binding/late", "binding late: role operator for group/ops on namespace/acme gives it"}},
		{"quarantined", func() { r.Resource.Quarantined = true }, []string{"denied: it is in quarantine", "missing: it is in quarantine: the security role can lift"}},
		{"forbidden", func() {
			p.Forbids = []authz.Forbid{{ID: "f", Scope: authz.Fleet(), Reason: "stocktaking"}}
			r.Resource.Quarantined = false
		}, []string{"denied: forbidden: stocktaking", "missing: forbid f would have to end (stocktaking)"}},
		{"malformed", func() { r.Action = "module:fly" }, []string{"denied: the request cannot be decided", "missing: the action is not in the registry"}},
	} {
		tt.set()
		x := ref.Explain(r)
		text := x.String()
		for _, w := range tt.words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", tt.name, w, text)
			}
		}
		if x.Decision.Allow != (len(x.Missing) == 0) {
			t.Errorf("%s: allowed %t, missing %q", tt.name, x.Decision.Allow, x.Missing)
		}
	}
}

// An explanation says what the decision says.
func TestExplain_agrees(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		w := authztest.NewWorld(seed)
		ref, err := authz.NewReference(w.Policy())
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			r := w.Request()
			x := ref.Explain(r)
			gives := len(x.Builtin) > 0
			for i := range x.Bindings {
				gives = gives || x.Bindings[i].Gives()
			}
			if len(x.Decision.Errors) == 0 && x.Decision.Allow != (gives && len(x.Guards) == 0 && len(x.Forbids) == 0) || x.Decision.Allow != (len(x.Missing) == 0) {
				t.Fatalf("seed %d: %+v", seed, x)
			}
		}
	}
}
