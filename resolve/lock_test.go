package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/semver"
)

const lockText = `modreg.lock 1
forbids legacy
needs module/app >=1.0.0 <3.0.0
needs-all log ^1
wants metrics where lang = "en"
module app 2.1.0 sha256:9f86d0
module core 2.0.0+b2 -
module core 1.4.0 -
`

func canonicalLock(t *testing.T) string {
	t.Helper()
	l, err := ParseLock([]byte(lockText))
	if err != nil {
		t.Fatal(err)
	}
	text, err := l.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLock_roundTrip(t *testing.T) {
	t.Parallel()
	want := strings.Replace(lockText, "needs-all log ^1", "needs-all log >=1.0.0 <2.0.0", 1)
	if got := canonicalLock(t); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// However the lines of two branches come together, the lock is the same.
func TestParseLock_mergesInAnyOrder(t *testing.T) {
	t.Parallel()
	head, body, _ := strings.Cut(canonicalLock(t), "\n")
	lines := strings.SplitAfter(body, "\n")
	lines = append(lines, lines[0], "# a comment\n", "\n", strings.TrimSuffix(lines[4], "\n")+"\r\n")
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		l, err := ParseLock([]byte(head + "\n" + strings.Join(lines, "")))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := l.MarshalText(); err != nil || string(text) != canonicalLock(t) {
			t.Fatalf("got %s, %v", text, err)
		}
	}
}

func TestParseLock_faults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                                    "line 1: want \"modreg.lock 1\"",
		"modreg.lock 2\n":                                     "line 1: want \"modreg.lock 1\", got \"modreg.lock 2\"",
		"modreg.lock 1\nmodule a\n":                           "line 2: want a name, a version and a digest",
		"modreg.lock 1\nmodule a 1.0 -\n":                     "line 2:",
		"modreg.lock 1\nmodule a\x01 1.0.0 -\n":               "line 2:",
		"modreg.lock 1\nmodule  1.0.0 -\n":                    "line 2:",
		"modreg.lock 1\nneeds Not-A-Name!\n":                  "line 2:",
		"modreg.lock 1\nhas a\n":                              "line 2: want needs, wants, forbids or module",
		"modreg.lock 1\n\n<<<<<<< ours\n":                     "line 3: a merge conflict",
		"modreg.lock 1\nmodule a 1.0.0 x\nmodule a 1.0.0 y\n": "line 3: a@1.0.0 has two digests",
	} {
		_, err := ParseLock([]byte(text))
		if e, ok := errors.AsType[*LockError](err); !ok || !strings.Contains(e.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	bad := &Lock{Modules: []Locked{{Name: "with space"}}}
	if _, err := bad.MarshalText(); err == nil {
		t.Error("a name that cannot be read back was written")
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte(lockText))
	f.Add([]byte("modreg.lock 1\nmodule a 1.0.0 -\n=======\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLock(data)
		if err != nil {
			return
		}
		text, err := l.MarshalText()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		var again Lock
		if err := again.UnmarshalText(text); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, text)
		}
		if twice, err := again.MarshalText(); err != nil || !bytes.Equal(twice, text) {
			t.Fatalf("not canonical: %v\n%s\n%s", err, text, twice)
		}
	})
}

func TestLock_changes(t *testing.T) {
	t.Parallel()
	from := &Lock{Modules: []Locked{{Name: "a", Version: semver.MustParse("1.0.0")}, {Name: "b", Version: semver.MustParse("1.0.0")}, {Name: "c"}}}
	to := &Lock{Modules: []Locked{{Name: "a", Version: semver.MustParse("2.0.0")}, {Name: "c"}, {Name: "d"}}}
	if got := fmt.Sprint(from.Changes(to)); got != "[a 1.0.0 -> 2.0.0 - b 1.0.0 + d 0.0.0]" {
		t.Errorf("got %s", got)
	}
	if from.Changes(from) != nil || len((*Lock)(nil).Changes(to)) != 3 || len(to.Changes(nil)) != 3 {
		t.Error("nothing changes in itself, and everything from nothing")
	}
	if open := from.Without("a", "c"); len(open.Modules) != 1 || len(from.Modules) != 3 {
		t.Errorf("left %v", open.Modules)
	}
}

const lockWorld = `
	root | needs module/app
	app@1.0.0 | needs x
	app@2.0.0 | needs x
	core@1.0.0 | gives x@1.0.0
	core@2.0.0 | gives x@2.0.0`

func TestResolve_keepsWhatIsLocked(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, lockWorld).problem
	p.Lock = &Lock{Modules: []Locked{{Name: "app", Version: semver.MustParse("1.0.0")}, {Name: "core", Version: semver.MustParse("1.0.0")}}}
	for _, mode := range []Change{ChangePrefer, ChangeFewest} {
		p.Change = mode
		sol, err := solve(t, p)
		if err != nil || names(sol) != "core@1.0.0 app@1.0.0" || sol.Proven != (mode == ChangeFewest) {
			t.Fatalf("got %v, %v", sol, err)
		}
		if again := sol.Lock(p); !slices.Equal(again.Modules, p.Lock.Modules) {
			t.Errorf("locked anew: %v", again.Modules)
		}
	}
	p.Lock = p.Lock.Without("core")
	if sol, err := solve(t, p); err != nil || names(sol) != "core@2.0.0 app@1.0.0" {
		t.Errorf("upgraded to %v, %v", sol, err)
	}
}

// What has another digest than was locked is not used.
func TestResolve_refusesAnotherDigest(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, lockWorld)
	for _, c := range w.candidates {
		c.Digest = "sha256:new"
	}
	p := w.problem
	p.Universe = NewIndex(w.candidates...)
	p.Lock = &Lock{Modules: []Locked{
		{Name: "core", Version: semver.MustParse("1.0.0"), Digest: "sha256:old"},
		{Name: "core", Version: semver.MustParse("2.0.0"), Digest: "sha256:old"},
	}}
	_, err := solve(t, p)
	if e := asUnsatisfiable(t, err); !strings.Contains(e.Error(), "its digest is sha256:new, and the lock has sha256:old") {
		t.Errorf("got %v", e)
	}
}

// The fewest changes are found where deciding for what is locked first is not
// enough: keeping a would change both b and c.
func TestResolve_changesFewest(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, `
		root | needs module/new | needs module/a | needs module/b | needs module/c
		new@1.0.0 | needs x
		a@1.0.0 | bars module/b 1.0.0 | bars module/c 1.0.0 | gives x
		a@2.0.0 | gives x
		b@1.0.0
		b@2.0.0
		c@1.0.0
		c@2.0.0`).problem
	one := semver.MustParse("1.0.0")
	p.Lock = &Lock{Modules: []Locked{{Name: "a", Version: one}, {Name: "b", Version: one}, {Name: "c", Version: one}}}
	p.Change = ChangeFewest
	sol, err := solve(t, p)
	if err != nil || !sol.Proven {
		t.Fatalf("got %v, %v", sol, err)
	}
	if got := names(sol); got != "a@2.0.0 b@1.0.0 c@1.0.0 new@1.0.0" {
		t.Errorf("got %s", got)
	}
}
