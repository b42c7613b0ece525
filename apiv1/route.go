package apiv1

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A Route is what an RPC is to access control and to the audit log: its [Rule] in Go.
type Route struct {
	Procedure string // "/modreg.v1.ModuleService/GetModule": the path of its requests
	Action    string // that the caller must be allowed: "module:read"
	Kind      string // of the resource that it is done to: "module"
	Field     string // path of the field of the request that names the resource; empty if it is about all of the kind
	Audience  Audience

	Mutates    bool // it changes something
	Idempotent bool // it may be sent again when it is not known whether it was carried out
	Audited    bool // it is taken down even if it is allowed
	Filtered   bool // the answer leaves out resources on which the caller may not do the action

	ClientStreams bool // it has several requests
	ServerStreams bool // it has several responses
}

// Routes returns the route of every RPC of the API, by procedure. The slice is the caller's.
func Routes() []Route { return slices.Clone(routes[:]) }

// RouteOf returns the route of a procedure, as in the path of a request; false if there is none.
func RouteOf(procedure string) (Route, bool) {
	i, ok := slices.BinarySearchFunc(routes[:], procedure, func(r Route, p string) int { return strings.Compare(r.Procedure, p) })
	if !ok {
		return Route{}, false
	}
	return routes[i], true
}

// Resource returns the name of the resource that a request is about: the value of [Route.Field]; empty if it is about all of the
// kind. It reports false if the message has no such field, and so is not a request of the route: it must be denied then.
func (r *Route) Resource(request proto.Message) (name string, ok bool) {
	if r.Field == "" {
		return "", true
	}
	m := request.ProtoReflect()
	part, rest, more := strings.Cut(r.Field, ".")
	for ; more; part, rest, more = strings.Cut(rest, ".") {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(part))
		if fd == nil || fd.Message() == nil || fd.Cardinality() == protoreflect.Repeated {
			return "", false
		}
		m = m.Get(fd).Message()
	}
	fd := m.Descriptor().Fields().ByName(protoreflect.Name(part))
	if fd == nil || fd.Kind() != protoreflect.StringKind || fd.Cardinality() == protoreflect.Repeated {
		return "", false
	}
	return m.Get(fd).String(), true
}
