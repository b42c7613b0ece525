package cedarauthz_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
	"github.com/modreg/modreg/authz/cedarauthz"
)

// benchPolicy has n bindings of users and groups in 100 namespaces; every fifth has conditions.
func benchPolicy(n int) *authz.Policy {
	p := &authz.Policy{Revision: "bench"}
	roles := []string{authz.RoleViewer, authz.RoleDeveloper, authz.RoleOperator, authz.RoleAdmin}
	for i := range n {
		b := authz.Binding{
			ID: fmt.Sprintf("b%d", i), Role: roles[i%len(roles)], Subject: authz.Subject{Kind: authz.User, ID: fmt.Sprintf("u%d", i)},
			Scope: authz.Path{Kind: authz.KindNamespace, ID: fmt.Sprintf("ns%d", i%100)},
		}
		if i%3 == 0 {
			b.Subject = authz.Subject{Kind: authz.Group, ID: fmt.Sprintf("g%d", i)}
		}
		if i%5 == 0 {
			b.When = authz.Conditions{MFAAge: time.Hour, NotAfter: authztest.Time().AddDate(1, 0, 0)}
		}
		p.Bindings = append(p.Bindings, b)
	}
	return p
}

// benchRequests are about 1,000 principals and resources: half of them have something bound to them, directly or through one of
// four groups.
func benchRequests(p *authz.Policy, action string, allow bool) []authz.Request {
	requests := make([]authz.Request, 1000)
	for i := range requests {
		b := p.Bindings[i%len(p.Bindings)]
		b.Subject.Kind = authz.User
		who := authz.Principal{Subject: b.Subject, Groups: []string{"staff", "g1000001", "g1000002", fmt.Sprintf("g%d", i%len(p.Bindings))}, MFA: authztest.Time()}
		at := b.Scope.ID
		if !allow {
			at = "elsewhere"
		}
		requests[i] = authz.Request{
			Principal: who, Action: action, Context: authz.Context{Time: authztest.Time()},
			Resource: authz.Resource{Path: authz.Path{Kind: authz.KindModule, ID: fmt.Sprintf("%s/m%d", at, i)}, Labels: map[string]string{"team": "a"}},
		}
	}
	return requests
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{30, 10_000} { // 30 bindings are 50 policies with the guard rails
		p := benchPolicy(n)
		a := new(cedarauthz.Authorizer)
		if err := a.Load(p); err != nil {
			b.Fatal(err)
		}
		for _, action := range []string{"module:read", "module:start"} {
			for _, allow := range []bool{true, false} {
				requests := benchRequests(p, action, allow)
				b.Run(fmt.Sprintf("bindings=%d/%s/allow=%t", n, action, allow), func(b *testing.B) {
					b.ReportAllocs()
					i := 0
					for b.Loop() {
						a.Decide(context.Background(), requests[i%len(requests)])
						i++
					}
				})
			}
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{30, 10_000} {
		p := benchPolicy(n)
		b.Run(fmt.Sprintf("bindings=%d/first", n), func(b *testing.B) {
			for b.Loop() {
				if err := new(cedarauthz.Authorizer).Load(p); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("bindings=%d/one changed", n), func(b *testing.B) {
			a := new(cedarauthz.Authorizer)
			for b.Loop() {
				next := *p
				next.Bindings = append([]authz.Binding(nil), p.Bindings...)
				next.Bindings[0].Role = authz.RoleAuditor
				if err := a.Load(&next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
