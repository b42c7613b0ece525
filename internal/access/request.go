package access

import (
	"cmp"

	"github.com/modreg/modreg/internal/persist"
)

// maxRequests is how many requests a store remembers, as many as a registry does.
const maxRequests = 4096

// requests are the requests of the last records that had one. They are a part of the fold: every store on a journal
// remembers the same.
type requests struct {
	byID persist.Map[*request]
	ids  persist.Tree[uint64, string]
}

// A request is what a record did for one.
type request struct {
	seq   uint64
	do    string
	about string
}

func newRequests() requests {
	return requests{ids: persist.NewTree[uint64, string](cmp.Compare[uint64])}
}

func (r *requests) add(seq uint64, t *transaction) {
	if t.head.Origin.Request != "" && len(t.ops) > 0 {
		r.put(t.head.Origin.Request, &request{seq: seq, do: t.ops[0].do(), about: t.ops[0].about()})
	}
}

func (r *requests) put(id string, req *request) {
	if was, ok := r.byID.Get(id); ok {
		r.ids = r.ids.Delete(was.seq)
	}
	r.byID, r.ids = r.byID.Set(id, req), r.ids.Set(req.seq, id)
	if r.ids.Len() > maxRequests {
		oldest, id, _ := r.ids.Min()
		r.byID, r.ids = r.byID.Delete(id), r.ids.Delete(oldest)
	}
}
