package authz_test

import (
	"context"
	"fmt"
	"time"

	"github.com/modreg/modreg/authz"
)

func Example() {
	acme, _ := authz.ParsePath("namespace/acme")
	pay, _ := authz.ParsePath("module/acme/pay")
	ops, _ := authz.ParseSubject("group/ops")
	ada, _ := authz.ParseSubject("user/ada")
	policy := &authz.Policy{
		Revision: "access/12",
		Bindings: []authz.Binding{{ID: "acme-ops", Subject: ops, Role: authz.RoleOperator, Scope: acme}},
	}
	reference, err := authz.NewReference(policy)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := authz.Request{
		Principal: authz.Principal{Subject: ada, Groups: []string{"ops"}},
		Action:    "module:start",
		Resource:  authz.Resource{Path: pay},
		Context:   authz.Context{Time: time.Now()},
	}
	fmt.Println(reference.Decide(context.Background(), request).Reason)
	request.Resource.Quarantined = true
	fmt.Println(reference.Decide(context.Background(), request).Reason)
	// Output:
	// allowed by binding/acme-ops
	// it is in quarantine: the security role can lift the quarantine
}
