package authz

import (
	"context"
	"iter"
)

// Filter returns those of items that the principal of r may do r.Action to, in their order; of a list that is everything
// there is to see. Each item is decided on its own, with what at returns for it as the resource. The iteration ends early if ctx does;
// who needs to know asks ctx.
func Filter[T any](ctx context.Context, a Authorizer, r Request, items iter.Seq[T], at func(T) Resource) iter.Seq[T] {
	return func(yield func(T) bool) {
		for item := range items {
			if ctx.Err() != nil {
				return
			}
			r.Resource = at(item)
			if a.Decide(ctx, r).Allow && !yield(item) {
				return
			}
		}
	}
}
