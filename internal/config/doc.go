// Package config is the configuration of modreg serve and modreg dev: what can be set, from where, and what is wrong with it.
//
// A value comes from a flag, else from an environment variable, else from the file, else it is the default: see [Load]. All
// problems are found at once, and each names the place it comes from. Nothing that is set is passed over in silence: a key
// that nobody knows is an error, and so is one that stands twice. A [Secret] never stands in the file or on the command
// line, and is never printed.
//
// [Loaded.View] says where each value came from, [Apply] what a second reading changes at once and what waits for a restart.
// [Schema] and [Example] are made from the same table as the reader, so they cannot say something else. To add a setting,
// add a field to [Config], its default to [Defaults] and its row to the table of its group; a test finds what was forgotten.
//
// Values are merged here and not by a library for configurations: such a library keeps neither the line that a value
// came from nor the values it replaced, and to merge is a loop over the table.
package config
