//go:build !unix || race

package main

// limitMemory does nothing: this system has no such limit for a process to set itself, or the race detector needs all addresses.
func limitMemory() {}
