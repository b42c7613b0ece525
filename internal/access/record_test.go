package access

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// golden is one record of each kind. What is on disks must stay readable.
const golden = "testdata/golden.jsonl"

func goldenOps(t *testing.T) []operation {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sum := digest(sha256.Sum256([]byte("secret")))
	path, err := authz.ParsePath("module/acme/pay")
	must(t, err)
	net := netip.MustParsePrefix("10.0.0.0/8")
	mapping := GroupMapping{Issuer: "https://idp.example", Claim: `Team "A" <é>`, Group: "ops"}
	return []operation{
		&createPrincipal{Principal: "user/ada", Groups: []string{"dev", "ops"}},
		&createPrincipal{Principal: "service/ci", Owner: "user/ada"},
		&updatePrincipal{Principal: "user/ada", Groups: []string{"ops"}},
		&disablePrincipal{"user/ada"}, &enablePrincipal{"user/ada"},
		&createToken{Owner: "user/ada", ID: "0000000000aA", Digest: sum, Expires: at, Scope: Scope{For: everything()}},
		&createToken{
			Owner: "user/ada", ID: "0000000000aB", Digest: sum, Expires: at, Replaces: "0000000000aA",
			Scope: Scope{For: []authz.TokenScope{{Actions: []string{"module:read"}, Within: path}}, Networks: []netip.Prefix{net}},
		},
		&useToken{ID: "0000000000aB", At: at}, &revokeToken{ID: "0000000000aB", Family: true},
		&passwordHash{Principal: "user/ada", Memory: argonMemory, Time: argonTime, Threads: 1, Salt: sum[:saltSize], Hash: sum[:]},
		&clearPassword{"user/ada"},
		&enrolTOTP{Principal: "user/ada", Secret: sealed{Key: "0123456789abcdef", Data: append(sum[:], sum[:16]...)}},
		&useTOTP{Principal: "user/ada", Step: 57, Confirm: true}, &useTOTP{Principal: "user/ada", Step: 58}, &clearTOTP{"user/ada"},
		&link{"user/ada", Link{"https://idp.example", sum}}, &unlink{"user/ada", Link{"https://idp.example", sum}},
		&mapGroup{mapping}, &unmapGroup{mapping},
		&putRole{authz.Role{Name: "custom", About: "<&>", Actions: []string{"module:read"}, Grants: []string{"module:start"}}},
		&putBinding{authz.Binding{ID: "b1", Subject: authz.Subject{Kind: "user", ID: "ada"}, Role: "custom", Scope: path, When: authz.Conditions{
			Networks: []netip.Prefix{net}, MFAAge: time.Minute, NotAfter: at, Labels: map[string]string{"b": "2", "a": "1"},
			Hours: &authz.Hours{Days: []time.Weekday{1, 2}, From: 60, To: 120},
		}}},
		&dropBinding{"b1"}, &dropRole{"custom"},
		&putForbid{authz.Forbid{ID: "f1", Subject: authz.Subject{Kind: "group", ID: "ops"}, Scope: authz.Fleet(), Reason: "why", NotAfter: at}},
		&dropForbid{"f1"}, &setSettings{authz.Settings{StepUp: time.Minute, Strict: true}},
		&openBootstrap{Digest: sum, Expires: at}, &openBootstrap{Digest: sum, Expires: at, Reset: true}, &claimBootstrap{"user/bob"},
		&deletePrincipal{"service/ci"},
	}
}

func TestRecord_golden(t *testing.T) {
	t.Parallel()
	var got []byte
	var prev [sha256.Size]byte
	for i, o := range goldenOps(t) {
		if err := o.check(); err != nil {
			t.Errorf("%s: %v", o.do(), err)
		}
		tx := transaction{head: record.Transaction{
			Prev: prev, Time: time.Date(2026, 1, 2, 3, 0, i, 0, time.UTC), Node: "n1",
			Origin: record.Origin{Actor: record.Actor{Kind: "user", ID: "ada"}, Reason: `,"ops":[{"do":"x"}]`},
		}, ops: []operation{o}}
		data, err := tx.append(nil)
		must(t, err)
		again, err := decode(data)
		if err != nil {
			t.Fatalf("%s: %v", o.do(), err)
		}
		if round, _ := again.append(nil); !bytes.Equal(round, data) || again.head.Origin.Reason != tx.head.Origin.Reason {
			t.Errorf("%s is read as something else", o.do())
		}
		prev = sha256.Sum256(data)
		got = append(append(got, data...), '\n')
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		must(t, os.WriteFile(golden, got, 0o600))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("records have another form:\n%s\nwant\n%s", got, want)
	}
	d := &draft{Snapshot: *emptySnapshot()}
	for i, line := range bytes.Split(bytes.TrimSpace(want), []byte("\n")) {
		if err := d.replay(modreg.Record{Seq: uint64(i + 1), Data: line}); err != nil {
			t.Fatalf("record %d: %v", i+1, err)
		}
	}
	if d.Len() != 2 || !d.bootstrap.claimed {
		t.Errorf("the golden records are folded to %d principals", d.Len())
	}
}

func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	o := &createPrincipal{Principal: "user/ada", Groups: []string{"dev"}}
	tx := transaction{head: record.Transaction{Time: time.Unix(0, 0).UTC()}, ops: []operation{o}}
	good, err := tx.append(nil)
	must(t, err)
	if _, err := decode(good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`{"do":"principal:create"`, `{"do":"principal:destroy"`},
		{`"with":{`, `"with":{"admin":true,`},
		{`"with":{`, `"with":{"Principal":"user/eve",`},
		{`"with":{`, `"with":{"principal":"user/eve",`},
		{`["dev"]`, `["dev","dev"]`},
		{`["dev"]`, `["ops","dev"]`},
		{`["dev"]`, `["Dev"]`},
		{`["dev"]`, `[]`},
		{`["dev"]`, `["\u0064ev"]`},
		{`["dev"]`, `["dev" ]`},
		{`user/ada`, `root/ada`},
		{`"v":2`, `"v":1`},
		{`"v":2`, `"v":3`},
		{`]}`, `]} `},
		{`,"ops":[`, `,"ops": [`},
		{`,"ops":[`, `,"ops":[,`},
		{`]}`, `],"ops":[]}`},
		{string(good[len(good)-2:]), `]}]}`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%q is not in the record", change[0])
		}
		if _, err := decode([]byte(bad)); err == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
	if _, err := decode(append(good, make([]byte, MaxRecord)...)); err == nil {
		t.Error("a record without a limit was accepted")
	}
}

func FuzzDecode(f *testing.F) {
	data, err := os.ReadFile(golden)
	must(f, err)
	for line := range bytes.SplitSeq(bytes.TrimSpace(data), []byte("\n")) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tx, err := decode(data)
		if err != nil {
			return
		}
		if again, err := tx.append(nil); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("one record has two forms: %s and %s (%v)", data, again, err)
		}
		d := &draft{Snapshot: *emptySnapshot(), now: tx.head.Time}
		for _, o := range tx.ops {
			if o.apply(d) != nil {
				return
			}
		}
	})
}
