package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// A diary is an auditor that remembers.
type diary struct {
	mu     sync.Mutex
	events []audit.Event
	broken error
}

func (d *diary) Record(_ context.Context, e audit.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	d.events = append(d.events, e)
	return nil
}

func (d *diary) Effect(ctx context.Context, e audit.Event, protective bool) (func(error), error) {
	e.Activity = audit.ActivityIntent
	if err := d.Record(ctx, e); err != nil && !protective {
		return nil, err
	}
	return func(err error) {
		e.Activity, e.Outcome = audit.ActivityResult, audit.OutcomeSuccess
		if err != nil {
			e.Outcome, e.Reason = audit.OutcomeFailure, string(modreg.CodeOf(err))
		}
		_ = d.Record(ctx, e)
	}, nil
}

func (d *diary) all() []audit.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// find returns the events of an action and outcome.
func (d *diary) find(action, outcome string) (found []audit.Event) {
	for _, e := range d.all() {
		if e.Action == action && e.Outcome == outcome {
			found = append(found, e)
		}
	}
	return found
}

func (d *diary) breakWith(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

// A world is a store with what is around it.
type world struct {
	*Store
	journal modreg.Journal
	diary   *diary
}

var testKey = bytes.Repeat([]byte{7}, KeySize)

func newWorld(tb testing.TB) *world {
	tb.Helper()
	return openWorld(tb, modreg.NewMemJournal())
}

func openWorld(tb testing.TB, journal modreg.Journal) *world {
	tb.Helper()
	w := &world{journal: journal, diary: &diary{}}
	var err error
	w.Store, err = Open(tb.Context(), journal, Options{Key: testKey, Node: "n1", Auditor: w.diary, Problem: func(err error) {
		tb.Errorf("problem: %v", err)
	}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.Close(); err != nil {
			tb.Error(err)
		}
	})
	return w
}

// as returns a context of a principal; "system" is the system itself.
func as(ctx context.Context, ref Ref) context.Context {
	a := record.Actor{Kind: ref.Kind(), ID: ref.ID(), Authn: "test"}
	if ref == "system" {
		a = record.Actor{Kind: record.KindSystem, ID: "n1"}
	}
	return record.WithOrigin(ctx, record.Origin{Actor: a})
}

func withToken(ctx context.Context, t *Token) context.Context {
	return record.WithOrigin(ctx, record.Origin{Actor: record.Actor{Kind: t.Owner.Kind(), ID: t.Owner.ID(), Authn: "token", Token: t.ID}})
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantCode(tb testing.TB, err error, code modreg.Code) {
	tb.Helper()
	if modreg.CodeOf(err) != code {
		tb.Fatalf("the error is %v with code %q, want %q", err, modreg.CodeOf(err), code)
	}
}

func wantReason(tb testing.TB, err error, reason Reason) {
	tb.Helper()
	if ReasonOf(err) != reason {
		tb.Fatalf("the error is %v with reason %q, want %q", err, ReasonOf(err), reason)
	}
}

// everything is the scope of a token for whatever its owner may do.
func everything() []authz.TokenScope { return []authz.TokenScope{{Within: authz.Fleet()}} }

// user creates a principal with roles on the fleet.
func (w *world) user(tb testing.TB, ref Ref, roles ...string) Ref {
	tb.Helper()
	must(tb, w.Create(as(tb.Context(), "system"), NewPrincipal{Ref: ref}))
	for _, r := range roles {
		must(tb, w.Bind(as(tb.Context(), "system"), bindingOf(ref, r)))
	}
	return ref
}

func bindingOf(ref Ref, role string) authz.Binding {
	return authz.Binding{ID: ref.ID() + "-" + role, Subject: ref.Subject(), Role: role, Scope: authz.Fleet()}
}

// token makes a token of a principal for everything.
func (w *world) token(tb testing.TB, owner Ref, networks ...string) Issued {
	tb.Helper()
	spec := TokenSpec{Owner: owner, For: everything()}
	for _, n := range networks {
		spec.Networks = append(spec.Networks, netip.MustParsePrefix(n))
	}
	out, err := w.CreateToken(as(tb.Context(), owner), spec)
	must(tb, err)
	return out
}

var home = netip.MustParseAddr("10.1.2.3")

// journalText returns all that is in the stream.
func (w *world) journalText(tb testing.TB) string {
	tb.Helper()
	var b strings.Builder
	for rec, err := range w.journal.Read(tb.Context(), stream, 1) {
		must(tb, err)
		b.Write(rec.Data)
		b.WriteByte('\n')
	}
	return b.String()
}

// dump returns everything that a snapshot shows and remembers.
func dump(tb testing.TB, s *Snapshot) string {
	tb.Helper()
	var b strings.Builder
	show := func(v any) {
		data, err := json.Marshal(v)
		must(tb, err)
		b.Write(data)
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "seq %d hash %x time %s claimed %v rev %d\n", s.seq, s.hash, s.time, s.bootstrap.claimed, s.grants.rev)
	show(s.bootstrap.secret)
	show(s.bootstrap.expires)
	groups := map[string]bool{}
	for p := range s.Principals() {
		show(p)
		for _, g := range p.Groups {
			groups[g] = true
		}
		for t := range s.Tokens(p.Ref) {
			show(t)
			show(t.digest)
		}
		show(s.Links(p.Ref))
		if h, ok := s.passwords.Get(string(p.Ref)); ok {
			show(h)
		}
		if t, ok := s.totps.Get(string(p.Ref)); ok {
			show([]any{t.secret, t.confirmed, t.step})
		}
		n, _ := s.owned.Get(string(p.Ref))
		show(n)
		for bound := range s.BindingsOf(p.Ref.Subject()) {
			show(bound.ID)
		}
	}
	for g := range groups {
		groups[g] = len(s.Members(g)) > 0
	}
	show(groups)
	fmt.Fprintln(&b, s.members.Len(), s.tokens.Len(), s.identities.Len(), s.tokensOf.Len(), s.requests.byID.Len(), s.owned.Len())
	for seq, id := range s.requests.ids.All() {
		r, _ := s.requests.byID.Get(id)
		fmt.Fprintln(&b, seq, id, *r)
	}
	show(s.Mappings())
	show(s.Policy())
	return b.String()
}
