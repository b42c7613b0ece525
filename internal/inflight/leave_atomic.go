//go:build !amd64 || race

package inflight

import "sync/atomic"

// leave gives up a stripe by an atomic store; leave_plain.go says why it differs on amd64.
func leave(owned *uint32) { atomic.StoreUint32(owned, 0) }
