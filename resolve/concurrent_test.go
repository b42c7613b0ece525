package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// One index serves any number of searches at once, and one error any number of
// readers.
func TestIndex_isSharedByManySearches(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, upgradeWorld)
	problems := []Problem{w.problem}
	for _, roots := range []string{"module/app ^2", "module/log ^2", "x ^2", "module/extra ^1.1", "x ^1", "nowhere"} {
		p := w.problem
		p.Roots = append(slices.Clip(p.Roots), requires(roots))
		problems = append(problems, p)
	}
	want := make([]string, len(problems))
	for i, p := range problems {
		sol, err := Resolve(t.Context(), p)
		want[i] = told(p, sol, err)
	}
	var work sync.WaitGroup
	for g := range 8 {
		work.Go(func() {
			for i := range 40 {
				n := (g + i) % len(problems)
				sol, err := Resolve(context.Background(), problems[n])
				if got := told(problems[n], sol, err); got != want[n] {
					t.Errorf("problem %d: got\n%s\nwant\n%s", n, got, want[n])
				}
			}
		})
	}
	_, err := Resolve(t.Context(), problems[1])
	for range 4 {
		work.Go(func() { _ = err.Error() })
	}
	work.Wait()
}

func TestBudget_limits(t *testing.T) {
	t.Parallel()
	for _, b := range []Budget{{Steps: 1000}, {Conflicts: 3}, {Time: time.Nanosecond}} {
		p := pigeons(12)
		p.Budget = b
		_, err := Resolve(t.Context(), p)
		if e, ok := errors.AsType[*BudgetError](err); !ok || e.Limit == "" {
			t.Errorf("%+v: got %v", b, err)
		}
	}
}

// What is proven within the budget is, and where that does not suffice there is
// a solution all the same.
func TestResolve_fewestWithinItsBudget(t *testing.T) {
	t.Parallel()
	p := parseWorld(t, lockWorld).problem
	p.Lock, p.Change = &Lock{}, ChangeFewest
	for i := range 200 {
		p.Lock.Modules = append(p.Lock.Modules, Locked{Name: fmt.Sprintf("gone%d", i)})
	}
	sol, err := solve(t, p)
	if err != nil || !sol.Proven {
		t.Fatalf("got %v, %v", sol, err)
	}
	p.Budget.Steps = sol.Steps / 2
	sol, err = solve(t, p)
	if err != nil || sol.Proven || names(sol) != "core@2.0.0 app@2.0.0" {
		t.Errorf("got %v, %v", sol, err)
	}
}
