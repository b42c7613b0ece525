package cedarauthz

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/modreg/modreg/authz"
)

// bindingRule compiles a binding. Which actions its role has is in the entities of the actions.
func bindingRule(b *authz.Binding) *rule {
	d := &draft{Policy: ast.Permit()}
	d.head(b.Subject, b.Scope)
	d.ActionIn(uidOfAction("role/" + b.Role))
	d.conditions(&b.When)
	return d.done("binding/"+b.ID, 0, bitset{})
}

// forbidRule compiles a forbid.
func forbidRule(f *authz.Forbid) *rule {
	d := &draft{Policy: ast.Forbid()}
	d.head(f.Subject, f.Scope)
	on := everything()
	if len(f.Actions) > 0 {
		on = bitset{}
		uids := make([]types.EntityUID, len(f.Actions))
		for i, name := range f.Actions {
			uids[i] = uidOfAction(name)
		}
		for i, a := range authz.Actions() {
			if slices.Contains(f.Actions, a.Name) {
				on.add(i)
			}
		}
		d.ActionInSet(uids...)
	}
	d.until(f.NotAfter)
	return d.done("forbid/"+f.ID, 0, on)
}

// head sets who the policy is for and where; all resources are in the fleet.
func (d *draft) head(s authz.Subject, scope authz.Path) {
	switch {
	case s.Kind == authz.Group:
		d.PrincipalIn(uidOfSubject(s))
		d.needs |= needGroups
	case !s.IsZero():
		d.PrincipalEq(uidOfSubject(s))
	}
	if scope != authz.Fleet() {
		d.ResourceIn(uidOfPath(scope))
		d.needs |= needPlaces
	}
}

func (d *draft) until(t time.Time) {
	if !t.IsZero() {
		// As a call and not as a value: the validator panics on values that are neither numbers, words nor entities.
		d.When(d.always(attrNow).LessThan(ast.DatetimeExtensionCall(ast.String(t.UTC().Format(time.RFC3339)))))
	}
}

func (d *draft) conditions(c *authz.Conditions) {
	d.until(c.NotAfter)
	if len(c.Networks) > 0 {
		d.When(d.maybe(attrAddress, func(from ast.Node) ast.Node {
			return anyOf(c.Networks, func(n netip.Prefix) ast.Node { return from.IsInRange(ast.IPExtensionCall(ast.String(n.String()))) })
		}))
	}
	if c.Hours != nil {
		d.When(d.hours(c.Hours))
	}
	if c.MFAAge > 0 {
		d.When(d.maybe(attrMFAAge, func(is ast.Node) ast.Node { return is.LessThanOrEqual(ast.Long(c.MFAAge.Milliseconds())) }))
	}
	if c.Approval {
		d.When(d.approved())
	}
	if len(c.Environments) > 0 {
		d.When(words(c.Environments).Contains(d.resource(attrEnvironment)))
	}
	if len(c.DataClasses) > 0 {
		handled := d.resource(attrDataClasses)
		d.When(ast.Not(handled.IsEmpty()).And(words(c.DataClasses).ContainsAll(handled)))
	}
	for _, k := range slices.Sorted(maps.Keys(c.Labels)) {
		d.needs |= needLabels
		d.When(ast.Resource().HasTag(ast.String(k)).And(ast.Resource().GetTag(ast.String(k)).Equal(ast.String(c.Labels[k]))))
	}
}

// hours holds within the hours. Those that end on the day after have two parts.
func (d *draft) hours(h *authz.Hours) ast.Node {
	minute := d.always(attrMinute)
	if h.From < h.To {
		in := minute.GreaterThanOrEqual(ast.Long(h.From)).And(minute.LessThan(ast.Long(h.To)))
		return d.onDays(h.Days, 0, in)
	}
	return d.onDays(h.Days, 0, minute.GreaterThanOrEqual(ast.Long(h.From))).
		Or(d.onDays(h.Days, 1, minute.LessThan(ast.Long(h.To))))
}

// onDays holds if cond does, on some days of the week or so many days after.
func (d *draft) onDays(days []time.Weekday, after int, cond ast.Node) ast.Node {
	if len(days) == 0 {
		return cond
	}
	var set []ast.Node
	for _, day := range days {
		set = append(set, ast.Long((int(day)+after)%7))
	}
	return ast.Set(set...).Contains(d.always(attrWeekday)).And(cond)
}

func words(list []string) ast.Node {
	nodes := make([]ast.Node, len(list))
	for i, w := range list {
		nodes[i] = ast.String(w)
	}
	return ast.Set(nodes...)
}

func anyOf[T any](list []T, cond func(T) ast.Node) ast.Node {
	node := cond(list[0])
	for _, x := range list[1:] {
		node = node.Or(cond(x))
	}
	return node
}
