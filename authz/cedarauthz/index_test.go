package cedarauthz

import (
	"iter"
	"slices"
	"testing"

	"github.com/cedar-policy/cedar-go"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

// flat gives the engine every policy of a set, and everything there is to know of a request.
type flat struct{ *query }

func (f flat) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range f.set.rules {
			if !yield(cedar.PolicyID(r.id), r.policy) {
				return
			}
		}
	}
}

func askFlat(s *set, policies func(*query) cedar.PolicyIterator, r *authz.Request) (cedar.Decision, cedar.Diagnostic) {
	q := &query{set: s}
	q.fill(r, needsAll)
	return cedar.Authorize(policies(q), q, cedar.Request{
		Principal: q.principal.UID, Action: uidOfAction(r.Action), Resource: q.resource.UID, Context: contextRecord(r, needsAll),
	})
}

// The index leaves out only what would not have counted: without it, the same policies decide and nothing is an error.
func TestIndex_changesNothing(t *testing.T) {
	t.Parallel()
	compared := 0
	for seed := range uint64(15) {
		w := authztest.NewWorld(300 + seed)
		s := load(t, w.Policy()).current.Load()
		for range 500 {
			r := w.Request()
			if _, err := r.Check(); err != nil {
				continue
			}
			compared++
			verdict, why := askFlat(s, func(q *query) cedar.PolicyIterator { return flat{q} }, &r)
			var ids []string
			for _, reason := range why.Reasons {
				ids = append(ids, string(reason.PolicyID))
			}
			slices.Sort(ids)
			got := s.decide(&r)
			if len(why.Errors) > 0 || got.Allow != bool(verdict) || !slices.Equal(got.Policies, ids[:min(len(ids), authz.MaxPolicies)]) {
				t.Fatalf("seed %d: %+v\nwith the index %+v\nwithout %v %+v", seed, r, got, verdict, why)
			}
		}
	}
	if compared < 5000 {
		t.Errorf("%d requests are too few", compared)
	}
}

// The text that is shown is what decides: read by the engine's parser, it decides the same.
func TestText_isWhatDecides(t *testing.T) {
	t.Parallel()
	allowed := 0
	for seed := range uint64(12) {
		w := authztest.NewWorld(700 + seed)
		a := load(t, w.Policy())
		parsed, err := cedar.NewPolicySetFromBytes("policies.cedar", []byte(a.Text()))
		if err != nil {
			t.Fatal(err)
		}
		s := a.current.Load()
		for range 200 {
			r := w.Request()
			if _, err := r.Check(); err != nil {
				continue
			}
			verdict, why := askFlat(s, func(*query) cedar.PolicyIterator { return parsed }, &r)
			if got := s.decide(&r); len(why.Errors) > 0 || got.Allow != bool(verdict) {
				t.Fatalf("seed %d: %+v\ndecided %+v\nthe text says %v %+v", seed, r, got, verdict, why)
			}
			if verdict {
				allowed++
			}
		}
	}
	if allowed == 0 {
		t.Error("nothing was allowed")
	}
}

// Every guard rail has its policy, and nothing else is called one.
func TestBuiltin_hasEveryGuardRail(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, r := range load(t, &authz.Policy{Revision: "r1", Settings: authz.Settings{Strict: true}}).current.Load().rules {
		got = append(got, r.id)
	}
	for _, g := range authz.GuardRails() {
		want = append(want, g.ID)
	}
	want = append(want, authz.OwnManifest, authz.OwnThings)
	slices.Sort(got)
	slices.Sort(want)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("the guard rails are %v, want %v", got, want)
	}
}

func TestNames_coverKinds(t *testing.T) {
	t.Parallel()
	for _, kind := range authz.Kinds() {
		if typeOfKind(kind) == "" {
			t.Errorf("there is no type for %s", kind)
		}
	}
	if len(authz.Actions()) > len(bitset{})*64 {
		t.Error("a bitset has no room for all actions")
	}
	for i, k := range principalKinds {
		if got := (&set{}).factsOf(&authz.Request{Principal: authz.Principal{Subject: authz.Subject{Kind: k.kind}}}); got != 1<<i {
			t.Errorf("the fact of %s is %b", k.kind, got)
		}
	}
	if principalKinds[2].kind != authz.Module || isModule != 1<<2 {
		t.Error("modules have another place")
	}
}
