package discover_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/semver"
)

func doc(name, version, kind string, provides ...string) *discover.Doc {
	d := &discover.Doc{Name: name, Version: semver.MustParse(version), Kind: kind, Active: true}
	for _, text := range provides {
		id, err := capability.ParseID(text)
		if err != nil {
			panic(err)
		}
		d.Provides = append(d.Provides, capability.Capability{ID: id, Version: d.Version})
	}
	return d
}

func require(texts ...string) (reqs []capability.Requirement) {
	for _, text := range texts {
		r, err := capability.ParseRequirement(text)
		if err != nil {
			panic(err)
		}
		reqs = append(reqs, r)
	}
	return reqs
}

func Example() {
	index := discover.New()
	defer index.Close()
	index.Update([]*discover.Doc{
		doc("upper", "1.2.0", "filter", "text.process"),
		doc("translate", "2.0.0", "filter", "text.process", "text.translate"),
		doc("resize", "1.0.0", "filter", "image.resize"),
	}, nil)

	q, err := discover.Compile(discover.Query{
		Require:  require("text.process >=1"),
		Optional: require("text.translate"),
		Limit:    20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, hit := range index.View().Search(q, nil) {
		fmt.Println(hit.Doc.Key(), hit.Optional)
	}
	// Output:
	// translate@2.0.0 1
	// upper@1.2.0 0
}

func ExampleCompile() {
	_, err := discover.Compile(discover.Query{Name: "team/[a"})
	fmt.Println(err)
	// Output: query: Name "team/[a" is not a pattern
}

func ExampleView_With() {
	before := discover.NewView().With([]*discover.Doc{doc("upper", "1.2.0", "filter")}, nil)
	after := before.With([]*discover.Doc{doc("upper", "1.3.0", "filter")}, []discover.Key{{Name: "upper", Version: semver.MustParse("1.2.0")}})
	fmt.Println(before.Len(), after.Len())
	for hit := range after.All(discover.MustCompile(discover.Query{})) {
		fmt.Println(hit.Doc.Key())
	}
	// Output:
	// 1 1
	// upper@1.3.0
}

func ExampleView_Count() {
	v := discover.NewView().With([]*discover.Doc{
		doc("upper", "1.2.0", "filter"), doc("upper", "1.3.0", "filter"), doc("mail", "1.0.0", "sink"),
	}, nil)
	fmt.Println(v.Count(discover.MustCompile(discover.Query{Kind: "filter"})))
	fmt.Println(v.Count(discover.MustCompile(discover.Query{Kind: "filter", Policy: discover.AllVersions})))
	// Output:
	// 1
	// 2
}

func ExampleWithText() {
	resize := doc("resize", "1.0.0", "filter", "image.resize")
	resize.Description = "Makes pictures smaller"
	crop := doc("crop", "1.0.0", "filter", "image.crop")
	crop.Description = "Cuts the edges of pictures"
	v := discover.NewView(discover.WithText()).With([]*discover.Doc{crop, resize}, nil)

	q := discover.MustCompile(discover.Query{Text: "smaller pictures"})
	for _, hit := range v.Search(q, nil) {
		fmt.Print(hit.Doc.Name, ":")
		for _, word := range v.Explain(q, hit).Words {
			fmt.Print(" ", word.Word)
		}
		fmt.Println()
	}
	// Output:
	// resize: smaller pictures
	// crop: pictures
}

func ExampleIndex_Watch() {
	index := discover.New()
	index.Update([]*discover.Doc{doc("upper", "1.0.0", "filter", "text.process")}, nil)
	q := discover.MustCompile(discover.Query{Require: require("text.process")})
	for change := range index.Watch(context.Background(), q) {
		switch change.Kind {
		case discover.Added:
			fmt.Println("added", change.Doc.Key())
			index.Update([]*discover.Doc{doc("upper", "1.1.0", "filter", "text.process")},
				[]discover.Key{{Name: "upper", Version: semver.MustParse("1.0.0")}})
		case discover.Changed:
			fmt.Println("changed to", change.Doc.Key())
			index.Update(nil, []discover.Key{change.Doc.Key()})
		case discover.Removed:
			fmt.Println("removed", change.Old.Key())
			index.Close()
		}
	}
	// Output:
	// added upper@1.0.0
	// changed to upper@1.1.0
	// removed upper@1.1.0
}

func ExampleLoad() {
	docs := map[string]*discover.Doc{"upper": doc("upper", "1.2.0", "filter"), "mail": doc("mail", "1.0.0", "sink")}
	v := discover.NewView().With([]*discover.Doc{docs["upper"], docs["mail"]}, nil)
	var file bytes.Buffer
	if err := v.Save(&file); err != nil {
		fmt.Println(err)
		return
	}
	delete(docs, "mail")
	loaded, err := discover.Load(&file, func(k discover.Key) *discover.Doc { return docs[k.Name] })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loaded.Len())
	// Output: 1
}
