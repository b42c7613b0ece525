//go:build !unix

package disk

// SyncDir makes the names in a folder durable. On systems that cannot and need not it does nothing.
func SyncDir(string) error { return nil }
