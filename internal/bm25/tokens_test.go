package bm25

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", ""},
		{" .-/ ", ""},
		{"text.process", "text process"},
		{"Real-time strategy, of 17 wars", "real time strategy of 17 wars"},
		{"GitHub libc6 C++", "github libc6 c"},
		{"don't a_b", "don t a b"},
		{"ÉTÉ Straße ΟΔΟΣ οδος", "été straße οδοσ οδοσ"},
		{"e\u0301te \u0301x", "e\u0301te x"},
		{"İstanbul K ſ", "istanbul k s"},
		{"हिन्दी ١٢", "हिन्दी ١٢"},
		{"日本語x テキスト", "日 本 語 x テ キ ス ト"},
		{"a\xffb\xc3", "a b"},
		{"² ½ ① a²", "a"},
		{strings.Repeat("x", 70) + " y", strings.Repeat("x", 64) + " y"},
		{strings.Repeat("x", 63) + "éa z", strings.Repeat("x", 63) + " z"},
	}
	for _, tt := range tests {
		if got := strings.Join(Tokens(nil, tt.text), " "); got != tt.want {
			t.Errorf("Tokens(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestTokens_hasLimits(t *testing.T) {
	t.Parallel()
	if n := len(Tokens(nil, strings.Repeat("a ", MaxTokens+5))); n != MaxTokens {
		t.Errorf("%d words of a long text, want %d", n, MaxTokens)
	}
	if got := Tokens(nil, strings.Repeat(" ", MaxTextBytes)+"a"); got != nil {
		t.Errorf("words behind the end: %q", got)
	}
	if got := Tokens([]string{"x"}, strings.Repeat("a", MaxTextBytes+9)); len(got) != 2 || len(got[1]) != MaxTokenBytes {
		t.Errorf("one long word gives %d", len(got))
	}
}

func TestTokens_doesNotAllocateForFoldedText(t *testing.T) {
	dst := make([]string, 0, 8)
	if n := testing.AllocsPerRun(100, func() { dst = Tokens(dst[:0], "a library of 3 text.process") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Every letter that can begin a word folds to what folds to itself, or else a folded word would be read otherwise.
func TestFold_isStable(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxRune) {
		if f := fold(r); (isWordRune(r) || unicode.IsMark(r)) && (fold(f) != f || !isWordRune(f) && !unicode.IsMark(f)) {
			t.Errorf("%U folds to %U, which folds to %U", r, f, fold(f))
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("Text.process of 日本語 and É\u0301\xff")
	f.Fuzz(func(t *testing.T, text string) {
		tokens := Tokens(nil, text)
		for _, tok := range tokens {
			if tok == "" || len(tok) > MaxTokenBytes || !utf8.ValidString(tok) {
				t.Errorf("Tokens(%q) has %q", text, tok)
			}
			if again := Tokens(nil, tok); len(again) != 1 || again[0] != tok {
				t.Errorf("Tokens(%q) = %q, and of that word: %q", text, tok, again)
			}
		}
		if again := Tokens(nil, strings.Join(tokens, "\x00")); !slices.Equal(again, tokens) {
			t.Errorf("Tokens(%q) = %q, joined: %q", text, tokens, again)
		}
	})
}
