//go:build !unix

package backup

// syncDir does nothing: these systems have no way to make the entries of a folder durable.
func syncDir(string) error { return nil }
