package semver

import (
	"cmp"
	"strconv"
)

const (
	// maxNumber is the largest number of a version: 2^53-1, so that every
	// JSON reader holds it exactly. node-semver has the same limit.
	maxNumber = 1<<53 - 1
	// maxLength is the longest text of a version, in bytes.
	maxLength = 256
)

// Version is an immutable version of Semantic Versioning 2.0.0. The zero value
// is 0.0.0. The operator == tells whether two versions have the same text,
// build metadata included; [Version.Compare] orders by precedence.
type Version struct {
	core
	pre, build string
}

// core is major.minor.patch. Range bounds use one value above what a Version
// can have: major 2^53 is the end of all versions.
type core struct{ major, minor, patch uint64 }

func (c core) compareCore(o core) int {
	if c.major != o.major {
		return cmp.Compare(c.major, o.major)
	}
	if c.minor != o.minor {
		return cmp.Compare(c.minor, o.minor)
	}
	return cmp.Compare(c.patch, o.patch)
}

// next returns the core that follows c immediately, with carry at the limit.
func (c core) next() core {
	if c.patch >= maxNumber {
		return c.nextMinor()
	}
	return core{c.major, c.minor, c.patch + 1}
}

func (c core) nextMinor() core {
	if c.minor >= maxNumber {
		return c.nextMajor()
	}
	return core{c.major, c.minor + 1, 0}
}

func (c core) nextMajor() core { return core{c.major + 1, 0, 0} }

// New returns the release version major.minor.patch. It returns a *[SyntaxError]
// if a number is above 2^53-1.
func New(major, minor, patch uint64) (Version, error) {
	v := Version{core: core{major, minor, patch}}
	if max(major, minor, patch) > maxNumber {
		return Version{}, syntaxError(v.String(), reasonBigNumber)
	}
	return v, nil
}

// MustParse is like [Parse] and panics on an error. It is for texts that are
// part of the program.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err) //nolint:forbidigo // the contract of a Must function
	}
	return v
}

// Major returns the first number.
func (v Version) Major() uint64 { return v.major }

// Minor returns the second number.
func (v Version) Minor() uint64 { return v.minor }

// Patch returns the third number.
func (v Version) Patch() uint64 { return v.patch }

// Prerelease returns the pre-release identifiers without the leading hyphen,
// "rc.1" of 1.0.0-rc.1, or "" for a release.
func (v Version) Prerelease() string { return v.pre }

// Build returns the build metadata without the leading plus, or "".
func (v Version) Build() string { return v.build }

// IsPrerelease reports whether the version has pre-release identifiers.
func (v Version) IsPrerelease() bool { return v.pre != "" }

// Compare returns -1, 0 or +1 as v comes before, with or after w in precedence.
// Build metadata is ignored, so 0 does not mean that the versions are ==.
func (v Version) Compare(w Version) int {
	if c := v.compareCore(w.core); c != 0 {
		return c
	}
	return comparePrerelease(v.pre, w.pre)
}

// String returns the version as text; [Parse] reads it back to a version that
// is == v.
func (v Version) String() string {
	var buf [maxLength]byte
	return string(v.append(buf[:0]))
}

// AppendText appends the text of v to b, as [encoding.TextAppender]. The error
// is always nil.
func (v Version) AppendText(b []byte) ([]byte, error) { return v.append(b), nil }

// MarshalText returns the text of v, as [encoding.TextMarshaler]. The error is
// always nil.
func (v Version) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText sets v to the parsed text, as [encoding.TextUnmarshaler]. It
// returns the errors of [Parse] and then leaves v unchanged.
func (v *Version) UnmarshalText(text []byte) error {
	w, err := Parse(string(text))
	if err != nil {
		return err
	}
	*v = w
	return nil
}

func (v Version) append(b []byte) []byte {
	b = v.appendPrecedence(b)
	if v.build != "" {
		b = append(b, '+')
		b = append(b, v.build...)
	}
	return b
}

// appendPrecedence appends the part of the text that counts for precedence.
func (v Version) appendPrecedence(b []byte) []byte {
	b = strconv.AppendUint(b, v.major, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.minor, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.patch, 10)
	if v.pre != "" {
		b = append(b, '-')
		b = append(b, v.pre...)
	}
	return b
}
