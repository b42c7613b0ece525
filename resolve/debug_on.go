//go:build modregdebug

package resolve

import "fmt"

// verify panics if a solution breaks a rule.
func verify(p Problem, sol *Solution) {
	if err := sol.Check(p); err != nil {
		panic(fmt.Sprintf("resolve: the solver is wrong: %v", err)) //nolint:forbidigo // a broken invariant
	}
}
