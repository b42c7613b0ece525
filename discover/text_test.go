package discover

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// scanWords reports whether the document has one of the words of the text.
func scanWords(d *Doc, text string) bool {
	split := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	have := append(split(d.Name), split(d.Description)...)
	for _, p := range d.Provides {
		have = append(append(have, split(p.ID.Name)...), split(p.ID.Namespace)...)
	}
	return slices.ContainsFunc(split(text), func(w string) bool { return slices.Contains(have, w) })
}

func (u *universe) text() string {
	words := []string{"Images", "sounds", "tables", "quickly", "reads", "team1", "cap3", "cap0", "mod", "17", "unheard", "ns"}
	var text []string
	for range 1 + u.IntN(3) {
		text = append(text, words[u.IntN(len(words))])
	}
	return strings.Join(text, u.pick(" ", ", ", "-"))
}

// agreeText compares the answers to a query with text with the scan: which
// documents there are with the scan's, their order with their scores, and the
// scores with how they are explained.
func agreeText(t *testing.T, v *View, s scan, q Query) []Hit {
	t.Helper()
	limit, accept, text := q.Limit, q.Accept, q.Text
	c := MustCompile(q)
	q.Limit = 0
	all := v.Search(MustCompile(q), nil)
	q.Accept = func(d *Doc) bool { return scanWords(d, text) && (accept == nil || accept(d)) }
	want := s.search(q)
	if got := v.Count(c); got != len(want) || len(all) != len(want) {
		t.Errorf("found %d, counted %d, want %d for %+v", len(all), got, len(want), q)
		return all
	}
	known := map[*Doc]int32{}
	for _, h := range want {
		known[h.Doc] = h.Optional
	}
	for i, h := range all {
		if optional, ok := known[h.Doc]; !ok || optional != h.Optional {
			t.Errorf("%s is no hit, or not with %d", h.Doc.Key(), h.Optional)
		}
		if i > 0 && (all[i-1].Score < h.Score || all[i-1].Score == h.Score && !before(all[i-1].Doc, all[i-1].Optional, h.Doc, h.Optional)) {
			t.Errorf("%s is out of order", h.Doc.Key())
		}
	}
	some := all
	if limit > 0 {
		some = all[:min(limit, len(all))]
	}
	if got := v.Search(c, nil); !slices.Equal(got, some) {
		t.Errorf("limit %d:\n got %s\nwant %s", limit, hitsText(got), hitsText(some))
	}
	if got := slices.Collect(v.All(c)); !slices.Equal(got, some) {
		t.Errorf("All:\n got %s\nwant %s", hitsText(got), hitsText(some))
	}
	for _, h := range some[:min(3, len(some))] {
		e := v.Explain(c, h)
		if !e.Matches || e.Score != h.Score || len(e.Words) == 0 {
			t.Errorf("%s scored %v, explained as %+v", h.Doc.Key(), h.Score, e)
		}
	}
	return all
}

func TestView_textAgreesWithScan(t *testing.T) {
	t.Parallel()
	onlyOnce(t)
	for name, u := range universes(51) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, plain, s := NewView(WithText()), NewView(), scan{}
			for step := range 10 * *rounds {
				n := 1 + u.IntN(80)
				if step == 0 {
					n = 900
				}
				var add []*Doc
				for range n {
					d := u.doc()
					add = append(add, d)
					s.add(d)
				}
				gone := u.doc().Key()
				if v.Get(gone) != s.resolve(gone) && !slices.Contains(add, s.resolve(gone)) {
					t.Errorf("Get(%s) is not what was added", gone)
				}
				v, plain = v.With(add, nil).With(nil, []Key{gone}), plain.With(add, nil).With(nil, []Key{gone})
				s.remove(gone)
				if u.IntN(3) == 0 {
					var err error
					if v, err = Load(bytes.NewReader(saved(t, v)), s.resolve, WithText()); err != nil {
						t.Fatal(err)
					}
				}
				for i := range v.segs {
					if v.segs[i].text == nil {
						t.Fatal("a segment has no text")
					}
				}
				for range 4 {
					q := u.query()
					q.Text = u.text()
					agreeText(t, v, s, q)
					agreeText(t, plain, s, q)
				}
			}
		})
	}
}

func TestView_textWithAndWithoutIndex(t *testing.T) {
	t.Parallel()
	onlyOnce(t)
	u := universes(52)["versions"]
	s := scan{}
	for range 700 {
		s.add(u.doc())
	}
	docs := slices.Collect(maps.Values(s))
	v, plain := NewView(WithText()).With(docs, nil), NewView().With(docs, nil)
	for range 40 {
		q := u.query()
		q.Text = u.text()
		if a, b := agreeText(t, v, s, q), agreeText(t, plain, s, q); !slices.Equal(a, b) {
			t.Errorf("with an index %s\nwithout %s", hitsText(a), hitsText(b))
		}
	}
}
