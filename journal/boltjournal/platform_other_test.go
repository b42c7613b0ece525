//go:build !linux

package boltjournal_test

import "testing"

func addPlatformWorks(map[string]func(t *testing.T, w *worker, path string)) {}
