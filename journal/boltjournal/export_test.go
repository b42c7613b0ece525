package boltjournal

// EncodeVersion lets tests write files of other layouts.
func EncodeVersion(version uint32) []byte { return encodeVersion(version) }
