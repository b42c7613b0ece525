package discovery

import "github.com/modreg/modreg/internal/prove/workload"

// scan looks at every module.
func scan(all []workload.Module) func(q *workload.Query, a *answer) {
	return func(q *workload.Query, a *answer) {
		a.count = 0
		for i := range all {
			if q.Matches(&all[i]) {
				a.add(uint32(i))
			}
		}
	}
}

// add counts a module that was found, after those of lower rank.
func (a *answer) add(id uint32) {
	a.count++
	if len(a.top) < topK {
		a.top = append(a.top, id)
	}
}
