//go:build race

package discover

// raceEnabled: under the race detector sync.Pool forgets at random, so that
// allocations cannot be counted.
const raceEnabled = true
