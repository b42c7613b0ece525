package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/modreg/modreg/record"
)

// FromRecord shows a record of the registry as events: one for each operation, with the origin of the record. An
// operation on a module is the action "module:register", "module:activate" and so on, with outcome success: a record
// is there because it counts. Configurations are shown by their hash only. What has no actor is shown as done by
// the system of the node. The error is that of [record.Decode].
func FromRecord(seq uint64, data []byte) ([]Event, error) {
	t, err := record.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read record %d of the registry: %w", seq, err)
	}
	events := make([]Event, len(t.Ops))
	for i := range t.Ops {
		op := &t.Ops[i]
		e := Event{
			ID: LogRegistry + "/" + strconv.FormatUint(seq, 10), Log: LogRegistry, Seq: seq,
			Time: t.Time.UTC(), Node: t.Node,
			Class: ClassModule, Action: "module:" + op.Do, Outcome: OutcomeSuccess, Reason: t.Origin.Reason,
			Actor: t.Origin.Actor, OnBehalfOf: t.Origin.OnBehalfOf, Resource: Resource{Kind: "module", ID: op.Ref()},
			Request: t.Origin.Request, Trace: t.Origin.Trace, Approval: t.Origin.Approval, Incident: t.Origin.Incident,
			Sealed: t.Origin.Sealed,
		}
		if i > 0 {
			e.ID += "/" + strconv.Itoa(i+1)
		}
		if e.Actor.IsZero() {
			e.Actor = systemActor(t.Node)
		}
		if op.Manifest != nil {
			e.Resource.Digest = "sha256:" + hex.EncodeToString(op.Manifest.Digest[:])
		}
		if op.Config != nil {
			e.AfterHash = hashOf(op.Config)
		}
		events[i] = e
	}
	return events, nil
}

// systemActor is who did what nobody else is named for.
func systemActor(node string) record.Actor {
	if node == "" {
		node = "unknown"
	}
	return record.Actor{Kind: record.KindSystem, ID: node}
}

// hashOf returns the hash of data as it stands in events.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
