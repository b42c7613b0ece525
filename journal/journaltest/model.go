package journaltest

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// recordLen is the length of the records that the checks of linearizability append. Each is there once, so that
// a stream can be written as one string.
const recordLen = 3

// The kinds of calls in a history.
const (
	callHead = iota
	callRead
	callAppend
)

// A call is one call of a client.
type call struct {
	kind    int
	at      uint64 // where a read begins, or the head that an append expects
	records string // what an append adds
}

// A result is what a call returned.
type result struct {
	head    uint64
	records string // that were read
	moved   bool   // the append was refused: the head is another
	doubt   bool   // the append ended with an error that leaves open what has happened
	err     error  // what no client should see; the check has failed
}

func (c call) batch() (batch [][]byte) {
	for part := range slices.Chunk([]byte(c.records), recordLen) {
		batch = append(batch, part)
	}
	return batch
}

func (c call) String() string {
	switch c.kind {
	case callHead:
		return "head"
	case callRead:
		return fmt.Sprintf("read from %d", c.at)
	default:
		return fmt.Sprintf("append %s at %d", c.records, c.at)
	}
}

func describe(input, output any) string {
	in, out := input.(call), output.(result)
	switch {
	case out.doubt:
		return fmt.Sprintf("%s: error", in)
	case out.moved:
		return fmt.Sprintf("%s: the head has moved", in)
	case in.kind == callRead:
		return fmt.Sprintf("%s: %q", in, out.records)
	default:
		return fmt.Sprintf("%s: %d", in, out.head)
	}
}

// streamModel is a stream that does one call after the other. Its state is all records as one string.
func streamModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			next, ok := step(state.(string), input.(call), output.(result))
			return ok, next
		},
		DescribeOperation: describe,
		DescribeState: func(state any) string {
			records := state.(string)
			return fmt.Sprintf("head %d %s", len(records)/recordLen, records[max(0, len(records)-4*recordLen):])
		},
	}
}

// step returns what a stream is after a call, and whether the call may return that.
func step(state string, in call, out result) (string, bool) {
	head := uint64(len(state) / recordLen)
	switch in.kind {
	case callHead:
		return state, out.head == head
	case callRead:
		return state, out.records == state[min(in.at-1, head)*recordLen:]
	}
	if out.moved {
		return state, in.at != head
	}
	next := state + in.records
	return next, in.at == head && (out.doubt || out.head == uint64(len(next)/recordLen))
}

// judge looks for an order of the clients' calls that explains their results.
//
// The last call of the history, when all others have returned, reads the whole stream. It settles what became of
// the appends in doubt, because every record is there once: one of which nothing is in the stream then has left
// no trace before, or whoever saw it contradicts the last read, and is left out; one of which something is there took
// place, whole, at a moment after its call, and be it after its return.
func (t *trial) judge(ctx context.Context, name string, clients []*client) {
	t.Helper()
	last := client{t: t, id: len(clients), stream: name, start: clients[0].start}
	all := last.perform(ctx, call{kind: callRead, at: 1})
	if all.err != nil {
		t.Fatalf("read %q: %v", name, all.err)
	}
	var history []porcupine.Operation
	for _, c := range append(clients, &last) {
		for _, op := range c.calls {
			if op.Output.(result).doubt {
				if !containsAny(all.records, op.Input.(call).batch()) {
					continue
				}
				op.Return = math.MaxInt64
			}
			history = append(history, op)
		}
	}
	model := streamModel()
	switch verdict, info := porcupine.CheckOperationsVerbose(model, history, t.patience); verdict {
	case porcupine.Ok:
	case porcupine.Unknown:
		t.Fatalf("no order of the %d calls of %q found or ruled out within %v", len(history), name, t.patience)
	case porcupine.Illegal:
		t.Fatalf("no order of the %d calls of %q explains what they returned; %s; %s", len(history), name,
			whereItEnds(history, info), t.visualise(name, model, info))
	}
}

// containsAny reports whether a stream, as one string, has one of the records.
func containsAny(all string, batch [][]byte) bool {
	for i := 0; i < len(all); i += recordLen {
		for _, rec := range batch {
			if all[i:i+recordLen] == string(rec) {
				return true
			}
		}
	}
	return false
}

// whereItEnds says how far the longest order goes, and what does not fit behind it.
func whereItEnds(history []porcupine.Operation, info porcupine.LinearizationInfo) string {
	var longest []int
	for _, partial := range slices.Concat(info.PartialLinearizations()...) {
		if len(partial) > len(longest) {
			longest = partial
		}
	}
	first := int64(math.MaxInt64) // return among the calls that are left: what comes next began before it
	for i, op := range history {
		if !slices.Contains(longest, i) {
			first = min(first, op.Return)
		}
	}
	var next []string
	for i, op := range history {
		if !slices.Contains(longest, i) && op.Call <= first {
			next = append(next, fmt.Sprintf("client %d: %s", op.ClientId, describe(op.Input, op.Output)))
		}
	}
	return fmt.Sprintf("after %d that do comes none of [%s]", len(longest), strings.Join(next, "; "))
}

// visualise draws a history and says where.
func (t *trial) visualise(name string, model porcupine.Model, info porcupine.LinearizationInfo) string {
	t.Helper()
	path := filepath.Join(t.ArtifactDir(), "history-"+name+".html")
	if err := porcupine.VisualizePath(model, info, path); err != nil {
		return fmt.Sprintf("no picture: %v", err)
	}
	return fmt.Sprintf("see %s, which go test keeps if it is given -artifacts", path)
}
