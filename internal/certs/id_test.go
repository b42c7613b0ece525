package certs

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"spiffe://modreg.test", "spiffe://modreg.test/node/n1", "spiffe://a_b.c-d/module/text/upper.case/X_1-y", "spiffe://a/...", "spiffe://" + strings.Repeat("a", 255) + "/b",
	} {
		if id, err := ParseID(good); err != nil || id.String() != good {
			t.Errorf("%.80q is %q, %v", good, id, err)
		}
	}
	for _, bad := range []string{
		"", "spiffe:", "spiffe://", "spiffe:///a", "SPIFFE://a/b", "Spiffe://a", "https://a/b", "spiffe://A/b", "spiffe://a:1/b", "spiffe://u@a/b", "spiffe://a/b/",
		"spiffe://a/", "spiffe://a//b", "spiffe://a/./b", "spiffe://a/../b", "spiffe://a/b?c", "spiffe://a/b#c", "spiffe://a/b%2fc", "spiffe://a/é", "spiffe://é/a",
		"spiffe://a/b c", "spiffe://a/b\x00", "spiffe://a/b\n", " spiffe://a/b", "spiffe://[::1]/a", "spiffe://a/b:c", "spiffe://" + strings.Repeat("a", 256) + "/b", "spiffe://a/" + strings.Repeat("b", 2048),
	} {
		if id, err := ParseID(bad); err == nil {
			t.Errorf("%.80q was taken as %q", bad, id)
		}
	}
}

func TestID_parts(t *testing.T) {
	t.Parallel()
	id := must[ID](t)(ModuleID("a.test", "text", "upper", "7"))
	if ns, name, instance, ok := id.Module(); !ok || ns != "text" || name != "upper" || instance != "7" || id.TrustDomain() != "a.test" {
		t.Errorf("%q %q %q %v", ns, name, instance, ok)
	}
	if _, ok := id.Node(); ok {
		t.Error("a module is a node")
	}
	node := must[ID](t)(NodeID("a.test", "n1"))
	if name, ok := node.Node(); !ok || name != "n1" {
		t.Errorf("%q %v", name, ok)
	}
	if _, _, _, ok := node.Module(); ok || node == id || node != must[ID](t)(ParseID("spiffe://a.test/node/n1")) {
		t.Error("a node is a module")
	}
	// No part can hold more than one.
	for _, part := range []string{"", "a/b", "..", ".", "a%2fb", "a b"} {
		if _, err := ModuleID("a.test", "text", part, "1"); err == nil {
			t.Errorf("the part %q was taken", part)
		}
		if _, err := NodeID("a.test", part); err == nil {
			t.Errorf("the node %q was taken", part)
		}
	}
	if (ID{}).String() != "" {
		t.Error("none is something")
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"spiffe://modreg.test/module/text/upper/1", "spiffe://a", "spiffe://a/../b", "spiffe://a/b%2f", "spiffe://a:1/b?c#d", "spiffe://u:p@a//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			if id != (ID{}) {
				t.Fatalf("%q is refused and is %q", s, id)
			}
			return
		}
		// There is one spelling, and a URL parser means the same by it.
		u, err := url.Parse(s)
		if err != nil || id.String() != s || u.String() != s || u.Scheme != "spiffe" || u.Host != id.TrustDomain() || strings.TrimPrefix(u.Path, "/") != id.path {
			t.Fatalf("%q is %q, and %+v", s, id, u)
		}
		if made := mustURL(s).String(); made != s {
			t.Fatalf("%q is written into a certificate as %q", s, made)
		}
	})
}
