package text

import (
	"context"
	"slices"
	"testing"
)

func TestEngines_find(t *testing.T) {
	t.Parallel()
	texts := []string{"a shell for X11", "C++ library", "library of shells", "The Shell, a library", "GNU/Linux"}
	for name, open := range map[string]func(ctx context.Context, texts []string) (engine, error){
		"bleve": openBleve, "SQLite": openSQLite,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := open(t.Context(), texts)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := e.close(); err != nil {
					t.Error(err)
				}
			}()
			for _, test := range []struct {
				words []string
				all   bool
				want  []int
			}{
				{[]string{"shell"}, true, []int{0, 3}},
				{[]string{"shell", "library"}, true, []int{3}},
				{[]string{"shell", "library"}, false, []int{0, 1, 2, 3}},
				{[]string{"x11"}, true, []int{0}},
				{[]string{"linux", "gnu"}, true, []int{4}},
				{[]string{"windows"}, false, nil},
			} {
				got, err := e.find(t.Context(), test.words, test.all)
				slices.Sort(got)
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("find(%q, %v) = %v, %v; want %v", test.words, test.all, got, err, test.want)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	texts := []string{"one shell", "one library", "two shells"}
	for _, test := range []struct {
		found []int
		query string
		all   bool
		right bool
	}{
		{[]int{0}, "shell one", true, true},
		{[]int{0, 1}, "shell one", false, true},
		{[]int{0, 1}, "shell one", true, false},
		{[]int{2}, "shell one", false, false},
		{nil, "shell", false, false},
		{make([]int, topK+1), "shell", false, false},
	} {
		if err := check(test.found, texts, test.query, test.all); (err == nil) != test.right {
			t.Errorf("check(%v, %q, %v): %v", test.found, test.query, test.all, err)
		}
	}
}
