package access

import (
	"context"
	"errors"
	"strings"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

// Changes that take something out of service are protective: they happen even if the audit log cannot be written.
const (
	ordinary   = false
	protective = true
)

// change carries out one operation.
func (s *Store) change(ctx context.Context, protective bool, o operation) error {
	return s.changeIf(ctx, protective, o, nil)
}

// changeIf carries out an operation if a condition holds on the state before it, and the rules agree with the state after it.
func (s *Store) changeIf(ctx context.Context, protective bool, o operation, condition func(d *draft) error) error {
	return s.changeAs(ctx, protective, o, func(d *draft) error {
		if condition != nil {
			if err := condition(d); err != nil {
				return err
			}
		}
		return d.doJudged(ctx, o)
	})
}

// doJudged does an operation if the rules agree.
func (d *draft) doJudged(ctx context.Context, o operation) error {
	before := d.Snapshot
	if err := d.do(o); err != nil {
		return err
	}
	return d.judge(ctx, o, &before)
}

// changeAs carries out what build does, which begins with an operation of the name and on the subject of o.
func (s *Store) changeAs(ctx context.Context, protective bool, o operation, build func(d *draft) error) error {
	err := s.changeOnce(ctx, protective, o, build)
	if errors.Is(err, errRepeated) {
		return nil
	}
	return err
}

// changeOnce is changeAs for those who have to know that a request was carried out before.
func (s *Store) changeOnce(ctx context.Context, protective bool, o operation, build func(d *draft) error) error {
	origin := record.OriginOf(ctx)
	if err := origin.Check(); err != nil {
		return invalid(o.do()+": on whose behalf", err)
	}
	if origin.Actor.IsZero() {
		return invalid(o.do(), errors.New("the context does not say on whose behalf"))
	}
	if err := o.check(); err != nil {
		return invalid(o.do(), err)
	}
	event := audit.Event{Class: audit.ClassPolicy, Action: o.do(), Resource: resourceOf(o)}
	end, err := s.effect(ctx, event, protective)
	if err != nil {
		return err
	}
	err = s.commit(ctx, o.do(), o.about(), build)
	if modreg.CodeOf(err) == CodeDenied {
		s.recordDenied(ctx, event, err)
	}
	if errors.Is(err, errRepeated) {
		end(nil)
	} else {
		end(err)
	}
	return err
}

// effect takes down that a change is about to happen.
func (s *Store) effect(ctx context.Context, e audit.Event, protective bool) (end func(error), err error) {
	if s.o.Auditor == nil {
		return func(error) {}, nil
	}
	return s.o.Auditor.Effect(ctx, e, protective)
}

// recordDenied takes down that the rules refused a change.
func (s *Store) recordDenied(ctx context.Context, e audit.Event, err error) {
	if s.o.Auditor == nil {
		return
	}
	e.Class, e.Outcome = audit.ClassAuthorization, audit.OutcomeDeny
	if r, ok := errors.AsType[*Refusal](err); ok && record.CheckReason(r.Rule) == nil {
		e.Reason = r.Rule
	}
	s.problem(s.o.Auditor.Record(ctx, e))
}

// resourceOf returns what an operation is about, for an event.
func resourceOf(o operation) audit.Resource {
	noun, _, _ := strings.Cut(o.do(), ":")
	id := o.about()
	if noun == "token" && strings.Contains(id, "/") { // of whom it is made
		noun = "principal"
	}
	return audit.Resource{Kind: noun, ID: id}
}
