package resolve

import (
	"context"
	"fmt"
	"time"
)

// meter counts the work of one call and stops it when a budget is spent or the
// context is done.
type meter struct {
	ctx       context.Context //nolint:containedctx // a meter lives as long as the call
	budget    Budget
	deadline  time.Time
	steps     int
	conflicts int
	nextCheck int
	err       error // why the search must stop
}

const (
	// checkEvery is how many steps pass between two looks at context and clock.
	checkEvery = 4096
	// glancesPerStep is how many modules may be looked at in passing for one step.
	glancesPerStep = 16
)

func newMeter(ctx context.Context, b Budget) meter {
	m := meter{ctx: ctx, budget: b}
	if b.Steps <= 0 {
		m.budget.Steps = DefaultSteps
	}
	if b.Time > 0 {
		m.deadline = time.Now().Add(b.Time)
	}
	m.check()
	return m
}

// spend takes n steps and reports whether the search may go on.
func (m *meter) spend(n int) bool {
	m.steps += n
	if m.steps <= m.budget.Steps && m.steps < m.nextCheck {
		return true
	}
	return m.check()
}

// clash counts a conflict and reports whether the search may go on.
func (m *meter) clash() bool {
	m.conflicts++
	if m.budget.Conflicts > 0 && m.conflicts > m.budget.Conflicts && m.err == nil {
		m.err = &BudgetError{Limit: fmt.Sprintf("%d conflicts", m.budget.Conflicts)}
	}
	return m.err == nil
}

func (m *meter) check() bool {
	m.nextCheck = m.steps + checkEvery
	switch err := m.ctx.Err(); {
	case m.err != nil:
	case err != nil:
		m.err = fmt.Errorf("resolve: %w", err)
	case m.steps > m.budget.Steps:
		m.err = &BudgetError{Limit: fmt.Sprintf("%d steps", m.budget.Steps)}
	case !m.deadline.IsZero() && time.Now().After(m.deadline):
		m.err = &BudgetError{Limit: m.budget.Time.String()}
	}
	return m.err == nil
}
