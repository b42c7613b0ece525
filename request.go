package modreg

import (
	"cmp"
	"strings"

	"github.com/modreg/modreg/internal/persist"
	"github.com/modreg/modreg/record"
)

// maxRequests is how many requests a registry remembers, so that one that is sent again is not carried out again.
const maxRequests = 4096

// requests are the requests of the last records that had one. They are a part of the fold: every registry on a
// journal remembers the same, also after a restart.
type requests struct {
	byID persist.Map[*request]
	ids  persist.Tree[uint64, string] // by sequence number
}

// A request is what a record did for one.
type request struct {
	seq    uint64
	do     string
	module string
}

func newRequests() requests {
	return requests{ids: persist.NewTree[uint64, string](cmp.Compare[uint64])}
}

func (r *requests) find(id string) (*request, bool) { return r.byID.Get(id) }

// add remembers the request of a transaction, and forgets the oldest if there are too many.
func (r *requests) add(seq uint64, t *record.Transaction) {
	if t.Origin.Request == "" || len(t.Ops) == 0 {
		return
	}
	name, _, _ := strings.Cut(t.Ops[0].Ref(), "@")
	r.put(t.Origin.Request, &request{seq: seq, do: t.Ops[0].Do, module: name})
}

func (r *requests) put(id string, req *request) {
	if was, ok := r.byID.Get(id); ok { // another registry's program did not mind the rule
		r.ids = r.ids.Delete(was.seq)
	}
	r.byID, r.ids = r.byID.Set(id, req), r.ids.Set(req.seq, id)
	if r.ids.Len() > maxRequests {
		oldest, id, _ := r.ids.Min()
		r.byID, r.ids = r.byID.Delete(id), r.ids.Delete(oldest)
	}
}
