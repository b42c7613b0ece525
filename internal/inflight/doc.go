// Package inflight counts calls in flight so that the thing they use can be drained and then closed.
//
// A [Gate] is entered by many callers at once and closed by one owner. Entering costs one atomic
// instruction, leaving costs a plain store where the processor allows it, and callers on different
// cores do not share a cache line. The price is paid by the drain, which polls: a drain is rare, a call is not.
//
// The design and the measurements behind it are in docs/adr/0002-calls-in-flight.md.
package inflight
