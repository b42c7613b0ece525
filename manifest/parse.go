package manifest

// Parse reads a manifest from JSON, as strictly as [DecodeStrict] does and
// without null. It checks the form of the document; whether the fields make
// sense is for [Check] to say. The error is an *[Error] with path, line and
// column, the first in the text.
func Parse(data []byte) (Manifest, error) {
	var m Manifest
	if err := decodeStrict(data, &m, "manifest", false); err != nil {
		return Manifest{}, err
	}
	return m, nil
}
