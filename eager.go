package modreg

import "time"

// keepRunning starts a version in the background if it is the active one of its module and is to run without
// being asked. A start that fails is repeated; one that lacks something waits for the desired state to change.
func (r *Registry) keepRunning(v *version) {
	if !v.eager() || !r.snapshot.Load().isActive(v) || v.unit.running() != nil {
		return
	}
	r.background(func() {
		for r.startUnasked(v) {
			timer := time.NewTimer(v.unit.untilRetry())
			select {
			case <-timer.C:
			case <-r.serving.Done():
				timer.Stop()
				return
			}
		}
	})
}

// startUnasked tries once and reports whether to try again after a delay.
func (r *Registry) startUnasked(v *version) (again bool) {
	if !r.snapshot.Load().isActive(v) {
		return false
	}
	_, err := r.run(r.serving, &v.unit, false)
	switch CodeOf(err) {
	case CodeFailed, CodePanic, CodeDeadline:
		return true
	case CodeUnresolved, CodeCycle:
		r.instMu.Lock()
		r.waiting[v] = struct{}{}
		r.instMu.Unlock()
		return v.unit.usable(r.snapshot.Load().seq) // it changed meanwhile
	}
	return false
}

// untilRetry returns how long the unit is not to be started by itself.
func (u *unit) untilRetry() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return max(time.Until(u.troubled().retryAt), firstRetry/10)
}

// keepAllRunning is keepRunning for every version of a snapshot.
func (r *Registry) keepAllRunning(s *Snapshot) {
	for _, v := range s.eager.All() {
		r.keepRunning(v)
	}
}

// retryWaiting tries again what lacked something before the desired state changed.
func (r *Registry) retryWaiting() {
	r.instMu.Lock()
	waiting := r.waiting
	if len(waiting) > 0 {
		r.waiting = map[*version]struct{}{}
	}
	r.instMu.Unlock()
	for v := range waiting {
		r.keepRunning(v)
	}
}

// eager reports whether a version is to run without being asked.
func (v *version) eager() bool { return v.traits&traitEager != 0 }
