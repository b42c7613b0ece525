package semver_test

import (
	"fmt"

	"github.com/modreg/modreg/semver"
)

func ExampleParse() {
	v, err := semver.Parse("1.2.3-rc.1+build.7")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Major(), v.Minor(), v.Patch(), v.Prerelease(), v.Build())
	fmt.Println(v.Compare(semver.MustParse("1.2.3")))

	_, err = semver.Parse("v1.2")
	fmt.Println(err)
	// Output:
	// 1 2 3 rc.1 build.7
	// -1
	// parse "v1.2": a number is missing
}

func ExampleParseRange() {
	r, err := semver.ParseRange("^1.2 || 2.x")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r)
	fmt.Println(r.Contains(semver.MustParse("2.7.1")))
	fmt.Println(r.Contains(semver.MustParse("2.7.1-rc.1")))
	// Output:
	// >=1.2.0 <3.0.0
	// true
	// false
}

func ExampleParseRangePrerelease() {
	r, err := semver.ParseRangePrerelease("^1.2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r)
	fmt.Println(r.Contains(semver.MustParse("1.5.0-rc.1")))
	// Output:
	// >=1.2.0 <2.0.0 || pre:>=1.2.0-0 <2.0.0-0
	// true
}

func ExampleRange_Intersect() {
	a := semver.MustParseRange("^1.2.3-beta")
	b := semver.MustParseRange("<1.4.0")
	fmt.Println(a.Intersect(b))
	fmt.Println(a.Intersect(semver.MustParseRange("2.x")))
	// Output:
	// >=1.2.3 <1.4.0
	// <0.0.0-0
}

func ExampleRange_Complement() {
	fmt.Println(semver.MustParseRange("1.x").Complement())
	// Output:
	// <1.0.0 || >=2.0.0 || pre:*
}
