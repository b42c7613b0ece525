package bm25_test

import (
	"fmt"

	"github.com/modreg/modreg/internal/bm25"
)

func Example() {
	var b bm25.Builder
	for doc, m := range []struct{ name, description string }{
		{"text.upper", "turns text to upper case"},
		{"image.scale", "scales images"},
		{"report", "makes a report of text and images"},
	} {
		err := b.Add(uint32(doc), bm25.Field{Text: m.name, Weight: 3}, bm25.Field{Text: m.description})
		if err != nil {
			fmt.Println(err)
		}
	}
	s := b.Build()

	q := bm25.NewQuery("Text, images", bm25.Any)
	var st bm25.Stats
	st.Add(q, s)
	for _, h := range s.Search(q, &st, nil, 2, nil) {
		fmt.Printf("document %d: %.2f\n", h.Doc, h.Score)
		for _, t := range s.Explain(q, &st, h.Doc) {
			fmt.Printf("  %s: %.2f\n", t.Term, t.Score)
		}
	}
	fresh := q.ScoreText(&st, bm25.Field{Text: "text", Weight: 3})
	fmt.Printf("not in a segment: %.2f\n", fresh)
	// Output:
	// document 2: 0.93
	//   text: 0.46
	//   images: 0.46
	// document 0: 0.78
	//   text: 0.78
	// not in a segment: 0.87
}

func ExampleMerge() {
	var a, b bm25.Builder
	_ = a.Add(0, bm25.Field{Text: "one"})
	_ = a.Add(1, bm25.Field{Text: "two"})
	_ = b.Add(0, bm25.Field{Text: "two and three"})

	merged, err := bm25.Merge([]*bm25.Segment{a.Build(), b.Build()}, func(source int, doc uint32) (uint32, bool) {
		return doc + uint32(source), source == 1 || doc == 0 // without the document "two"
	})
	fmt.Println(merged.Docs(), merged.DocFreq("two"), err)
	// Output: 2 1 <nil>
}
