package audit

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
	"time"
)

func exportCSV(ctx context.Context, out *bufio.Writer, found spans, q *Query, done *Exported) error {
	c := csv.NewWriter(out)
	err := c.Write(columns())
	if err != nil {
		return err
	}
	row := make([]string, 0, len(columns()))
	found.read(ctx, q, func(e Event, readErr error) bool {
		if err = readErr; err != nil {
			return false
		}
		row = cells(row[:0], &e)
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		err = c.Write(row)
		done.Events++
		return err == nil
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

func columns() []string {
	return []string{
		"log", "seq", "id", "time", "node", "class", "action", "activity", "outcome", "reason", "policy_ids", "policy_rev",
		"actor", "actor_authn", "actor_session", "actor_token", "actor_address", "on_behalf_of",
		"resource_kind", "resource_id", "resource_rev", "resource_digest", "before_hash", "after_hash", "diff",
		"request", "trace", "approval", "incident", "intent", "spooled", "sealed_subjects",
	}
}

// cells appends the cells of an event to row, in the order of the columns.
func cells(row []string, e *Event) []string {
	var diff, subjects []string
	for _, c := range e.Diff {
		diff = append(diff, c.Field+": "+c.Before+" > "+c.After)
	}
	for _, s := range e.Sealed {
		subjects = append(subjects, s.Subject)
	}
	behalf, spooled := "", ""
	if !e.OnBehalfOf.IsZero() {
		behalf = e.OnBehalfOf.String()
	}
	if !e.Spooled.IsZero() {
		spooled = e.Spooled.Format(time.RFC3339Nano)
	}
	return append(row,
		e.Log, strconv.FormatUint(e.Seq, 10), e.ID, e.Time.Format(time.RFC3339Nano), e.Node, e.Class, e.Action, e.Activity, e.Outcome,
		e.Reason, strings.Join(e.PolicyIDs, " "), e.PolicyRev,
		e.Actor.String(), e.Actor.Authn, e.Actor.Session, e.Actor.Token, e.Actor.Address, behalf,
		e.Resource.Kind, e.Resource.ID, e.Resource.Rev, e.Resource.Digest, e.BeforeHash, e.AfterHash, strings.Join(diff, "; "),
		e.Request, e.Trace, e.Approval, e.Incident, e.Intent, spooled, strings.Join(subjects, " "),
	)
}

// harmless makes text of a cell that a spreadsheet would take for a formula.
func harmless(cell string) string {
	if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}
