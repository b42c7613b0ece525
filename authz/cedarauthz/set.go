package cedarauthz

import (
	"reflect"
	"slices"
	"sync"

	"github.com/cedar-policy/cedar-go/types"

	"github.com/modreg/modreg/authz"
)

// A set is one compiled policy. It does not change once it is made.
type set struct {
	policy   *authz.Policy
	rules    []*rule                 // all, in the order in which they are shown
	entities types.EntityMap         // actions and groups
	actions  map[string]*entry       // by name
	reach    map[authz.Subject]reach // bindings and forbids, by whom they are for; those for everybody under nobody
	holds    map[authz.Subject]facts // roles that guard rails ask for
	isIn     map[authz.Subject][]types.EntityUID
	bindings map[string]compiled // for the next set
	schema   string
	shapes   map[string]bool // that were checked against the schema
}

// An entry is what the index has for one action.
type entry struct {
	uid   types.EntityUID
	at    int     // its place in the registry
	rules []*rule // guard rails and built-in permissions
}

// reach is the policies for one subject, by the scope in their heads.
type reach map[authz.Path][]*rule

type compiled struct {
	binding authz.Binding
	rule    *rule
}

// compile makes a set of a policy that has no faults. It takes over what has not changed since the set before, which may be nil.
func compile(p *authz.Policy, before *set) *set {
	s := &set{
		policy: p, entities: types.EntityMap{}, actions: map[string]*entry{}, reach: map[authz.Subject]reach{},
		holds: map[authz.Subject]facts{}, isIn: map[authz.Subject][]types.EntityUID{}, bindings: make(map[string]compiled, len(p.Bindings)),
	}
	s.addActions()
	for _, r := range authz.Bundled() {
		path := authz.Path{Kind: authz.KindRole, ID: r.Name}
		s.add(authz.Subject{}, path, bundledGuard(path))
	}
	for i := range p.Forbids {
		f := &p.Forbids[i]
		s.add(f.Subject, f.Scope, forbidRule(f))
	}
	on := roleActions(p)
	for i := range p.Bindings {
		s.addBinding(&p.Bindings[i], on, before)
	}
	s.addGroups()
	s.schema = schemaOf(p)
	return s
}

// add puts a rule into the index.
func (s *set) add(who authz.Subject, where authz.Path, r *rule) {
	r.idle = !possible(r.on, where.Kind)
	s.rules = append(s.rules, r)
	if s.reach[who] == nil {
		s.reach[who] = reach{}
	}
	s.reach[who][where] = append(s.reach[who][where], r)
}

// possible reports whether one of some actions can be done to resources of a kind or below.
func possible(on bitset, kind string) bool {
	can := actionsOn()[kind]
	return on[0]&can[0]|on[1]&can[1] != 0
}

// actionsOn is the actions that can be done to resources of each kind or below.
var actionsOn = sync.OnceValue(func() map[string]bitset {
	on := map[string]bitset{}
	for i, a := range authz.Actions() {
		for _, kind := range authz.KindsOf(a) {
			bits := on[kind]
			bits.add(i)
			on[kind] = bits
		}
	}
	return on
})

func (s *set) addBinding(b *authz.Binding, on map[string]bitset, before *set) {
	var r rule
	var old compiled
	if before != nil {
		old = before.bindings[b.ID]
	}
	if old.rule != nil && reflect.DeepEqual(old.binding, *b) {
		r = *old.rule
	} else {
		r = *bindingRule(b)
	}
	r.on = on[b.Role]
	s.bindings[b.ID] = compiled{*b, &r}
	s.add(b.Subject, b.Scope, &r)
	for _, name := range guardRoles {
		if uid := uidOfRole(name); b.Role == name && !slices.Contains(s.isIn[b.Subject], uid) {
			s.isIn[b.Subject] = append(s.isIn[b.Subject], uid)
			s.holds[b.Subject] |= held(name)
		}
	}
}

// addActions puts the actions into the index and their entities into the groups and roles that have them.
func (s *set) addActions() {
	rules := builtin(s.policy.Settings)
	s.rules = append(s.rules, rules...)
	memberships := memberOf(s.policy)
	for i, a := range authz.Actions() {
		e := &entry{uid: uidOfAction(a.Name), at: i}
		for _, r := range rules {
			if r.on.has(i) {
				e.rules = append(e.rules, r)
			}
		}
		s.actions[a.Name] = e
		var parents []types.EntityUID
		for _, name := range memberships[a.Name] {
			parents = append(parents, uidOfAction(name))
		}
		s.entities[e.uid] = types.Entity{UID: e.uid, Parents: types.NewEntityUIDSet(parents...)}
	}
}

// addGroups makes the entities of groups that are in roles.
func (s *set) addGroups() {
	for subject, roles := range s.isIn {
		if uid := uidOfSubject(subject); subject.Kind == authz.Group {
			s.entities[uid] = types.Entity{UID: uid, Parents: types.NewEntityUIDSet(roles...)}
		}
	}
}

// roleActions returns the actions of each role.
func roleActions(p *authz.Policy) map[string]bitset {
	on := map[string]bitset{}
	for _, r := range append(authz.Bundled(), p.Roles...) {
		var bits bitset
		for i, a := range authz.Actions() {
			if r.Allows(a.Name) {
				bits.add(i)
			}
		}
		on[r.Name] = bits
	}
	return on
}

// memberOf returns, for each action, the groups of guard rails and the roles that it is in, as they are named in Cedar.
func memberOf(p *authz.Policy) map[string][]string {
	in := map[string][]string{}
	for _, g := range groups(p.Settings) {
		for _, a := range authz.Actions() {
			if g.has(a) {
				in[a.Name] = append(in[a.Name], g.name)
			}
		}
	}
	for _, r := range append(authz.Bundled(), p.Roles...) {
		for _, name := range r.Actions {
			in[name] = append(in[name], "role/"+r.Name)
		}
	}
	return in
}
