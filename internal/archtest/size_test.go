package archtest

import "fmt"

const (
	// maxFileLines is where a file, tests included, has to be split by concept.
	maxFileLines = 500
	// maxRootCode bounds the root package in lines of code: tests, comments and
	// blank lines do not count.
	maxRootCode = 6000
)

// checkFileSize reports files that are too long to be read in one go.
func checkFileSize(t tree) (findings []string) {
	for _, f := range t {
		for _, s := range f.files {
			if !s.generated && s.lines > maxFileLines {
				findings = append(findings, fmt.Sprintf("%s has %d lines, %d are allowed: split it by concept", s.path, s.lines, maxFileLines))
			}
		}
	}
	return findings
}

// checkRootSize reports a root package that has outgrown its limit.
func checkRootSize(t tree) (findings []string) {
	root := t.find(".")
	if root == nil {
		return []string{"there is no root package"}
	}
	if code := root.code(); code > maxRootCode {
		findings = append(findings, fmt.Sprintf("the root package has %d lines of code, %d are allowed", code, maxRootCode))
	}
	return findings
}

// code counts the lines of code of a folder, generated files and tests apart.
func (f *folder) code() (lines int) {
	for _, s := range f.production() {
		if !s.generated {
			lines += s.code
		}
	}
	return lines
}
