package authz

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The levels of trust in a module, lowest first.
const (
	TrustNone     = ""         // nothing is known
	TrustSigned   = "signed"   // it has a signature, by somebody
	TrustVerified = "verified" // it has a valid signature of somebody whom the operator trusts
)

// Production is the environment in which modules need a verified signature.
const Production = "production"

// The limits of a [Resource] and a [Token].
const (
	MaxLabels      = 64 // labels of a resource; also classes of data
	MaxTokenScopes = 64 // scopes of a token
)

// A Resource is what something is done to, with what is known of it. What is not known must be left out for a [Path]
// that stands for several; conditions on it then do not hold.
type Resource struct {
	Path        Path
	Quarantined bool              // it may not run
	Trust       string            // one of the levels above
	Environment string            // a word, as in "production"
	DataClasses []string          // words: the classes of data that it handles
	Labels      map[string]string // words to words
	Owner       Subject           // of a token or an account: whose it is
}

// A Context is the circumstances of a request.
type Context struct {
	Time     time.Time  // when it was made: required
	Address  netip.Addr // where it came from; the zero Addr if by no network
	Approval *Approval  // by somebody else, if there is one that is valid for this request
	Token    *Token     // the token that it was made with; nil if with none
}

// An Approval says who approved the request. Whether it is for this request, and still valid, is checked by who puts it here.
type Approval struct {
	ID string
	By Subject // who gave it
}

// A Token limits what its bearer may do: whatever the owner may, and no more than its scopes.
type Token struct {
	ID     string
	Scopes []TokenScope // with none it is good for nothing
}

// A TokenScope is what a token may be used for.
type TokenScope struct {
	Actions []string `json:"actions,omitempty"` // names of actions; empty for all
	Within  Path     `json:"within"`            // where
}

// Allows reports whether a token is good for an action on a resource.
func (t *Token) Allows(action string, path Path) bool {
	for _, s := range t.Scopes {
		if (len(s.Actions) == 0 || slices.Contains(s.Actions, action)) && s.Within.Contains(path) {
			return true
		}
	}
	return false
}

// A Request is the question: may they do this?
type Request struct {
	Principal Principal
	Action    string
	Resource  Resource
	Context   Context
}

// A Decision is the answer.
type Decision struct {
	Allow    bool
	Reason   string   // in words for an administrator
	Policies []string // identifiers of what decided, in order, at most [MaxPolicies]: "binding/…", "forbid/…", "guard/…", "own/…"
	Revision string   // of the policy
	Errors   []string // what went wrong; never with Allow
}

// MaxPolicies is the most identifiers that a [Decision] names.
const MaxPolicies = 16

// An Authorizer decides. It is safe for concurrent use, does not wait, and denies when in doubt.
type Authorizer interface {
	Decide(ctx context.Context, r Request) Decision
}

// Check reports what of r is unknown, missing or outside its grammar; such a request is denied. It returns the action.
func (r *Request) Check() (Action, error) {
	action, ok := LookupAction(r.Action)
	if !ok {
		return action, errors.New("the action is not in the registry")
	}
	if err := r.Principal.Check(); err != nil {
		return action, err
	}
	if err := r.Resource.check(); err != nil {
		return action, err
	}
	if !fits(action.Kind, r.Resource.Path.Kind) {
		return action, fmt.Errorf("%s is not done to a %s", action.Name, r.Resource.Path.Kind)
	}
	return action, r.Context.check()
}

func (r *Resource) check() error {
	if err := r.Path.Check(); err != nil {
		return err
	}
	switch r.Trust {
	case TrustNone, TrustSigned, TrustVerified:
	default:
		return errors.New("resource: the level of trust is not known")
	}
	if r.Environment != "" && wordFault(r.Environment) != "" {
		return errors.New("resource: the environment is not a word")
	}
	if len(r.DataClasses) > MaxLabels || len(r.Labels) > MaxLabels {
		return fmt.Errorf("resource: more than %d labels or classes of data", MaxLabels)
	}
	if !r.Owner.IsZero() {
		if err := r.Owner.Check(); err != nil {
			return fmt.Errorf("resource: owner: %w", err)
		}
	}
	return nil
}

func (c *Context) check() error {
	if c.Time.IsZero() {
		return errors.New("the request has no time")
	}
	if c.Approval != nil {
		if err := c.Approval.By.Check(); err != nil {
			return fmt.Errorf("approval: %w", err)
		}
	}
	if c.Token == nil {
		return nil
	}
	if len(c.Token.Scopes) > MaxTokenScopes {
		return fmt.Errorf("token: %d scopes are too many: at most %d", len(c.Token.Scopes), MaxTokenScopes)
	}
	return nil
}

// FactorAge returns how long ago the principal proved a second factor, in whole milliseconds; false if never, or at a time still to come.
func (r *Request) FactorAge() (time.Duration, bool) {
	age := r.Context.Time.Sub(r.Principal.MFA).Truncate(time.Millisecond)
	return age, !r.Principal.MFA.IsZero() && !r.Principal.MFA.After(r.Context.Time)
}

// Network returns the address that the request came from in the form that conditions compare: without a zone, and IPv4 as IPv4.
func (r *Request) Network() netip.Addr { return r.Context.Address.WithZone("").Unmap() }

// Approved reports whether somebody else approved the request.
func (r *Request) Approved() bool {
	return r.Context.Approval != nil && r.Context.Approval.By != r.Principal.Subject
}
