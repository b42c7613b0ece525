package authz

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The bundled roles. They are part of the program and cannot be changed.
const (
	RoleViewer    = "viewer"    // sees modules and nodes
	RoleDeveloper = "developer" // publishes, and calls
	RoleOperator  = "operator"  // installs, runs and configures
	RoleSecurity  = "security"  // quarantines, revokes, answers incidents
	RoleAuditor   = "auditor"   // reads everything, changes nothing
	RoleAdmin     = "admin"     // users, roles, settings; lifts no quarantine alone and deletes no audit log
)

// A Role is a set of actions with a name.
type Role struct {
	Name    string   `json:"name"`
	About   string   `json:"about,omitempty"`
	Actions []string `json:"actions"` // in ascending order, each once
	// Grants is what who holds the role may give to others without having it, in the same form.
	Grants []string `json:"grants,omitempty"`
}

// maxAbout is the most bytes that free words of an administrator have.
const maxAbout = 256

// Allows reports whether the role gives an action.
func (r *Role) Allows(action string) bool { return has(r.Actions, action) }

// MayGive reports whether who holds the role may give an action to others.
func (r *Role) MayGive(action string) bool { return has(r.Actions, action) || has(r.Grants, action) }

// Check reports what of r is unknown or outside the grammar or the limits.
func (r *Role) Check() error {
	if fault := wordFault(r.Name); fault != "" {
		return errors.New("role: the name: " + fault)
	}
	if fault := wordsFault(r.About); fault != "" {
		return fmt.Errorf("role %q: about: %s", r.Name, fault)
	}
	if len(r.Actions) == 0 {
		return fmt.Errorf("role %q: it gives no action", r.Name)
	}
	if err := checkActions(r.Actions); err != nil {
		return fmt.Errorf("role %q: actions: %w", r.Name, err)
	}
	if err := checkActions(r.Grants); err != nil {
		return fmt.Errorf("role %q: grants: %w", r.Name, err)
	}
	return nil
}

func has(sorted []string, s string) bool {
	_, ok := slices.BinarySearch(sorted, s)
	return ok
}

// checkActions reports whether names are of known actions, in ascending order, each once.
func checkActions(names []string) error {
	for i, name := range names {
		if _, ok := LookupAction(name); !ok {
			return fmt.Errorf("the action at %d is not in the registry", i)
		}
		if i > 0 && names[i-1] >= name {
			return fmt.Errorf("%q is not in ascending order", name)
		}
	}
	return nil
}

// Bundled returns the bundled roles in the order of names. The values are the caller's.
func Bundled() []Role {
	list := slices.Clone(bundled())
	for i := range list {
		list[i].Actions = slices.Clone(list[i].Actions)
		list[i].Grants = slices.Clone(list[i].Grants)
	}
	return list
}

// IsBundled reports whether a name is that of a bundled role.
func IsBundled(name string) bool {
	return slices.ContainsFunc(bundled(), func(r Role) bool { return r.Name == name })
}

var bundled = sync.OnceValue(func() []Role {
	sees := []string{"module:read", "fleet:read", "node:read"}
	list := []Role{
		{Name: RoleViewer, About: "sees modules and nodes", Actions: sees},
		{Name: RoleDeveloper, About: "publishes modules, and calls them", Actions: append([]string{
			"module:publish", "module:validate", "module:invoke",
		}, sees...)},
		{Name: RoleOperator, About: "installs, runs and configures modules", Actions: append([]string{
			"module:validate", "module:install", "module:start", "module:stop", "module:upgrade", "module:rollback", "module:remove",
			"module:invoke", "module:configure", "permission:grant", "permission:revoke", "secret:write", "secret:rotate",
			"node:drain", "config:read", "config:edit", "backup:read", "backup:create", "backup:verify", "incident:read", "incident:ack",
		}, sees...)},
		{Name: RoleSecurity, About: "quarantines, revokes and answers incidents", Actions: append([]string{
			"module:stop", "permission:revoke", "secret:rotate", "token:read", "token:revoke", "principal:read", "principal:disable",
			"role:read", "policy:read", "policy:edit", "policy:simulate", "incident:read", "incident:ack", "incident:close",
			"response:execute", "response:override", "audit:read", "audit:verify", "audit:hold", "audit:prune",
			"key:rotate", "trust:read", "trust:edit", "compliance:read", "config:read",
		}, sees...)},
		{Name: RoleAuditor, About: "reads everything, the audit log included, and changes nothing", Actions: readOnly()},
		{Name: RoleAdmin, About: "users, roles and settings; lifts no quarantine and deletes no audit log", Actions: admins(), Grants: all(func(Action) bool { return true })},
	}
	for i := range list {
		slices.Sort(list[i].Actions)
	}
	slices.SortFunc(list, func(a, b Role) int { return strings.Compare(a.Name, b.Name) })
	return list
})

func all(keep func(Action) bool) []string {
	var names []string
	for _, a := range registry().list {
		if keep(a) {
			names = append(names, a.Name)
		}
	}
	return names
}

// readOnly are the actions that change nothing and run nothing.
func readOnly() []string {
	return all(func(a Action) bool {
		return !a.Mutates && a.Name != "module:invoke" && a.Name != "module:validate" && a.Name != "secret:use"
	})
}

func admins() []string {
	return all(func(a Action) bool {
		switch a.Name {
		case "audit:prune", "response:override", "secret:use":
			return false
		}
		return true
	})
}
