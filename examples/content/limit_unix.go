//go:build unix && !race

package main

import "syscall"

// limitMemory makes a worker fail when it asks for more than 4 GiB of addresses: enough for any honest document. Where
// the limit cannot be set, the worker goes without.
func limitMemory() {
	const most = 4 << 30
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most})
}
