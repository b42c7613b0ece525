//go:build race

package authztest

// How much [Run] compares at random under the race detector, which looks for something else and takes ten times as long.
const (
	policies = 12
	requests = 1800
)
