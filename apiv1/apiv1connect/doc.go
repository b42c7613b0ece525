// Package apiv1connect has the clients and the interfaces of the services of package apiv1, for Connect, gRPC and gRPC-Web.
// All of it is generated from the folder proto.
package apiv1connect
