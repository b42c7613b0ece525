package capability_test

import (
	"fmt"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func ExampleParseRequirement() {
	need, err := capability.ParseRequirement(`text.process>=1 where lang = "en" and not cost > 10`)
	if err != nil {
		fmt.Println(err)
		return
	}
	attrs, err := capability.NewAttrs(capability.Attr{Name: "lang", Value: capability.String("en")})
	if err != nil {
		fmt.Println(err)
		return
	}
	offer := capability.Capability{ID: need.ID, Version: semver.MustParse("1.4.0"), Attrs: attrs}

	fmt.Println(need)
	fmt.Println(offer, need.Matches(offer))

	_, err = capability.ParseRequirement("Text.Process ^1")
	fmt.Println(err)
	// Output:
	// text.process >=1.0.0 where lang = "en" and not cost > 10
	// text.process@1.4.0 true
	// requirement "Text.Process ^1", byte 0: capability id "Text.Process": 'T' is upper case, write "text.process"
}

func ExampleParseFilter() {
	f, err := capability.ParseFilter(`(tags in ["slow","fast"]) and (abi>=v"1.2.0" or not(exists(abi)))`)
	if err != nil {
		fmt.Println(err)
		return
	}
	attrs, err := capability.NewAttrs(capability.Attr{Name: "tags", Value: capability.Set("fast", "stable")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f)
	fmt.Println(f.Match(attrs), f.Match(capability.Attrs{}))

	_, err = capability.ParseFilter(`lang == "en"`)
	fmt.Println(err)
	// Output:
	// tags in ["fast", "slow"] and (abi >= v"1.2.0" or not exists abi)
	// true false
	// filter "lang == \"en\"", byte 5: == is not of this language, write =
}

func ExampleParseID() {
	for _, s := range []string{"text.process", "acme/text", "module/acme/upper", "acme/text/upper"} {
		id, err := capability.ParseID(s)
		fmt.Printf("%q %q %v\n", id.Namespace, id.Name, err)
	}
	// Output:
	// "" "text.process" <nil>
	// "acme" "text" <nil>
	// "module" "acme/upper" <nil>
	// "" "" capability id "acme/text/upper", byte 9: holds a second '/', which only the namespace "module" allows
}

func ExampleNewAttrs() {
	attrs, err := capability.NewAttrs(
		capability.Attr{Name: "lang", Value: capability.String("en")},
		capability.Attr{Name: "abi", Value: capability.Version(semver.MustParse("1.2.0"))},
		capability.Attr{Name: "tags", Value: capability.Set("fast", "cheap")},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", attrs.AppendJSON(nil))
	// Output:
	// {"abi":{"version":"1.2.0"},"lang":"en","tags":["cheap","fast"]}
}
