package authz_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func path(t *testing.T, text string) authz.Path {
	t.Helper()
	p, err := authz.ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func subject(t *testing.T, text string) authz.Subject {
	t.Helper()
	s, err := authz.ParseSubject(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func who(t *testing.T, text string, groups ...string) authz.Principal {
	t.Helper()
	return authz.Principal{Subject: subject(t, text), Groups: groups, MFA: authztest.Time()}
}

func bind(t *testing.T, id, to, role, scope string) authz.Binding {
	t.Helper()
	return authz.Binding{ID: id, Subject: subject(t, to), Role: role, Scope: path(t, scope)}
}

func policy(bindings ...authz.Binding) *authz.Policy {
	return &authz.Policy{Revision: "r1", Bindings: bindings}
}

func ask(t *testing.T, p authz.Principal, action, resource string) authz.Request {
	t.Helper()
	return authz.Request{
		Principal: p, Action: action, Resource: authz.Resource{Path: path(t, resource)},
		Context: authz.Context{Time: authztest.Time()},
	}
}

func decide(t *testing.T, p *authz.Policy, r authz.Request) authz.Decision {
	t.Helper()
	ref, err := authz.NewReference(p)
	if err != nil {
		t.Fatal(err)
	}
	return ref.Decide(context.Background(), r)
}

// broken returns the rules that a change breaks, in order, each once.
func broken(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	change, ok := errors.AsType[*authz.ChangeError](err)
	if !ok || len(change.Violations) == 0 || err.Error() == "" {
		t.Fatalf("%v is no ChangeError", err)
	}
	var rules []string
	for _, v := range change.Violations {
		rules = append(rules, v.Rule)
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
