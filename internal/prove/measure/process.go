package measure

import "runtime"

// Heap returns the bytes that are reachable in the heap of this process. It collects garbage until that frees nothing
// any more, as cleanups and finalisers hold on to what they clean up for another collection.
func Heap() int64 {
	const most = 20
	last := int64(-1)
	for range most {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		now := int64(m.HeapAlloc)
		if last >= 0 && now >= last {
			return now
		}
		last = now
	}
	return last
}
