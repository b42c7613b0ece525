package authz_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func TestConditions_missing(t *testing.T) {
	t.Parallel()
	prod := []string{authz.Production}
	tests := []struct {
		name string
		when authz.Conditions
		set  func(*authz.Request)
		word string // of what is missing; empty if nothing is
	}{
		{"none", authz.Conditions{}, nil, ""},
		{"network", authz.Conditions{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, func(r *authz.Request) { r.Context.Address = netip.MustParseAddr("10.1.1.1") }, ""},
		{"mapped", authz.Conditions{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, func(r *authz.Request) { r.Context.Address = netip.MustParseAddr("::ffff:10.1.1.1") }, ""},
		{"other network", authz.Conditions{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, func(r *authz.Request) { r.Context.Address = netip.MustParseAddr("11.1.1.1") }, "networks"},
		{"all of IPv4", authz.Conditions{Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, func(r *authz.Request) { r.Context.Address = netip.MustParseAddr("fd00::1") }, "networks"},
		{"no network", authz.Conditions{Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, nil, "networks"},
		{"factor", authz.Conditions{MFAAge: time.Minute}, func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(-time.Minute) }, ""},
		{"old factor", authz.Conditions{MFAAge: time.Minute}, func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(-61 * time.Second) }, "second factor"},
		{"no factor", authz.Conditions{MFAAge: time.Hour}, nil, "second factor"},
		{"factor to come", authz.Conditions{MFAAge: time.Hour}, func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(time.Nanosecond) }, "second factor"},
		{"approval", authz.Conditions{Approval: true}, func(r *authz.Request) {
			r.Context.Approval = &authz.Approval{By: authz.Subject{Kind: authz.User, ID: "bob"}}
		}, ""},
		{"own approval", authz.Conditions{Approval: true}, func(r *authz.Request) { r.Context.Approval = &authz.Approval{By: r.Principal.Subject} }, "approve"},
		{"no approval", authz.Conditions{Approval: true}, nil, "approve"},
		{"environment", authz.Conditions{Environments: prod}, func(r *authz.Request) { r.Resource.Environment = authz.Production }, ""},
		{"unknown environment", authz.Conditions{Environments: prod}, nil, "environment"},
		{"data", authz.Conditions{DataClasses: []string{"public"}}, func(r *authz.Request) { r.Resource.DataClasses = []string{"public"} }, ""},
		{"more data", authz.Conditions{DataClasses: []string{"public"}}, func(r *authz.Request) { r.Resource.DataClasses = []string{"public", "health"} }, "classes of data"},
		{"unknown data", authz.Conditions{DataClasses: []string{"public"}}, nil, "classes of data"},
		{"label", authz.Conditions{Labels: map[string]string{"team": "a"}}, func(r *authz.Request) { r.Resource.Labels = map[string]string{"team": "a", "x": "y"} }, ""},
		{"other label", authz.Conditions{Labels: map[string]string{"team": "a"}}, func(r *authz.Request) { r.Resource.Labels = map[string]string{"team": "b"} }, "team=a"},
		{"before the end", authz.Conditions{NotAfter: authztest.Time().Add(time.Second)}, nil, ""},
		{"at the end", authz.Conditions{NotAfter: authztest.Time()}, nil, "expired"},
		{"hours", authz.Conditions{Hours: &authz.Hours{From: 12 * 60, To: 12*60 + 1, Days: []time.Weekday{time.Wednesday}}}, nil, ""},
		{"other hours", authz.Conditions{Hours: &authz.Hours{From: 13 * 60, To: 14 * 60}}, nil, "from 13:00 to 14:00 UTC"},
		{"other day", authz.Conditions{Hours: &authz.Hours{To: 1440, Days: []time.Weekday{time.Monday, time.Tuesday}}}, nil, "Monday, Tuesday"},
	}
	for _, tt := range tests {
		r := ask(t, authz.Principal{Subject: subject(t, "user/ada")}, "module:read", "module/solo")
		if tt.set != nil {
			tt.set(&r)
		}
		if err := tt.when.Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		missing := strings.Join(tt.when.Missing(&r), "; ")
		if (missing == "") != (tt.word == "") || !strings.Contains(missing, tt.word) {
			t.Errorf("%s: missing is %q, want %q in it", tt.name, missing, tt.word)
		}
	}
}

func TestHours_overMidnight(t *testing.T) {
	t.Parallel()
	night := authz.Hours{Days: []time.Weekday{time.Saturday}, From: 22 * 60, To: 6 * 60}
	for text, want := range map[string]bool{
		"2026-03-07T21:59:59Z": false, "2026-03-07T22:00:00Z": true, "2026-03-08T05:59:59Z": true, "2026-03-08T06:00:00Z": false,
		"2026-03-08T22:00:00Z": false, "2026-03-07T05:00:00Z": false, "2026-03-08T01:00:00+05:00": false, "2026-03-08T03:30:00+05:00": true,
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if night.Contain(at) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
}

// What includes other conditions holds whenever they do.
func TestConditions_includes(t *testing.T) {
	t.Parallel()
	w := authztest.NewWorld(5)
	included, held := 0, 0
	for range 4000 {
		a, b := w.Conditions(), w.Conditions()
		if !a.Includes(&a) || !(&authz.Conditions{}).Includes(&b) {
			t.Fatalf("%+v does not include itself", a)
		}
		if !a.Includes(&b) || a.IsZero() {
			continue
		}
		included++
		for range 20 {
			r := w.Request()
			if len(b.Missing(&r)) == 0 {
				held++
				if missing := a.Missing(&r); len(missing) > 0 {
					t.Fatalf("%+v includes %+v, but %v is missing for %+v", a, b, missing, r)
				}
			}
		}
	}
	if included < 50 || held < 50 {
		t.Errorf("%d pairs and %d requests show nothing", included, held)
	}
}

func TestConditions_includesNoWiderNetwork(t *testing.T) {
	t.Parallel()
	in := func(texts ...string) authz.Conditions {
		var c authz.Conditions
		for _, text := range texts {
			c.Networks = append(c.Networks, netip.MustParsePrefix(text))
		}
		return c
	}
	for _, tt := range []struct {
		c, d authz.Conditions
		want bool
	}{
		{in("10.0.0.0/8"), in("10.0.0.0/16", "10.9.0.0/24"), true},
		{in("10.0.0.0/16"), in("10.0.0.0/8"), false},
		{in("10.0.0.0/8"), in("10.0.0.0/16", "11.0.0.0/16"), false},
		{in("10.0.0.0/8"), in(), false},
		{in("0.0.0.0/0"), in("fd00::/8"), false},
		{in(), in("fd00::/8"), true},
	} {
		if got := tt.c.Includes(&tt.d); got != tt.want {
			t.Errorf("%v includes %v: %t", tt.c.Networks, tt.d.Networks, got)
		}
	}
}

func TestConditions_refuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]authz.Conditions{
		"host bits":    {Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")}},
		"mapped":       {Networks: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}},
		"zero network": {Networks: make([]netip.Prefix, 1)},
		"many":         {Networks: make([]netip.Prefix, 65)},
		"hours":        {Hours: &authz.Hours{From: 1440, To: 1}},
		"no end":       {Hours: &authz.Hours{}},
		"days":         {Hours: &authz.Hours{To: 1, Days: []time.Weekday{1, 1}}},
		"day 7":        {Hours: &authz.Hours{To: 1, Days: []time.Weekday{7}}},
		"age":          {MFAAge: time.Millisecond},
		"negative age": {MFAAge: -time.Second},
		"fraction":     {NotAfter: time.Unix(5, 5)},
		"year":         {NotAfter: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"environment":  {Environments: []string{"Prod"}},
		"class":        {DataClasses: []string{""}},
		"label":        {Labels: map[string]string{"team": "\""}},
	} {
		if c.Check() == nil {
			t.Errorf("%s: %+v is accepted", name, c)
		}
	}
}
