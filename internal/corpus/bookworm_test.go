package corpus

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
)

// offered is who provides a capability.
type offered map[capability.ID][]*resolve.Candidate

func offeredBy(candidates []*resolve.Candidate) offered {
	o := make(offered)
	for _, c := range candidates {
		for _, p := range c.Provides {
			o[p.ID] = append(o[p.ID], c)
		}
	}
	return o
}

// other yields the providers of r other than c.
func (o offered) other(c *resolve.Candidate, r capability.Requirement) iter.Seq[*resolve.Candidate] {
	return func(yield func(*resolve.Candidate) bool) {
		for _, p := range o[r.ID] {
			if p != c && p.Satisfies(r) && !yield(p) {
				return
			}
		}
	}
}

// broken lists the rules that the set breaks, by nothing but who provides what.
func broken(set []*resolve.Candidate) (faults []string) {
	o := offeredBy(set)
	for _, c := range set {
		for _, r := range c.Requires {
			var found *resolve.Candidate
			for found = range o.other(c, r) {
				break
			}
			switch {
			case r.Forbid && found != nil:
				faults = append(faults, fmt.Sprintf("%s forbids %s, which is %s", c, r, found))
			case !r.Forbid && !r.Optional && found == nil:
				faults = append(faults, fmt.Sprintf("%s needs %s", c, r))
			}
		}
	}
	return faults
}

func TestDebianUniverse_holdsAnswersOfOthers(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	for _, name := range []string{"apt-norecommends-gnome", "apt-recommends-gnome", "libsolv-recommends-gnome"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var set []*resolve.Candidate
			for line := range strings.FieldsSeq(string(sharedFile(t, "debian", "expected", name+".txt"))) {
				if c := cmp.Or(b.newest[line], b.exact[line]); c != nil {
					set = append(set, c)
				} else {
					t.Errorf("%s is not there", line)
				}
			}
			if len(set) < 1000 || !slices.Contains(set, b.newest["gnome"]) {
				t.Fatalf("%d packages without gnome", len(set))
			}
			faults := broken(set)
			t.Logf("%d packages, %d faults", len(set), len(faults))
			if len(faults) > 0 {
				t.Errorf("%s", strings.Join(faults[:min(len(faults), 20)], "\n"))
			}
			// The check has teeth: without a package that others need it finds them.
			without := slices.DeleteFunc(slices.Clone(set), func(c *resolve.Candidate) bool { return c.Name == "libc6" })
			if len(broken(without)) < 500 {
				t.Errorf("without libc6 only %d faults", len(broken(without)))
			}
		})
	}
}

// hopeless are the packages that cannot be installed because of one requirement
// whose providers are all hopeless or exclude the package, found by repetition.
func hopeless(candidates []*resolve.Candidate) map[string]bool {
	o := offeredBy(candidates)
	usable := func(c *resolve.Candidate, r capability.Requirement, gone map[string]bool) bool {
		for p := range o.other(c, r) {
			if !gone[p.Name] && !excludes(c, p) && !excludes(p, c) {
				return true
			}
		}
		return false
	}
	gone := make(map[string]bool)
	for changed := true; changed; {
		changed = false
		for _, c := range candidates {
			if gone[c.Name] {
				continue
			}
			if slices.ContainsFunc(c.Requires, func(r capability.Requirement) bool {
				return !r.Forbid && !r.Optional && !usable(c, r, gone)
			}) {
				gone[c.Name], changed = true, true
			}
		}
	}
	return gone
}

func excludes(c, p *resolve.Candidate) bool {
	return slices.ContainsFunc(c.Requires, func(r capability.Requirement) bool { return r.Forbid && p.Satisfies(r) })
}

func TestDebianUniverse_breaksWhatDebcheckFound(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	var want []string
	for line := range strings.Lines(string(sharedFile(t, "debian", "dose-debcheck-failures.yaml"))) {
		if name, ok := strings.CutPrefix(line, "  package: "); ok {
			want = append(want, strings.TrimSpace(name))
		}
	}
	if len(want) != 16 {
		t.Fatalf("debcheck names %d packages", len(want))
	}
	newest := slices.DeleteFunc(slices.Clone(b.candidates), func(c *resolve.Candidate) bool { return b.newest[c.Name] != c })
	gone := hopeless(newest)
	for _, name := range want {
		if b.newest[name] == nil {
			t.Errorf("%s is not there", name)
		}
		if !gone[name] {
			t.Errorf("%s can be installed", name)
		}
	}
	if len(gone) != len(want) {
		t.Errorf("%d packages are broken, not %d: %v", len(gone), len(want), gone)
	}
}

func TestDebianUniverse_bookwormInNumbers(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	names := make(map[string]bool)
	clauses := make(map[capability.ID]bool)
	var needs, likes, forbids, provides int
	for _, c := range b.candidates {
		key := c.Name + "@" + c.Version.String()
		if names[key] {
			t.Errorf("%s is there twice", c)
		}
		names[key] = true
		provides += len(c.Provides)
		for _, p := range c.Provides {
			clauses[p.ID] = true
		}
		for _, r := range c.Requires {
			switch {
			case r.Forbid:
				forbids++
			case r.Optional:
				likes++
			default:
				needs++
			}
			if !r.Forbid && c.Satisfies(r) {
				t.Errorf("%s requires what it provides: %s", c, r)
			}
			if !r.Range.IsAny() {
				t.Errorf("%s requires %s", c, r)
			}
		}
	}
	t.Logf("%d candidates of %d packages provide %d times %d clauses, need %d, like %d, forbid %d",
		len(b.candidates), len(b.packages), provides, len(clauses), needs, likes, forbids)
	if len(b.candidates) != len(b.packages) {
		t.Errorf("%d candidates for %d packages", len(b.candidates), len(b.packages))
	}
}

// TestReadDebianControl_readsAsJSON reads a part of the archive in the other format.
func TestReadDebianControl_readsAsJSON(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	part := b.packages[:len(b.packages)/10]
	again, err := ReadDebianControl(bytes.NewReader(controlText(part)))
	if err != nil {
		t.Fatal(err)
	}
	if len(again) != len(part) {
		t.Fatalf("%d packages, not %d", len(again), len(part))
	}
	for i := range again {
		p, q := &again[i], &part[i]
		if p.Name != q.Name || p.Version != q.Version || p.Depends != q.Depends || p.Provides != q.Provides ||
			p.Breaks != q.Breaks || !slices.Equal(p.Tags, q.Tags) {
			t.Fatalf("%+v\nis not %+v", p, q)
		}
	}
}

// TestDebianUniverse_clauseByClause asks for some of the clauses which packages
// satisfy them, by going through all packages.
func TestDebianUniverse_clauseByClause(t *testing.T) {
	t.Parallel()
	b := loadBookworm(t)
	o := offeredBy(b.candidates)
	checked := 0
	for i := 0; i < len(b.candidates); i += 8009 {
		for _, r := range b.candidates[i].Requires {
			atoms, reason := parseDebianClause(nil, r.ID.Name)
			if reason != "" {
				t.Fatalf("%s: %s", r, reason)
			}
			var want []*resolve.Candidate
			for _, c := range b.candidates {
				if p, ok := c.Ref.(*DebianPackage); ok && slices.ContainsFunc(atoms, p.naively) {
					want = append(want, c)
				}
			}
			got := slices.SortedFunc(slices.Values(o[r.ID]), compareCandidates)
			slices.SortFunc(want, compareCandidates)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", r, got, want)
			}
			checked++
		}
	}
	t.Logf("%d clauses", checked)
}

func compareCandidates(a, b *resolve.Candidate) int { return strings.Compare(a.String(), b.String()) }

// naively reports whether the package satisfies the atom by its name or by one of
// those that it provides.
func (p *DebianPackage) naively(a debianAtom) bool {
	if a.qualifier != "" && a.qualifier != "any" && a.qualifier != "amd64" {
		return false
	}
	if p.Name == a.name && (a.op == "" || a.op.admits(DebianVersionCompare(p.Version, a.version))) {
		return true
	}
	if !strings.Contains(p.Provides, a.name) {
		return false
	}
	for item := range strings.SplitSeq(p.Provides, ",") {
		name, version, versioned := strings.Cut(strings.TrimSpace(item), " (= ")
		if name == a.name && (a.op == "" || versioned && a.op.admits(DebianVersionCompare(strings.TrimSuffix(version, ")"), a.version))) {
			return true
		}
	}
	return false
}
