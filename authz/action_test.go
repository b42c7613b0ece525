package authz_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/authz"
)

func TestActions_areARegistry(t *testing.T) {
	t.Parallel()
	grammar := regexp.MustCompile(`^[a-z]+:[a-z]+$`)
	seen := ""
	for _, a := range authz.Actions() {
		if !grammar.MatchString(a.Name) || a.Name <= seen {
			t.Errorf("%q is no name, or not after %q", a.Name, seen)
		}
		seen = a.Name
		if !slices.Contains(authz.Kinds(), a.Kind) || a.About == "" || strings.ToLower(a.About[:1]) != a.About[:1] {
			t.Errorf("%s: kind %q, about %q", a.Name, a.Kind, a.About)
		}
		if (a.StepUp || a.TwoPerson) && !a.Mutates && a.Name != "key:export" {
			t.Errorf("%s asks for more and changes nothing", a.Name)
		}
		if !slices.Contains(authz.KindsOf(a), a.Kind) || !slices.Contains(authz.KindsOf(a), authz.KindFleet) {
			t.Errorf("%s: kinds %v", a.Name, authz.KindsOf(a))
		}
		if got, ok := authz.LookupAction(a.Name); !ok || got != a {
			t.Errorf("LookupAction(%q) = %+v, %t", a.Name, got, ok)
		}
		if !a.By(authz.System) || a.By(authz.Group) || a.By("") {
			t.Errorf("%s: by whom?", a.Name)
		}
	}
	for _, name := range []string{"", "module", "module:", "module:READ", "module:read ", "modulе:read"} {
		if _, ok := authz.LookupAction(name); ok {
			t.Errorf("%q is an action", name)
		}
	}
}

func TestActions_cover(t *testing.T) {
	t.Parallel()
	for noun, verbs := range map[string]string{
		"module":     "read publish validate install start stop upgrade rollback remove invoke configure",
		"permission": "grant revoke", "secret": "write use rotate", "role": "read bind edit", "token": "create revoke",
		"audit": "read export verify", "incident": "read ack close", "response": "execute override",
		"policy": "read edit simulate", "fleet": "join leave config", "compliance": "read export",
	} {
		for verb := range strings.FieldsSeq(verbs) {
			if _, ok := authz.LookupAction(noun + ":" + verb); !ok {
				t.Errorf("there is no %s:%s", noun, verb)
			}
		}
	}
	if _, ok := authz.LookupAction("secret:read"); ok {
		t.Error("secrets can be read")
	}
}

func TestBundled_keepDutiesApart(t *testing.T) {
	t.Parallel()
	roles := map[string]authz.Role{}
	for _, r := range authz.Bundled() {
		if err := r.Check(); err != nil {
			t.Error(err)
		}
		roles[r.Name] = r
	}
	for _, a := range authz.Actions() {
		auditor, admin := roles[authz.RoleAuditor], roles[authz.RoleAdmin]
		if a.Mutates && auditor.Allows(a.Name) {
			t.Errorf("auditors change something: %s", a.Name)
		}
		if !admin.MayGive(a.Name) {
			t.Errorf("nobody could ever give %s", a.Name)
		}
		if without := a.Name == "audit:prune" || a.Name == "response:override"; without && admin.Allows(a.Name) {
			t.Errorf("admins have %s", a.Name)
		}
		for name, r := range roles {
			if viewer := roles[authz.RoleViewer]; viewer.Allows(a.Name) && !r.Allows(a.Name) {
				t.Errorf("%s cannot %s, and viewers can", name, a.Name)
			}
			if name != authz.RoleAdmin && len(r.Grants) > 0 {
				t.Errorf("%s gives what it lacks", name)
			}
		}
	}
	authz.Bundled()[0].Actions[0] = "spoiled"
	if authz.Bundled()[0].Actions[0] == "spoiled" {
		t.Error("the bundled roles can be changed")
	}
}
