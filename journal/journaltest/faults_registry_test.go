package journaltest

import (
	"bytes"
	"context"
	"regexp"
	"time"
)

const (
	agree = "registry: several on one journal agree"
	again = "registry: one that is opened again is what it was"
	once  = "registry: a request that is sent again is carried out once"
)

func registryFaults() []fault {
	return []fault{
		{"appends at any head for registries", ignoreHead, []string{agree}, false},
		{"forgets watchers that wait for registries", deafWatch, []string{agree}, true},
		{"holds registries up", holdAppends, []string{agree, again}, true},
		{"changes what a registry wrote", changeData, []string{again}, false},
		{"forgets which request a record is of", dropRequests, []string{once}, false},
	}
}

// holdAppends makes appends take longer than any check in which something hangs has.
func holdAppends(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		if head >= 10 {
			<-time.After(10 * shortly)
		}
		return f.Journal.Append(ctx, stream, head, batch)
	}
}

func dropRequests(f *faulty) {
	request := regexp.MustCompile(`"request":"[^"]*",`)
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		changed := make([][]byte, len(batch))
		for i, data := range batch {
			changed[i] = request.ReplaceAll(data, nil)
		}
		return f.Journal.Append(ctx, stream, head, changed)
	}
}

func changeData(f *faulty) {
	f.append = func(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
		changed := make([][]byte, len(batch))
		for i, data := range batch {
			changed[i] = bytes.ReplaceAll(data, []byte("own@1.3.0"), []byte("own@1.2.0"))
		}
		return f.Journal.Append(ctx, stream, head, changed)
	}
}
