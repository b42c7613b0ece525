package workload_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/prove/workload"
)

// debian writes a file of packages and returns the folder that it is found in.
func debian(t *testing.T, lines string) string {
	t.Helper()
	dir := t.TempDir()
	path := workload.DebianFile(dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(lines)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTexts_repeatSummariesWithOneWordExchanged(t *testing.T) {
	t.Parallel()
	const all = `{"name": "a", "summary": "shell for the brave"}
{"name": "b", "depends": "a"}
{"name": "c", "summary": "library of things"}
`
	texts, err := workload.Texts(debian(t, all), 50, 1)
	if err != nil || len(texts) != 50 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	if want := []string{"shell for the brave", "library of things"}; !slices.Equal(texts[:2], want) {
		t.Errorf("texts begin with %q, want %q", texts[:2], want)
	}
	for i, text := range texts[2:] {
		words, origin := strings.Fields(text), strings.Fields(texts[i%2])
		same := 0
		for j := range origin {
			same += toInt(words[j] == origin[j])
		}
		if len(words) != len(origin) || same < len(origin)-1 {
			t.Errorf("%q is more than slightly different from %q", text, texts[i%2])
		}
	}
}

func TestTexts_fewerThanThereAre(t *testing.T) {
	t.Parallel()
	texts, err := workload.Texts(debian(t, `{"summary": "one"}`+"\n"+`{"summary": "two"}`), 1, 1)
	if err != nil || !slices.Equal(texts, []string{"one"}) {
		t.Errorf("texts are %q, %v", texts, err)
	}
}

func TestTexts_refusesWhatIsNoSummary(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"", "{}", "no JSON", `{"summary": "-- ! --"}`, `{"summary": "` + strings.Repeat("x", 1<<20) + `"}`} {
		if _, err := workload.Texts(debian(t, lines), 3, 1); err == nil {
			t.Errorf("no error for %.40q", lines)
		}
	}
	if _, err := workload.Texts(t.TempDir(), 3, 1); err == nil {
		t.Error("no error for a folder without the file")
	}
}

func TestTexts_inventedAreTheSameAgain(t *testing.T) {
	t.Parallel()
	const n = 3000
	texts, err := workload.Texts("", n, 1)
	again, errAgain := workload.Texts("", n, 1)
	if err != nil || errAgain != nil || !slices.Equal(texts, again) {
		t.Errorf("texts are not the same again: %v, %v", err, errAgain)
	}
	words := map[string]int{}
	for _, text := range texts {
		all := workload.Words(text)
		if len(all) < 4 || len(all) > 10 {
			t.Errorf("%q has %d words", text, len(all))
		}
		for _, w := range all {
			words[w]++
		}
	}
	if len(words) < 3000 || slices.Max(counts(words)) < 1000 {
		t.Errorf("%d different words, the commonest %d times: not Zipf's law", len(words), slices.Max(counts(words)))
	}
}

func counts(m map[string]int) []int {
	var all []int
	for _, n := range m {
		all = append(all, n)
	}
	return all
}

func TestTextQueries_findSomething(t *testing.T) {
	t.Parallel()
	texts := []string{"GNU C++ compiler, version 12", "a b c", "Über-fast X11 viewer for X11 things", "для всех"}
	queries := workload.TextQueries(texts, 300, 1)
	if again := workload.TextQueries(texts, 300, 1); !slices.Equal(queries, again) {
		t.Error("the same arguments made other queries")
	}
	sizes := map[int]bool{}
	for _, q := range queries {
		words := strings.Fields(q)
		sizes[len(words)] = true
		found := slices.ContainsFunc(texts, func(text string) bool {
			there := workload.Words(text)
			return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(there, w) })
		})
		unique := slices.Compact(slices.Sorted(slices.Values(words)))
		if !found || len(unique) != len(words) || slices.Min(lengths(words)) < 3 {
			t.Errorf("query %q", q)
		}
	}
	if len(sizes) != 3 {
		t.Errorf("queries have these numbers of words: %v", sizes)
	}
}

func lengths(words []string) []int {
	var all []int
	for _, w := range words {
		all = append(all, len(w))
	}
	return all
}

func TestTexts_ofDebian(t *testing.T) {
	t.Parallel()
	data := workload.Data()
	if data == "" {
		t.Skip("the shared data is absent: there is no ../shared/data beside the repository")
	}
	texts, err := workload.Texts(data, 70_000, 1)
	if err != nil || len(texts) != 70_000 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	if texts[0] != "Real-time strategy game of ancient warfare" {
		t.Errorf("the first text is %q", texts[0])
	}
	if got := workload.TextQueries(texts, 1000, 1); len(got) != 1000 {
		t.Errorf("%d queries", len(got))
	}
}

func BenchmarkTexts(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := workload.Texts(workload.Data(), 1_000_000, 1); err != nil {
			b.Fatal(err)
		}
	}
}
