package measure

import (
	"fmt"
	"syscall"
	"time"
)

// CPUTime returns the processor time that this process has taken, the system's work for it included.
func CPUTime() (time.Duration, error) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, fmt.Errorf("get the processor time: %w", err)
	}
	var created, exited, system, user syscall.Filetime
	if err := syscall.GetProcessTimes(self, &created, &exited, &system, &user); err != nil {
		return 0, fmt.Errorf("get the processor time: %w", err)
	}
	return ticks(system) + ticks(user), nil
}

// ticks reads a length of time, which Windows counts in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
