package runtimetest

import (
	"strings"
	"testing"
	"time"
)

// Examine runs the check called "topic: name", for tests of the suite.
func Examine(tb testing.TB, open func() Harness, name string, patience time.Duration) {
	tb.Helper()
	topicName, checkName, _ := strings.Cut(name, ": ")
	for _, topic := range topics() {
		for _, c := range topic.checks {
			if topic.name == topicName && c.name == checkName {
				examine(tb, open, c, patience)
				return
			}
		}
	}
	tb.Fatalf("there is no check %q", name)
}
