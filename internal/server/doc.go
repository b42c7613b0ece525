// Package server is the one port of the daemon: it listens, guards what comes in, and stops without losing a request.
//
// A [Server] is made of handlers and listeners. Before a handler sees a request its path has one spelling, its size and time have
// limits, it has an identifier, and a panic of the handler is an answer and a line in the log. [Health] is what /livez and
// /readyz say. What the handlers mean, and who may call them, is for others to know.
//
// [Server.Run] serves until its context ends and then drains: it says on /readyz that it is going, waits as long as load
// balancers need to notice, lets requests finish, and ends those that take too long.
package server
