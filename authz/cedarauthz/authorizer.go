package cedarauthz

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"

	"github.com/modreg/modreg/authz"
)

// An Authorizer decides by the policy that was loaded last. It is safe for concurrent use; a decision takes no lock. The zero value
// is ready, and denies everything until a policy is loaded.
type Authorizer struct {
	current atomic.Pointer[set]

	mu   sync.Mutex // held while loading
	last error      // of the last Load; guarded by mu
}

var _ authz.Authorizer = (*Authorizer)(nil)

// Load compiles a policy, checks what came out, and puts it in force at once and as a whole. Nobody may change the policy from
// then on. On an error, what was in force stays in force, and [Authorizer.Err] returns the error until a policy is loaded.
// Loads wait for each other.
func (a *Authorizer) Load(p *authz.Policy) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, err := build(p, a.current.Load())
	if err == nil {
		a.current.Store(next)
	} else {
		err = fmt.Errorf("load the policy: %w", err)
	}
	a.last = err
	return err
}

// build compiles and checks.
func build(p *authz.Policy, before *set) (*set, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s := compile(p, before)
	if err := s.validate(before); err != nil {
		return nil, err
	}
	if err := s.rehearse(); err != nil {
		return nil, err
	}
	return s, nil
}

// Err returns the error of the last [Authorizer.Load]; nil if it succeeded or there was none.
func (a *Authorizer) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// Revision returns the revision of the policy in force; false if there is none.
func (a *Authorizer) Revision() (string, bool) {
	s := a.current.Load()
	if s == nil {
		return "", false
	}
	return s.policy.Revision, true
}

// Decide implements [authz.Authorizer]. It denies, with errors in the decision, while no policy is loaded, if the request is malformed,
// and if any policy that may match cannot be evaluated.
func (a *Authorizer) Decide(_ context.Context, r authz.Request) authz.Decision {
	s := a.current.Load()
	if s == nil {
		return authz.Refuse("", "no policy is loaded")
	}
	return s.decide(&r)
}

func (s *set) decide(r *authz.Request) authz.Decision {
	if _, err := r.Check(); err != nil {
		return authz.Refuse(s.policy.Revision, err.Error())
	}
	q := queries.Get().(*query)
	defer q.release()
	q.set = s
	e := s.actions[r.Action]
	n := q.find(r, e)
	if len(q.rules) == 0 {
		return authz.Denied(s.policy, r, nil) // what the engine says without policies
	}
	q.fill(r, n)
	return q.ask(r, e, n)
}

// release empties the query for the next request.
func (q *query) release() {
	clear(q.rules)
	*q = query{rules: q.rules[:0]}
	queries.Put(q)
}

// ask has the engine decide. An error of any policy denies: the engine would have skipped it, be it a forbid.
func (q *query) ask(r *authz.Request, e *entry, n needs) authz.Decision {
	verdict, why := cedar.Authorize(q, q, cedar.Request{
		Principal: q.principal.UID, Action: e.uid, Resource: q.resource.UID, Context: contextRecord(r, n),
	})
	policy := q.set.policy
	if len(why.Errors) > 0 {
		errs := make([]string, len(why.Errors))
		for i, err := range why.Errors {
			errs[i] = fmt.Sprintf("policy %s: %s", err.PolicyID, err.Message)
		}
		slices.Sort(errs)
		return authz.Refuse(policy.Revision, errs...)
	}
	var ids []string
	if len(why.Reasons) > 0 {
		ids = make([]string, len(why.Reasons))
		for i, reason := range why.Reasons {
			ids[i] = string(reason.PolicyID)
		}
	}
	if verdict == cedar.Allow && len(ids) > 0 {
		return authz.Allowed(policy.Revision, ids)
	}
	return authz.Denied(policy, r, ids)
}
