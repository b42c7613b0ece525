package modreg_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

func request(id string) context.Context {
	return record.WithOrigin(context.Background(), record.Origin{
		Actor: record.Actor{Kind: record.KindUser, ID: "u-1"}, Request: id, Approval: "a-7", Reason: "because it is time",
	})
}

func TestRequest_isCarriedOutOnce(t *testing.T) {
	t.Parallel()
	j := modreg.NewMemJournal()
	reg := open(t, modreg.WithJournal(j), modreg.WithNode("n-1"))
	a1, a2 := provideProbe("a1", &stats{}), provideProbe("a2", &stats{})
	calls := []struct {
		name string
		do   func(reg *modreg.Registry, ctx context.Context) error
	}{
		{"register", func(reg *modreg.Registry, ctx context.Context) error { return reg.Register(ctx, mod("a", "1.0.0"), a1) }},
		{"register another", func(reg *modreg.Registry, ctx context.Context) error {
			return reg.Register(ctx, mod("a", "2.0.0"), a2)
		}},
		{"activate", func(reg *modreg.Registry, ctx context.Context) error { return reg.Activate(ctx, "a@2.0.0") }},
		{"configure", func(reg *modreg.Registry, ctx context.Context) error {
			return reg.Configure(ctx, "a@1.0.0", map[string]string{"x": "y"})
		}},
		{"activate back", func(reg *modreg.Registry, ctx context.Context) error { return reg.Activate(ctx, "a@1.0.0") }},
		{"unregister", func(reg *modreg.Registry, ctx context.Context) error { return reg.Unregister(ctx, "a@2.0.0") }},
	}
	for i, c := range calls {
		must(t, c.do(reg, request(fmt.Sprintf("r-%d", i))))
		if got := reg.Snapshot().Seq(); got != uint64(i+1) {
			t.Fatalf("%s: record %d, want %d", c.name, got, i+1)
		}
	}
	// A registry that starts from the journal knows the requests too.
	other := open(t, modreg.WithJournal(j))
	for i, c := range calls {
		for _, reg := range []*modreg.Registry{reg, other} {
			if err := c.do(reg, request(fmt.Sprintf("r-%d", i))); err != nil && !strings.HasPrefix(c.name, "register") && modreg.CodeOf(err) != modreg.CodeNotFound {
				t.Errorf("%s again: %v", c.name, err)
			}
		}
	}
	if seq := reg.Snapshot().Seq(); seq != uint64(len(calls)) || refs(reg.Snapshot().All()) != "a@1.0.0*" {
		t.Errorf("after the repetitions: record %d, %s", seq, refs(reg.Snapshot().All()))
	}
	wantHello(t, lookup(t, other, greet), "a1") // the repetition has bound it
}

// fullJournal takes the first append once it is told to go on, and no more.
type fullJournal struct {
	modreg.Journal
	begun, goOn chan struct{}
}

func (j *fullJournal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if head > 2 {
		return 0, errors.New("the disk is full")
	}
	if head == 2 {
		close(j.begun)
		<-j.goOn
	}
	return j.Journal.Append(ctx, stream, head, batch)
}

// TestRequest_twiceInABatchThatFails sends one request many times at once. Those that are in one batch must not
// take each other for carried out if the batch is not.
func TestRequest_twiceInABatchThatFails(t *testing.T) {
	t.Parallel()
	j := &fullJournal{Journal: modreg.NewMemJournal(), begun: make(chan struct{}), goOn: make(chan struct{})}
	reg := open(t, modreg.WithJournal(j))
	ctx := context.Background()
	must(t, reg.Register(ctx, mod("a", "1.0.0"), provideProbe("a1", &stats{})))
	must(t, reg.Register(ctx, mod("a", "2.0.0"), provideProbe("a2", &stats{})))
	var wg sync.WaitGroup
	wg.Go(func() { must(t, reg.Activate(ctx, "a@2.0.0")) })
	<-j.begun
	for range 30 { // they queue up behind it
		wg.Go(func() {
			if err := reg.Activate(request("r"), "a@1.0.0"); modreg.CodeOf(err) != modreg.CodeJournal {
				t.Errorf("a request that was not carried out: %v", err)
			}
		})
	}
	for range 100 {
		runtime.Gosched()
	}
	close(j.goOn)
	wg.Wait()
}

func TestRequest_forSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	reg := open(t)
	must(t, reg.Register(request("r"), mod("a", "1.0.0"), provideProbe("a", &stats{})))
	wantCode(t, reg.Register(request("r"), mod("b", "1.0.0"), provideProbe("b", &stats{})), modreg.CodeConflict, `request "r" was used to register a, by record 1`)
	wantCode(t, reg.Unregister(request("r"), "a"), modreg.CodeConflict)
}

func TestRequest_configurationIsNotRevived(t *testing.T) {
	t.Parallel()
	reg := open(t)
	s := &stats{}
	must(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideConfigured(s, true)))
	h := lookup(t, reg, greet)
	for i, greeting := range []string{"first", "second"} {
		must(t, reg.Configure(request(fmt.Sprint(i)), "a", settings{Greeting: greeting}))
	}
	_, err := hello(context.Background(), h)
	must(t, err)
	must(t, reg.Configure(request("0"), "a", settings{Greeting: "first"})) // sent again, late
	if out, err := hello(context.Background(), h); err != nil || !strings.HasPrefix(out, "second") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestRequest_oldestIsForgotten(t *testing.T) {
	t.Parallel()
	reg := open(t)
	must(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideProbe("a1", &stats{})))
	must(t, reg.Register(context.Background(), mod("a", "2.0.0"), provideProbe("a2", &stats{})))
	const remembered = 4096
	for i := range remembered + 1 {
		must(t, reg.Activate(request(fmt.Sprint(i)), []string{"a@2.0.0", "a@1.0.0"}[i%2]))
	}
	before := reg.Snapshot().Seq()
	must(t, reg.Activate(request("1"), "a@1.0.0"))
	if reg.Snapshot().Seq() != before {
		t.Error("a request that is remembered was carried out again")
	}
	must(t, reg.Activate(request("0"), "a@1.0.0"))
	if reg.Snapshot().Seq() != before+1 {
		t.Error("a request that is forgotten was not carried out")
	}
}

func TestRecord_saysWhoAndWhen(t *testing.T) {
	t.Parallel()
	j := modreg.NewMemJournal()
	reg := open(t, modreg.WithJournal(j), modreg.WithNode("n-1"))
	must(t, reg.Register(request("r"), mod("a", "1.0.0"), provideProbe("a", &stats{})))
	for rec, err := range j.Read(context.Background(), "registry", 1) {
		must(t, err)
		tx, err := record.Decode(rec.Data)
		must(t, err)
		if o := tx.Origin; o.Actor.String() != "user/u-1" || o.Request != "r" || o.Approval != "a-7" || o.Reason != "because it is time" || tx.Node != "n-1" {
			t.Errorf("%+v", tx)
		}
		if !tx.Time.Equal(reg.Snapshot().Time()) {
			t.Errorf("recorded at %v, shown %v", tx.Time, reg.Snapshot().Time())
		}
	}
}

func TestRecord_badOriginIsRefused(t *testing.T) {
	t.Parallel()
	reg := open(t)
	ctx := record.WithOrigin(context.Background(), record.Origin{Actor: record.Actor{Kind: "king", ID: "x"}})
	wantCode(t, reg.Register(ctx, mod("a", "1.0.0"), provideProbe("a", &stats{})), modreg.CodeInvalid, "actor")
	_, err := modreg.Open(context.Background(), modreg.WithNode("no spaces"))
	wantCode(t, err, modreg.CodeInvalid, "node")
}

func TestRecord_timeDoesNotGoBack(t *testing.T) {
	t.Parallel()
	j := modreg.NewMemJournal()
	future := time.Now().Add(time.Hour).UTC().Round(0)
	tx := record.Transaction{Time: future}
	_, err := j.Append(context.Background(), "registry", 0, [][]byte{tx.Append(nil)})
	must(t, err)
	reg := open(t, modreg.WithJournal(j))
	must(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideProbe("a", &stats{})))
	if got := reg.Snapshot().Time(); !got.Equal(future) {
		t.Errorf("recorded at %v, after a record of %v", got, future)
	}
}

// ledger is an auditor that remembers, and refuses what it is told to.
type ledger struct {
	mu     sync.Mutex
	refuse error
	lines  []string
}

func (l *ledger) Begin(ctx context.Context, act modreg.Act) (func(error), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ref := act.Action + " " + act.Module + "@" + act.Version
	l.lines = append(l.lines, fmt.Sprintf("%s for %s", ref, record.OriginOf(ctx).Actor))
	return func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lines = append(l.lines, fmt.Sprintf("%s: %v", ref, err != nil))
	}, l.refuse
}

func (l *ledger) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

func TestAuditor_isToldBeforeAndAfter(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	reg := open(t, modreg.WithAuditor(l))
	must(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideProbe("a", &stats{})))
	must(t, reg.Start(request("r"), "a"))
	must(t, reg.Quarantine(request("r"), "a", "it misbehaves"))
	must(t, reg.Release(request("r"), "a"))
	want := []string{
		"start a@1.0.0 for user/u-1", "start a@1.0.0: false",
		"quarantine a@1.0.0 for user/u-1", "stop a@1.0.0 for user/u-1", "stop a@1.0.0: false", "quarantine a@1.0.0: false",
		"release a@1.0.0 for user/u-1", "release a@1.0.0: false",
	}
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAuditor_refusesButNotWhatProtects(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	reg := open(t, modreg.WithAuditor(l))
	s := &stats{}
	must(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideProbe("a", s)))
	l.refuse = errors.New("the disk is full")
	h := lookup(t, reg, greet)
	_, err := hello(context.Background(), h)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("a start that cannot be taken down: %v", err)
	}
	wantCode(t, reg.Start(context.Background(), "a"), modreg.CodeAuditUnavailable)
	l.refuse = nil
	must(t, reg.Start(context.Background(), "a"))
	l.refuse = errors.New("the disk is full")
	must(t, reg.Quarantine(context.Background(), "a", "now"))
	if st := stateOf(t, reg, "a"); st.State != modreg.StateQuarantined {
		t.Errorf("state %v", st.State)
	}
	wantCode(t, reg.Release(context.Background(), "a"), modreg.CodeAuditUnavailable)
	l.refuse = nil
}
