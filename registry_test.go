package modreg_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/semver"
)

func TestRegister_versionsSideBySide(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	for _, v := range []string{"1.0.0", "2.0.0-rc.1", "1.5.0", "0.9.0"} {
		register(t, reg, mod("a", v), provideProbe("a", &stats{}))
	}
	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &stats{}))
	s := reg.Snapshot()
	if got := refs(s.All()); got != "a@2.0.0-rc.1 a@1.5.0 a@1.0.0* a@0.9.0 b@1.0.0*" {
		t.Errorf("all: %s", got)
	}
	if got := refs(s.Versions("a")); got != "a@2.0.0-rc.1 a@1.5.0 a@1.0.0* a@0.9.0" {
		t.Errorf("versions: %s", got)
	}
	if m, ok := reg.Get("a@1.5.0"); !ok || m.Active() || m.Ref() != "a@1.5.0" {
		t.Errorf("get: %v %v", m, ok)
	}
	for _, ref := range []string{"a@3.0.0", "c", "a@", "a@x", "", "@"} {
		if _, ok := reg.Get(ref); ok {
			t.Errorf("Get(%q) found something", ref)
		}
	}
	wantCode(t, reg.Unregister(ctx, "a"), modreg.CodeInvalid, "several versions")
	must(t, reg.Unregister(ctx, "a@1.0.0"))
	if m, _ := reg.Get("a"); m.Ref() != "a@1.5.0" {
		t.Errorf("the highest release must become active, not %s", m)
	}
	if got := refs(s.All()); !strings.Contains(got, "a@1.0.0*") {
		t.Error("an old snapshot changed")
	}
	wantCode(t, reg.Unregister(ctx, "a@1.0.0"), modreg.CodeNotFound)
}

func TestRegister_conflicts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	m := mod("a", "1.0.0")
	register(t, reg, m, provideProbe("a", &stats{}))
	wantCode(t, reg.Register(ctx, m, provideProbe("a", &stats{})), modreg.CodeConflict, "bound here already")
	m.Description = "other"
	wantCode(t, reg.Register(ctx, m, provideProbe("a", &stats{})), modreg.CodeConflict, "other content")
	m = mod("a", "1.0.0+build.7")
	wantCode(t, reg.Register(ctx, m, provideProbe("a", &stats{})), modreg.CodeConflict)
	wantCode(t, reg.Register(ctx, mod("b", "1.0.0"), modreg.Provide(modreg.NewCapability[textProcessor]("test.greet"), newEcho)),
		modreg.CodeTypeConflict, "kit_test.go", "registry_test.go")
	if reg.Snapshot().Len() != 1 {
		t.Error("a refused module is registered")
	}
}

func TestRegister_badInput(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	ok := modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) { return &probe{stats: &stats{}}, nil })
	with := func(change func(*modreg.Manifest)) modreg.Manifest {
		m := mod("a", "1.0.0")
		change(&m)
		return m
	}
	for name, tt := range map[string]struct {
		m    modreg.Manifest
		opts []modreg.ModuleOption
		code modreg.Code
	}{
		"upper case name":    {mod("A", "1.0.0"), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"long name":          {mod(strings.Repeat("a", 129), "1.0.0"), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"unicode name":       {mod("bücher", "1.0.0"), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"no version":         {mod("a", ""), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"bad version":        {mod("a", "1.0"), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"bad provided":       {mod("a", "1.0.0"), []modreg.ModuleOption{modreg.Provide(greet, nilFactory, modreg.Version("one"))}, modreg.CodeInvalid},
		"bad attribute":      {mod("a", "1.0.0"), []modreg.ModuleOption{modreg.Provide(greet, nilFactory, modreg.Attr("A B", 1))}, modreg.CodeInvalid},
		"int out of range":   {mod("a", "1.0.0"), []modreg.ModuleOption{modreg.Provide(greet, nilFactory, modreg.Attr("n", math.MaxInt64))}, modreg.CodeInvalid},
		"bad range":          {mod("a", "1.0.0"), []modreg.ModuleOption{ok, modreg.Require(text, modreg.Range("zzz"))}, modreg.CodeInvalid},
		"bad filter":         {mod("a", "1.0.0"), []modreg.ModuleOption{ok, modreg.Require(text, modreg.Filter("("))}, modreg.CodeInvalid},
		"nil factory":        {mod("a", "1.0.0"), []modreg.ModuleOption{modreg.Provide[greeter](greet, nil)}, modreg.CodeInvalid},
		"provided twice":     {mod("a", "1.0.0"), []modreg.ModuleOption{ok, ok}, modreg.CodeInvalid},
		"zero capability":    {mod("a", "1.0.0"), []modreg.ModuleOption{modreg.Provide(modreg.Capability[greeter]{}, nilFactory)}, modreg.CodeInvalid},
		"no code":            {with(func(m *modreg.Manifest) { m.Provides = []manifest.Provision{{Capability: "x"}} }), nil, modreg.CodeUnbound},
		"unknown entry":      {with(func(m *modreg.Manifest) { m.Entry = "nothing" }), nil, modreg.CodeUnbound},
		"entry and code":     {with(func(m *modreg.Manifest) { m.Entry = "nothing" }), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"unknown runtime":    {with(func(m *modreg.Manifest) { m.Runtime = "wasm" }), nil, modreg.CodeUnsupported},
		"memory limit":       {with(func(m *modreg.Manifest) { m.Limits = &manifest.Limits{Memory: 1 << 20} }), []modreg.ModuleOption{ok}, modreg.CodeUnsupported},
		"negative limit":     {with(func(m *modreg.Manifest) { m.Limits = &manifest.Limits{Memory: -1} }), []modreg.ModuleOption{ok}, modreg.CodeInvalid},
		"permissions":        {with(func(m *modreg.Manifest) { m.Permissions = &manifest.Permissions{Environment: []string{"HOME"}} }), []modreg.ModuleOption{ok}, modreg.CodeUnsupported},
		"schema unchecked":   {with(func(m *modreg.Manifest) { m.ConfigSchema = []byte(`{"type":"object"}`) }), []modreg.ModuleOption{ok}, modreg.CodeUnsupported},
		"config not JSON":    {mod("a", "1.0.0"), []modreg.ModuleOption{ok, modreg.WithConfig([]byte("{"))}, modreg.CodeInvalid},
		"config unencodable": {mod("a", "1.0.0"), []modreg.ModuleOption{ok, modreg.WithConfig(math.NaN())}, modreg.CodeInvalid},
		"options and manifest": {
			with(func(m *modreg.Manifest) { m.Provides = []manifest.Provision{{Capability: "test.greet"}} }),
			[]modreg.ModuleOption{modreg.Provide(greet, nilFactory, modreg.Version("1.0.0"))},
			modreg.CodeInvalid,
		},
	} {
		err := reg.Register(ctx, tt.m, tt.opts...)
		if got := modreg.CodeOf(err); got != tt.code || strings.HasPrefix(err.Error(), ":") {
			t.Errorf("%s: code %q, want %q: %v", name, got, tt.code, err)
		}
	}
	if reg.Snapshot().Seq() != 0 || reg.Snapshot().Len() != 0 {
		t.Error("bad input reached the journal")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	wantCode(t, reg.Register(ended, mod("a", "1.0.0"), ok), modreg.CodeCanceled)
}

func nilFactory(context.Context, modreg.Deps) (greeter, error) { return nil, nil }

func TestRegister_goAndFileAreTheSameManifest(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	file, err := manifest.Parse([]byte(`{"name":"upper","version":"1.0.0","entry":"upper",
		"provides":[{"capability":"test.greet","version":"1.2.0","attributes":{"lang":"en"}}]}`))
	must(t, err)
	reg := open(t, modreg.WithEntry("upper", provideProbe("entry", &stats{})))
	must(t, reg.Register(ctx, file))
	must(t, reg.Register(ctx, file)) // a file may be applied again
	wantHello(t, lookup(t, reg, greet, modreg.Where("lang", "en"), modreg.Range("^1.2")), "entry")

	other := open(t)
	m := mod("upper", "1.0.0")
	register(t, other, m, modreg.Provide(greet, nilFactory, modreg.Version("1.2.0"), modreg.Attr("lang", "en")))
	inGo, _ := other.Get("upper")
	file.Entry = ""
	plain, err := manifest.Check(file)
	must(t, err)
	if inGo.Digest() != plain.Digest {
		t.Errorf("digests differ: %s in Go, %s in a file", inGo.Digest(), plain.Digest)
	}
	if got := inGo.Manifest(); got.Name != "upper" || len(got.Provides) != 1 || got.Runtime != "native" {
		t.Errorf("manifest %+v", got)
	}
}

func TestShare_oneValueForSeveralCapabilities(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	name := modreg.NewCapability[namer]("test.name")
	register(t, reg, mod("a", "1.0.0"), modreg.Share(
		func(context.Context, modreg.Deps) (*probe, error) {
			s.built.Add(1)
			return &probe{name: "shared", stats: &s}, nil
		},
		modreg.As(greet, func(p *probe) greeter { return p }, modreg.Attr("lang", "en")),
		modreg.As(name, func(p *probe) namer { return named(p.name) }),
	))
	wantHello(t, lookup(t, reg, greet, modreg.Where("lang", "en")), "shared")
	out, err := modreg.Do(context.Background(), lookup(t, reg, name), func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
	if err != nil || out != "shared" || s.built.Load() != 1 {
		t.Errorf("%q, %v; built %d times", out, err, s.built.Load())
	}
}

func TestRegister_concurrentCallersAreAllSeen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("m%d-%d", w, i)
				if err := reg.Register(ctx, mod(name, "1.0.0"), provideProbe(name, &stats{})); err != nil {
					t.Errorf("register: %v", err)
				}
				if _, ok := reg.Get(name); !ok {
					t.Errorf("%s is not visible to the next reader", name)
				}
			}
		})
	}
	wg.Wait()
	if s := reg.Snapshot(); s.Len() != 400 || s.Seq() != 400 {
		t.Errorf("len %d, seq %d", s.Len(), s.Seq())
	}
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	add := func(name, version, kind, lang string, pages int, more ...modreg.ModuleOption) {
		m := mod(name, version)
		m.Kind, m.Licence, m.Metadata = kind, "MIT", map[string]string{"team": kind}
		register(t, reg, m, append(more, modreg.Provide(greet, nilFactory, modreg.Version(version), modreg.Attr("lang", lang), modreg.Attr("pages", pages)))...)
	}
	extra := modreg.Provide(text, newEcho)
	add("content.en", "1.0.0", "analyzer", "en", 1)
	add("content.de", "1.4.0", "analyzer", "de", 9, extra)
	add("other.en", "2.0.0", "storage", "en", 3)
	add("content.en", "2.0.0", "analyzer", "en", 5, extra)
	must(t, reg.Activate(ctx, "content.en@1.0.0"))
	for name, tt := range map[string]struct {
		q    modreg.Query
		want string
	}{
		"everything":     {modreg.Query{}, "content.de@1.4.0* content.en@1.0.0* other.en@2.0.0*"},
		"all versions":   {modreg.Query{AllVersions: true}, "content.de@1.4.0* content.en@2.0.0 content.en@1.0.0* other.en@2.0.0*"},
		"limit":          {modreg.Query{Limit: 2}, "content.de@1.4.0* content.en@1.0.0*"},
		"name":           {modreg.Query{Name: "other.en"}, "other.en@2.0.0*"},
		"pattern":        {modreg.Query{Name: "content.*"}, "content.de@1.4.0* content.en@1.0.0*"},
		"kind":           {modreg.Query{Kind: "storage"}, "other.en@2.0.0*"},
		"metadata":       {modreg.Query{Metadata: map[string]string{"team": "storage"}}, "other.en@2.0.0*"},
		"licence":        {modreg.Query{Licence: "GPL-3.0-only"}, ""},
		"version":        {modreg.Query{Version: ">=2"}, "content.en@2.0.0 other.en@2.0.0*"},
		"require":        {modreg.Query{Require: []string{`test.greet where lang = "en"`}}, "content.en@1.0.0* other.en@2.0.0*"},
		"range":          {modreg.Query{Require: []string{"test.greet>=1.3 <2"}}, "content.de@1.4.0*"},
		"two":            {modreg.Query{Require: []string{"test.greet", "text.process"}}, "content.de@1.4.0* content.en@2.0.0"},
		"module":         {modreg.Query{Require: []string{"module/content.en ^2"}}, "content.en@2.0.0"},
		"optional first": {modreg.Query{Optional: []string{"text.process"}}, "content.de@1.4.0* content.en@1.0.0* other.en@2.0.0*"},
		"optional all":   {modreg.Query{Optional: []string{"text.process"}, AllVersions: true}, "content.de@1.4.0* content.en@2.0.0 content.en@1.0.0* other.en@2.0.0*"},
		"forbid":         {modreg.Query{Forbid: []string{"text.process"}}, "content.en@1.0.0* other.en@2.0.0*"},
		"nothing":        {modreg.Query{Require: []string{"no.such"}}, ""},
	} {
		found, err := reg.Discover(tt.q)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := refs(found); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	for name, q := range map[string]modreg.Query{
		"pattern": {Name: "["}, "version": {Version: "x.y"}, "require": {Require: []string{"Bad"}}, "optional": {Optional: []string{"a where"}},
		"forbid": {Forbid: []string{""}}, "limit": {Limit: -1}, "too many": {Require: make([]string, 300)},
	} {
		_, err := reg.Discover(q)
		if modreg.CodeOf(err) != modreg.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpen_badOptions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, opts := range map[string][]modreg.Option{
		"entry twice":   {modreg.WithEntry("a", provideProbe("a", &stats{})), modreg.WithEntry("a")},
		"entry options": {modreg.WithEntry("a", modreg.Provide(greet, nilFactory, modreg.Version("1.0.0")))},
		"entry types":   {modreg.WithEntry("a", provideProbe("a", &stats{}), modreg.Provide(modreg.NewCapability[namer]("test.greet"), func(context.Context, modreg.Deps) (namer, error) { return nil, nil }))},
	} {
		if _, err := modreg.Open(ctx, opts...); err == nil {
			t.Errorf("%s: no error", name)
		} else if c := modreg.CodeOf(err); c == modreg.CodeUnknown {
			t.Errorf("%s: %v has no code", name, err)
		}
	}
}

func TestModule_manifestIsRestoredExactly(t *testing.T) {
	t.Parallel()
	reg := open(t, modreg.WithEntry("e", provideProbe("e", &stats{})))
	for i, doc := range []string{
		`{}`,
		`{"kind":"storage"}`,
		`{"description":"d"}`,
		`{"metadata":{"team":"x"},"license":"MIT"}`,
		`{"provides":[{"capability":"test.greet"}],"entry":"e","start":"eager"}`,
		`{"requires":[{"capability":"x"},{"capability":"ns/y","range":"^1 || 3.0.0-rc.1","filter":"a=1 and not exists b","optional":true},
			{"capability":"module/z","range":">=2","many":true},{"capability":"w","forbid":true}]}`,
		`{"limits":{"start":"3s","drain":"1m0s"}}`,
		`{"conditions":{"os":["linux"],"environment":{"A":[]},"capabilities":["x >=1"]}}`,
	} {
		body := strings.TrimPrefix(doc, "{")
		if body != "}" {
			body = "," + body
		}
		m, err := manifest.Parse(fmt.Appendf(nil, `{"name":"m%d","version":"1.0.0-rc.1+b7"%s`, i, body))
		must(t, err)
		register(t, reg, m)
		want, err := manifest.Check(m)
		must(t, err)
		got, _ := reg.Get(m.Name)
		if got.Digest() != want.Digest {
			t.Errorf("%s: restored to another digest: %+v", doc, got.Manifest())
		}
	}
	attrs := modreg.Provide(greet, nilFactory, modreg.Version("2.1.0-x"), modreg.Attr("s", "a b"), modreg.Attr("i", -3), modreg.Attr("b", true),
		modreg.Attr("v", semver.MustParse("1.2.3")), modreg.Attr("set", []string{"y", "x"}))
	register(t, reg, mod("attrs", "1.0.0"), attrs)
	got, _ := reg.Get("attrs")
	again, err := manifest.Check(got.Manifest())
	must(t, err)
	if again.Digest != got.Digest() || got.Provides()[0].Attrs.Len() != 5 {
		t.Errorf("attributes restored as %+v", got.Manifest().Provides)
	}
}
