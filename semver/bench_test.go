package semver

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"1.2.3", "1.22.333-rc.1", "1.22.333-rc.1+build.20260101"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVersionCompare(b *testing.B) {
	for _, pair := range [][2]string{{"1.2.3", "1.2.4"}, {"1.2.3-rc.10", "1.2.3-rc.9"}} {
		v, w := MustParse(pair[0]), MustParse(pair[1])
		b.Run(pair[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Compare(w)
			}
		})
	}
}

func BenchmarkParseRange(b *testing.B) {
	for _, s := range []string{">=1", "^1.2.3-beta.2", "1.x || >=2.5.0 || 5.0.0 - 7.2.3"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseRange(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRangeContains(b *testing.B) {
	many := make([]string, 64)
	for i := range many {
		many[i] = fmt.Sprintf("2.%d.0", 2*i)
	}
	for name, s := range map[string]string{
		"any": "*", "caret": "^1.2.3", "prerelease": "^2.40.0-rc.1", "alternatives=64": strings.Join(many, "||"),
	} {
		r := MustParseRange(s)
		for _, text := range []string{"2.40.0", "2.40.0-rc.2"} {
			v := MustParse(text)
			b.Run(name+"/"+text, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r.Contains(v)
				}
			})
		}
	}
}

func BenchmarkRangeIntersect(b *testing.B) {
	r, o := MustParseRange("^1.2.3-beta || ^3"), MustParseRange(">=1.4.0 <3.2.0")
	b.ReportAllocs()
	for b.Loop() {
		r.Intersect(o)
	}
}

func BenchmarkRangeString(b *testing.B) {
	r := MustParseRange("^1.2.3-beta || ^3")
	b.ReportAllocs()
	for b.Loop() {
		_ = r.String()
	}
}
