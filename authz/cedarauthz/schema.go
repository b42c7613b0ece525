package cedarauthz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modreg/modreg/authz"
)

// schemaOf returns the schema of the policies that a policy compiles to, in Cedar's own language.
func schemaOf(p *authz.Policy) string {
	var b strings.Builder
	b.WriteString("namespace Who {\n  entity Role, State;\n  entity Group in [Role];\n")
	for _, k := range principalKinds {
		attrs := "name: String"
		if k.kind == authz.Module {
			attrs += ", modules: Set<On::Module>, secrets: Set<On::Secret>"
		}
		fmt.Fprintf(&b, "  entity %s in [Group, Role, State] { %s };\n", local(string(k.uid)), attrs)
	}
	b.WriteString("}\n\nnamespace On {\n")
	for _, k := range resourceTypes {
		fmt.Fprintf(&b, "  entity %s%s {\n    quarantined: Bool, trust: String, environment: String, data_classes: Set<String>, owner: String\n  } tags String;\n",
			local(string(k.uid)), within(k.kind))
	}
	b.WriteString("}\n\ntype Circumstances = {\n  now: datetime, weekday: Long, minute: Long, address?: ipaddr, mfa_age?: Long, approver?: String, token_allows?: Bool\n};\n\n")
	writeActions(&b, p)
	return b.String()
}

func writeActions(b *strings.Builder, p *authz.Policy) {
	in := memberOf(p)
	var names []string
	for _, list := range in {
		names = append(names, list...)
	}
	for _, r := range append(authz.Bundled(), p.Roles...) {
		names = append(names, "role/"+r.Name)
	}
	for _, g := range groups(p.Settings) {
		names = append(names, g.name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		fmt.Fprintf(b, "action %q;\n", name)
	}
	var who []string
	for _, k := range principalKinds {
		who = append(who, string(k.uid))
	}
	for _, a := range authz.Actions() {
		var on []string
		for _, kind := range authz.KindsOf(a) {
			on = append(on, string(typeOfKind(kind)))
		}
		fmt.Fprintf(b, "\n@about(%q)\naction %q", a.About, a.Name)
		if len(in[a.Name]) > 0 {
			fmt.Fprintf(b, " in [%s]", quoted(in[a.Name]))
		}
		fmt.Fprintf(b, "\n  appliesTo { principal: [%s], resource: [%s], context: Circumstances };\n", strings.Join(who, ", "), strings.Join(on, ", "))
	}
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// within says what a kind of resource can be in.
func within(kind string) string {
	var in []string
	for _, k := range authz.KindsAbove(kind) {
		in = append(in, local(string(typeOfKind(k))))
	}
	if len(in) == 0 {
		return ""
	}
	return " in [" + strings.Join(in, ", ") + "]"
}

func quoted(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(q, ", ")
}
