package authztest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/modreg/modreg/authz"
)

// A Factory makes the authorizer of a policy.
type Factory func(*authz.Policy) (authz.Authorizer, error)

// Run tests that the authorizers of a factory keep the contract. The subtests run in parallel.
func Run(t *testing.T, factory Factory) {
	t.Helper()
	t.Run("matrix", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, factory)
	})
	for part := range 4 {
		t.Run(fmt.Sprintf("random %d", part), func(t *testing.T) {
			t.Parallel()
			testRandom(t, factory, uint64(part*policies), policies/4)
		})
	}
	t.Run("more forbids allow no more", func(t *testing.T) {
		t.Parallel()
		testMonotonic(t, factory, 1000, func(w *World, p *authz.Policy) {
			for i := range 5 {
				p.Forbids = append(p.Forbids, w.Forbid(fmt.Sprintf("more%d", i)))
			}
		})
	})
	t.Run("fewer bindings allow no more", func(t *testing.T) {
		t.Parallel()
		testMonotonic(t, factory, 2000, func(w *World, p *authz.Policy) {
			if n := len(p.Bindings); n > 0 {
				i := w.rand.IntN(n)
				p.Bindings = slices.Delete(p.Bindings, i, i+1)
			}
		})
	})
	t.Run("more conditions allow no more", func(t *testing.T) {
		t.Parallel()
		testMonotonic(t, factory, 3000, func(w *World, p *authz.Policy) {
			for i := range p.Bindings {
				if c := w.Conditions(); p.Bindings[i].When.Includes(&c) {
					p.Bindings[i].When = c
				}
			}
		})
	})
	t.Run("faults", func(t *testing.T) {
		t.Parallel()
		testFaults(t, factory)
	})
}

func make2(t *testing.T, factory Factory, p *authz.Policy) (authz.Authorizer, *authz.Reference) {
	t.Helper()
	a, err := factory(p)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := authz.NewReference(p)
	if err != nil {
		t.Fatal(err)
	}
	return a, ref
}

// compare decides twice and reports a difference.
func compare(t *testing.T, a authz.Authorizer, ref *authz.Reference, r authz.Request, hint func() string) authz.Decision {
	t.Helper()
	want := ref.Decide(context.Background(), r)
	got := a.Decide(context.Background(), r)
	if got.Allow != want.Allow || got.Reason != want.Reason || got.Revision != want.Revision ||
		!slices.Equal(got.Policies, want.Policies) || len(got.Errors) != len(want.Errors) {
		t.Fatalf("%s\nrequest %+v\n got %+v\nwant %+v", hint(), r, got, want)
	}
	return want
}

// testMatrix compares every role with every action on every scope, for resources in the scope and beside it.
func testMatrix(t *testing.T, factory Factory) {
	t.Helper()
	w := NewWorld(1)
	var p authz.Policy
	p.Revision = "matrix"
	roles := authz.Bundled()
	for _, scope := range w.paths {
		for _, r := range roles {
			id := fmt.Sprintf("b%d", len(p.Bindings))
			p.Bindings = append(p.Bindings, authz.Binding{ID: id, Role: r.Name, Scope: scope, Subject: authz.Subject{Kind: authz.User, ID: id}})
		}
	}
	a, ref := make2(t, factory, &p)
	allowed, n := 0, 0
	for i, b := range p.Bindings {
		for _, action := range w.actions {
			for k, at := range w.paths {
				if (i+k)%3 != 0 && at != b.Scope {
					continue // a third of the places, and the scope itself
				}
				r := authz.Request{
					Principal: authz.Principal{Subject: b.Subject, MFA: Time()}, Action: action.Name,
					Resource: authz.Resource{Path: at}, Context: authz.Context{Time: Time()},
				}
				if compare(t, a, ref, r, func() string { return "matrix" }).Allow {
					allowed++
				}
				n++
			}
		}
	}
	if allowed == 0 || allowed == n {
		t.Errorf("%d of %d are allowed: the matrix compares nothing", allowed, n)
	}
}

func testRandom(t *testing.T, factory Factory, first uint64, count int) {
	t.Helper()
	allowed := 0
	for seed := first; seed < first+uint64(count); seed++ {
		w := NewWorld(seed)
		p := w.Policy()
		a, ref := make2(t, factory, p)
		for i := range requests {
			hint := func() string { return fmt.Sprintf("seed %d, request %d, policy %+v", seed, i, p) }
			if compare(t, a, ref, w.Request(), hint).Allow {
				allowed++
			}
		}
	}
	if total := count * requests; allowed < total/50 || allowed > total/2 {
		t.Errorf("%d of %d are allowed: too one-sided to compare much", allowed, total)
	}
}

// testMonotonic changes policies in a way that must never allow more.
func testMonotonic(t *testing.T, factory Factory, first uint64, narrow func(*World, *authz.Policy)) {
	t.Helper()
	lost := 0
	for seed := first; seed < first+8; seed++ {
		w := NewWorld(seed)
		p := w.Policy()
		narrower := *p
		narrower.Bindings, narrower.Forbids = slices.Clone(p.Bindings), slices.Clone(p.Forbids)
		narrow(w, &narrower)
		before, _ := make2(t, factory, p)
		after, _ := make2(t, factory, &narrower)
		for range 800 {
			r := w.Request()
			was, is := before.Decide(context.Background(), r), after.Decide(context.Background(), r)
			if is.Allow && !was.Allow {
				t.Fatalf("seed %d: %+v is allowed now by %v, and was denied: %s", seed, r, is.Policies, was.Reason)
			}
			if was.Allow && !is.Allow {
				lost++
			}
		}
	}
	if lost == 0 {
		t.Error("nothing was allowed less: the changes changed nothing")
	}
}

// testFaults gives policies that must be refused.
func testFaults(t *testing.T, factory Factory) {
	t.Helper()
	for name, spoil := range map[string]func(*authz.Policy){
		"no revision":    func(p *authz.Policy) { p.Revision = "" },
		"unknown role":   func(p *authz.Policy) { p.Bindings[0].Role = "gone" },
		"bundled role":   func(p *authz.Policy) { p.Roles[0].Name = authz.RoleAdmin },
		"unknown action": func(p *authz.Policy) { p.Roles[0].Actions = []string{"module:fly"} },
		"two bindings":   func(p *authz.Policy) { p.Bindings = append(p.Bindings, p.Bindings[0]) },
		"no scope":       func(p *authz.Policy) { p.Bindings[0].Scope = authz.Path{} },
		"nobody":         func(p *authz.Policy) { p.Bindings[0].Subject = authz.Subject{} },
		"quoted subject": func(p *authz.Policy) { p.Bindings[0].Subject.ID = "a\", action, resource); permit(principal" },
	} {
		p := &authz.Policy{
			Revision: "r1", Roles: []authz.Role{{Name: "custom", Actions: []string{"module:read"}}},
			Bindings: []authz.Binding{{ID: "b", Subject: authz.Subject{Kind: authz.User, ID: "ada"}, Role: "custom", Scope: authz.Fleet()}},
		}
		if _, err := factory(p); err != nil {
			t.Fatal(err)
		}
		spoil(p)
		if _, err := factory(p); err == nil {
			t.Errorf("%s: the policy was accepted", name)
		}
	}
}
