package manifest_test

import (
	"fmt"

	"github.com/modreg/modreg/manifest"
)

func ExampleParse() {
	m, err := manifest.Parse([]byte(`{"name": "upper", "version": "1.2.3"}`))
	fmt.Println(m.Name, m.Version, err)

	_, err = manifest.Parse([]byte(`{"name": "upper", "verson": "1.2.3"}`))
	fmt.Println(err)
	// Output:
	// upper 1.2.3 <nil>
	// manifest: line 1, column 19: verson: unknown field (did you mean "version"?)
}

func ExampleCheck() {
	checked, err := manifest.Check(manifest.Manifest{
		Name:    "upper",
		Version: "1.2.3",
		Runtime: "native", // the default, so that the canonical bytes leave it out
		Provides: []manifest.Provision{
			{Capability: "text.process", Version: "1.2.0"},
		},
		Requires: []manifest.Requirement{
			{Capability: "log", Range: "^1.4"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(checked.ModuleCapability())
	fmt.Println(checked.Requires[0])
	fmt.Printf("%s\n", checked.Canonical)
	fmt.Println(checked.Digest)
	// Output:
	// module/upper@1.2.3
	// log >=1.4.0 <2.0.0
	// {"name":"upper","provides":[{"capability":"text.process","version":"1.2.0"}],"requires":[{"capability":"log","range":">=1.4.0 <2.0.0"}],"version":"1.2.3"}
	// sha256:3d75f201e679f1851f37e4530c39fa746fff1650dd1db2429593884c2f519c6a
}

func ExampleCheck_problems() {
	_, err := manifest.Check(manifest.Manifest{
		Name:     "Upper",
		Version:  "1.2",
		Provides: []manifest.Provision{{Capability: "text.process", Version: "1.x"}},
	})
	fmt.Println(err)
	// Output:
	// manifest: name: "Upper" is not a module name: 'U' is upper case, write "upper"
	// manifest: version: "1.2" is not a version: a version has three numbers with dots between (write it as MAJOR.MINOR.PATCH)
	// manifest: provides[0].version: "1.x" is not a version: a number is missing (write it as MAJOR.MINOR.PATCH)
}

func ExampleCanonicalise() {
	canonical, err := manifest.Canonicalise([]byte(`{"b": 1.50, "a": [1E2, "\u20ac"]}`))
	fmt.Println(string(canonical), err)
	// Output: {"a":[100,"€"],"b":1.5} <nil>
}

func ExampleDecodeStrict() {
	var config struct {
		Port int `json:"port"`
	}
	err := manifest.DecodeStrict([]byte(`{"port": 80, "port": 8080}`), &config)
	fmt.Println(err)
	err = manifest.DecodeStrict([]byte(`{"Port": 80}`), &config)
	fmt.Println(err)
	// Output:
	// json: line 1, column 14: port: stands twice in one object (remove one of the two)
	// json: line 1, column 2: Port: unknown field (write it as "port": names are case-sensitive)
}

func ExampleParseDigest() {
	_, err := manifest.ParseDigest("sha256:abc")
	fmt.Println(err)
	// Output: digest: "sha256:abc" is not a digest (write "sha256:" and 64 digits of 0-9 and a-f)
}
