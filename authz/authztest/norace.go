//go:build !race

package authztest

// How much [Run] compares at random: more than 100,000 decisions.
const (
	policies = 60
	requests = 1800
)
