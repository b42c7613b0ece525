// Package record is the form of the transactions in a registry's journal: who asked for what, when and on whose
// approval, and the operations that change the desired state.
//
// A program that acts for somebody says so with [WithOrigin]; the registry writes it into the records of what it
// then does. Who reads a journal, as package audit does, decodes its records with [Decode].
//
// The form is canonical JSON, so that a journal can be read without this program:
//
//	{"v":2,"prev":"…","time":"…","node":"…","actor":{"kind":"user","id":"…"},"request":"…","ops":[
//	 {"do":"register","manifest":{…},"config":{…}},{"do":"activate","module":"name@version"}]}
//
// "prev" is the SHA-256 of the record before, in hexadecimal, so that the last record vouches for all; 64 zeroes in the
// first. Fields without a value are left out. One transaction has one form: Decode refuses any other spelling of it.
// A reader refuses records of a later format than it knows. Format 1, which had no fields about the origin, is still read.
package record
