package cedarauthz

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/ast"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func adaAt(path authz.Path, action string) authz.Request {
	return authz.Request{
		Principal: authz.Principal{Subject: authz.Subject{Kind: authz.User, ID: "ada"}, MFA: authztest.Time()}, Action: action,
		Resource: authz.Resource{Path: path}, Context: authz.Context{Time: authztest.Time()},
	}
}

func policyOf(revision, role string) *authz.Policy {
	return &authz.Policy{Revision: revision, Bindings: []authz.Binding{
		{ID: "b", Subject: authz.Subject{Kind: authz.User, ID: "ada"}, Role: role, Scope: authz.Fleet()},
	}}
}

func module() authz.Path { return authz.Path{Kind: authz.KindModule, ID: "acme/pay"} }

func load(t *testing.T, p *authz.Policy) *Authorizer {
	t.Helper()
	a := new(Authorizer)
	if err := a.Load(p); err != nil {
		t.Fatal(err)
	}
	return a
}

// The engine skips a forbid that it cannot evaluate, and allows; this package must not.
func TestDecide_erroringForbidDenies(t *testing.T) {
	t.Parallel()
	a := load(t, policyOf("r1", authz.RoleOperator))
	s := a.current.Load()
	r := adaAt(module(), "module:start")
	if !s.decide(&r).Allow {
		t.Fatal("ada cannot start a module")
	}
	broken := &draft{Policy: ast.Forbid()}
	broken.When(ast.Resource().Access("no_such_attribute").Equal(ast.String("x")))
	s.add(authz.Subject{}, authz.Fleet(), broken.done("forbid/broken", 0, everything()))

	q := &query{set: s}
	e := s.actions[r.Action]
	n := q.find(&r, e)
	q.fill(&r, n)
	verdict, why := cedar.Authorize(q, q, cedar.Request{
		Principal: q.principal.UID, Action: e.uid, Resource: q.resource.UID, Context: contextRecord(&r, n),
	})
	if verdict != cedar.Allow || len(why.Errors) != 1 {
		t.Fatalf("the engine no longer fails open: %v, %+v; think about what this package does", verdict, why)
	}
	d := s.decide(&r)
	if d.Allow || len(d.Errors) != 1 || !strings.Contains(d.Errors[0], "forbid/broken") || len(d.Policies) > 0 || d.Revision != "r1" {
		t.Errorf("a forbid that cannot be evaluated: %+v", d)
	}
}

func TestDecide_erroringPermitDenies(t *testing.T) {
	t.Parallel()
	s := load(t, policyOf("r1", authz.RoleOperator)).current.Load()
	broken := &draft{Policy: ast.Permit()}
	broken.When(ast.Context().Access("no_such_attribute"))
	s.add(authz.Subject{}, authz.Fleet(), broken.done("binding/broken", 0, everything()))
	r := adaAt(module(), "module:start")
	if d := s.decide(&r); d.Allow || len(d.Errors) == 0 {
		t.Errorf("a permit that cannot be evaluated: %+v", d)
	}
}

func TestLoad_refusesWhatCannotBeEvaluated(t *testing.T) {
	t.Parallel()
	s := compile(policyOf("r1", authz.RoleOperator), nil)
	if err := s.validate(nil); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(d *draft){
		"unknown attribute": func(d *draft) { d.When(ast.Resource().Access("no_such_attribute").Equal(ast.String("x"))) },
		"unsure attribute":  func(d *draft) { d.When(ast.Context().Access(attrMFAAge).LessThan(ast.Long(5))) },
		"types":             func(d *draft) { d.When(ast.Resource().Access(attrTrust).LessThan(ast.Long(5))) },
		"no Boolean":        func(d *draft) { d.When(ast.Resource().Access(attrTrust)) },
		"what breaks it":    func(d *draft) { d.When(d.always(attrNow).LessThan(ast.Datetime(authztest.Time()))) },
	} {
		s := compile(policyOf("r1", authz.RoleOperator), nil)
		d := &draft{Policy: ast.Forbid()}
		spoil(d)
		s.add(authz.Subject{}, authz.Fleet(), d.done("forbid/spoiled", 0, everything()))
		if err := s.validate(nil); err == nil || !strings.Contains(err.Error(), "forbid/spoiled") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoad_rehearses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(s *set){
		"everybody": func(s *set) {
			s.add(authz.Subject{}, authz.Fleet(), (&draft{Policy: ast.Permit()}).done("binding/all", 0, everything()))
		},
		"no guards": func(s *set) {
			for _, e := range s.actions {
				e.rules = nil
			}
		},
		"quarantine": func(s *set) { drop(s, authz.GuardQuarantine) },
		"production": func(s *set) { drop(s, authz.GuardProduction) },
		"step-up":    func(s *set) { drop(s, authz.GuardStepUp) },
		"disabled":   func(s *set) { drop(s, authz.GuardDisabled) },
	} {
		s := compile(policyOf("r1", authz.RoleAdmin), nil)
		if err := s.rehearse(); err != nil {
			t.Fatal(err)
		}
		spoil(s)
		if s.rehearse() == nil {
			t.Errorf("%s: nothing is noticed", name)
		}
	}
}

func drop(s *set, id string) {
	for _, e := range s.actions {
		e.rules = slices.DeleteFunc(slices.Clone(e.rules), func(r *rule) bool { return r.id == id })
	}
}

func TestDecide_deniesBeforeLoad(t *testing.T) {
	t.Parallel()
	var a Authorizer
	if d := a.Decide(context.Background(), adaAt(module(), "module:read")); d.Allow || len(d.Errors) == 0 {
		t.Errorf("before the first policy: %+v", d)
	}
	if _, ok := a.Revision(); ok || a.Text() != "" || a.Schema() != "" || a.Err() != nil {
		t.Error("there is something before the first policy")
	}
	bad := policyOf("r1", "gone")
	if err := a.Load(bad); err == nil || a.Err() == nil {
		t.Fatal("a policy with an unknown role is loaded")
	}
	if d := a.Decide(context.Background(), adaAt(module(), "module:read")); d.Allow {
		t.Errorf("after a policy that was refused: %+v", d)
	}
}

func TestLoad_keepsLastGood(t *testing.T) {
	t.Parallel()
	a := load(t, policyOf("good", authz.RoleViewer))
	if err := a.Load(policyOf("bad", "gone")); err == nil {
		t.Fatal("a bad policy is loaded")
	}
	d := a.Decide(context.Background(), adaAt(module(), "module:read"))
	if rev, _ := a.Revision(); !d.Allow || d.Revision != "good" || rev != "good" || a.Err() == nil {
		t.Errorf("after a bad policy: %+v, revision %s, error %v", d, rev, a.Err())
	}
	if err := a.Load(policyOf("next", authz.RoleOperator)); err != nil || a.Err() != nil {
		t.Fatal(err)
	}
	if d := a.Decide(context.Background(), adaAt(module(), "module:start")); !d.Allow || d.Revision != "next" {
		t.Errorf("after the next policy: %+v", d)
	}
}

// A change of a binding or a role counts, although what did not change is taken over.
func TestLoad_takesOverWhatStayed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		w := authztest.NewWorld(500 + seed)
		a := load(t, w.Policy())
		for range 3 {
			p := w.Policy()
			if err := a.Load(p); err != nil {
				t.Fatal(err)
			}
			fresh := load(t, p)
			if a.Text() != fresh.Text() || a.Schema() != fresh.Schema() {
				t.Fatalf("seed %d: one after another gives another text", seed)
			}
			for range 100 {
				r := w.Request()
				if got, want := a.Decide(context.Background(), r), fresh.Decide(context.Background(), r); got.Allow != want.Allow || !slices.Equal(got.Policies, want.Policies) {
					t.Fatalf("seed %d: %+v, want %+v", seed, got, want)
				}
			}
		}
	}
}

// While policies are swapped, every decision is that of one of them, whole.
func TestLoad_swapsWhole(t *testing.T) {
	t.Parallel()
	policies := []*authz.Policy{policyOf("viewer", authz.RoleViewer), policyOf("operator", authz.RoleOperator)}
	a := load(t, policies[0])
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if d := a.Decide(context.Background(), adaAt(module(), "module:start")); d.Allow != (d.Revision == "operator") || len(d.Errors) > 0 {
					t.Errorf("between two policies: %+v", d)
					return
				}
			}
		})
	}
	for i := range 20 {
		if err := a.Load(policies[i%2]); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}
