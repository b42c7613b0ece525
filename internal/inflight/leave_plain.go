//go:build amd64 && !race

package inflight

// leave gives up a stripe by a plain store.
//
// An atomic store compiles to XCHG on amd64, a full barrier of about 5 ns that nothing here needs: the
// processor makes stores visible in program order (total store order), so that what the call wrote is
// visible before the stripe is seen free, and a word-sized store is never torn. The compiler does not move
// it before the call, which may reach the same word. The Go memory model calls the mix a race; the race
// build uses the atomic store instead, and so do the processors with a weaker order.
func leave(owned *uint32) { *owned = 0 }
