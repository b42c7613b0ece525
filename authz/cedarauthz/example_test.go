package cedarauthz_test

import (
	"fmt"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/cedarauthz"
)

func ExampleAuthorizer_Policies() {
	acme, _ := authz.ParsePath("namespace/acme")
	ops, _ := authz.ParseSubject("group/ops")
	var a cedarauthz.Authorizer
	err := a.Load(&authz.Policy{
		Revision: "access/12",
		Bindings: []authz.Binding{{ID: "acme-ops", Subject: ops, Role: authz.RoleOperator, Scope: acme, When: authz.Conditions{Approval: true}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for id, text := range a.Policies() {
		if id == "binding/acme-ops" {
			fmt.Println(text)
		}
	}
	// Output:
	// @id("binding/acme-ops")
	// permit (
	//     principal in Who::Group::"ops",
	//     action in Action::"role/operator",
	//     resource in On::Namespace::"acme"
	// )
	// when { context has approver && context.approver != principal.name };
}
