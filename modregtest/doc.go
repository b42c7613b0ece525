// Package modregtest helps to test modules, and programs that use them.
//
// [New] opens a registry for one test. [Fake] puts a value of the test in the place of a module: the program
// under test calls it through handles as it would call the real one, and the test replaces it or takes it away.
// [Conform] holds a module against what registries expect of every module: that it starts and stops as often as
// needed, serves many callers, heeds contexts, is replaced without a call being lost, and leaves nothing behind.
//
//	func TestUpper(t *testing.T) {
//		modregtest.Conform(t, modregtest.Subject[TextProcessor]{
//			Manifest:   modreg.Manifest{Name: "upper", Version: "1.0.0"},
//			Options:    []modreg.ModuleOption{modreg.Provide(Text, newUpper)},
//			Capability: Text,
//			Use:        useUpper,
//		})
//	}
//
// Whoever writes a journal or a runtime finds their suites in the packages journal/journaltest and
// runtime/runtimetest.
package modregtest
