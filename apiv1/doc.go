// Package apiv1 is the API of a daemon, modreg.v1, as Go types: messages, enums, the options of RPCs, and the table of its
// routes.
//
// The messages are generated from the folder proto, and so is the table: [Routes] has a [Route] for every RPC, with the
// action that it needs and what else access control and the audit log have to know. Package apiv1connect beside this one
// has the clients and the interfaces of the services.
//
// Messages carry their rules (see https://protovalidate.com); the package does not check them, and depends on nothing but
// the Protobuf runtime, so that a client stays small. The folder proto says how the API is changed.
package apiv1

//go:generate go run ../internal/apigen
