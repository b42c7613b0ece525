//go:build unix

package measure

import (
	"fmt"
	"syscall"
	"time"
)

// CPUTime returns the processor time that this process has taken, the system's work for it included.
func CPUTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("get the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
