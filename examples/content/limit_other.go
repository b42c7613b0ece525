//go:build !unix

package main

// limitMemory does nothing: this system has no such limit for a process to set itself.
func limitMemory() {}
