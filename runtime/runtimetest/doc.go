// Package runtimetest is the suite that every [modreg.Runtime] passes: modules of the runtime are registered,
// called, cancelled, swapped, drained and stopped through a registry, as programs do it.
//
// The suite asks for modules by [Behaviour]. A package with a runtime writes one module for each, in the
// runtime's own form, and a [Harness] that registers them; a runtime whose modules are Go programs takes
// [NewSample]. Then it calls [Run] from one test and [RunBenchmarks] from one benchmark:
//
//	func TestRuntime(t *testing.T) {
//		runtimetest.Run(t, func(t *testing.T) runtimetest.Harness { return newHarness(t) })
//	}
//
// The suite promises that programs cannot tell a runtime that passes it from the native one, but for what the
// runtime isolates and what a call costs. It does not judge the isolation itself: a runtime tests what it
// enforces, and that its Admit refuses the rest.
package runtimetest
