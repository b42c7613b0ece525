// Package archtest keeps the architecture of the module: its layers, its
// public surface, its documentation and the size of its files.
//
// It holds tests and nothing else. Every rule is a function from the source
// tree to the findings it has, so that checker_test.go can feed each rule a bad
// tree and prove that the rule is able to fail. The rules read every Go file,
// whatever its build constraints, and pass none over in silence.
//
// A new package is added to the table in layers_test.go; the other limits are
// constants beside the rule that keeps them.
package archtest
