package access

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// printed returns how values come out of everything that prints.
func printed(tb testing.TB, values ...any) (texts []string) {
	tb.Helper()
	for _, v := range values {
		data, err := json.Marshal(v)
		must(tb, err)
		texts = append(texts, string(data))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
	}
	return texts
}

func FuzzParseToken(f *testing.F) {
	for _, kind := range []string{"user", "service", "module", "node"} {
		f.Add(credential{kind, newTokenID(), newSecret()}.text())
	}
	f.Add("mrt_user_000000000000_" + strings.Repeat("0", secretLen) + "_000000")
	f.Add("mrt__" + strings.Repeat("_", 80))
	f.Add(bootstrapText(newSecret()))
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := parseToken(text); ok && c.text() != text {
			t.Errorf("%q and %q are the same token", text, c.text())
		}
		if secret, ok := parseBootstrap(text); ok && bootstrapText(secret) != text {
			t.Errorf("%q and %q are the same secret", text, bootstrapText(secret))
		}
	})
}

func TestParseToken_anyChangeIsSeen(t *testing.T) {
	t.Parallel()
	text := credential{"user", newTokenID(), newSecret()}.text()
	if _, ok := parseToken(text); !ok {
		t.Fatal("a token is not one")
	}
	for i := range len(text) {
		for _, c := range []byte("0aA_z") {
			if changed := text[:i] + string(c) + text[i+1:]; changed != text {
				if _, ok := parseToken(changed); ok {
					t.Fatalf("a change at %d is not seen", i)
				}
			}
		}
		if _, ok := parseToken(text[:i] + text[i+1:]); ok {
			t.Fatalf("a byte less at %d is not seen", i)
		}
	}
}

func TestNewSecret_isLongAndNew(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		s, id := newSecret(), newTokenID()
		if len(s) != secretLen || len(id) != idLen || !isBase62(s) || seen[s] || seen[id] {
			t.Fatalf("lengths %d and %d", len(s), len(id))
		}
		seen[s], seen[id] = true, true
	}
}
