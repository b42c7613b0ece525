//go:build race

package bm25

// raceEnabled tells that pools drop what they are given at random.
const raceEnabled = true
