package apiv1_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/modreg/modreg/apiv1"
	"github.com/modreg/modreg/apiv1/apiv1connect"
)

func TestRouteOf(t *testing.T) {
	t.Parallel()
	for _, want := range apiv1.Routes() {
		if r, ok := apiv1.RouteOf(want.Procedure); !ok || r != want {
			t.Errorf("%s: got %+v, %t", want.Procedure, r, ok)
		}
	}
	r, ok := apiv1.RouteOf(apiv1connect.ModuleServiceActivateModuleProcedure)
	if !ok || r.Kind != "module" || r.Field != "name" || !r.Mutates || !r.Idempotent || !r.Audited || r.ServerStreams {
		t.Errorf("ActivateModule: got %+v, %t", r, ok)
	}
	for _, procedure := range []string{
		"", "/", "modreg.v1.ModuleService/GetModule", "/modreg.v1.ModuleService/GetModule/", "//modreg.v1.ModuleService/GetModule",
		"/modreg.v1.ModuleService/getmodule", "/modreg.v1.ModuleService/", "/zzz",
	} {
		if _, ok := apiv1.RouteOf(procedure); ok {
			t.Errorf("%q has a route", procedure)
		}
	}
}

func TestRoutes_belongToTheCaller(t *testing.T) {
	t.Parallel()
	first := apiv1.Routes()[0]
	apiv1.Routes()[0].Action = "module:read"
	if again, _ := apiv1.RouteOf(first.Procedure); again != first {
		t.Error("a caller changed the table")
	}
}

// TestRoute_Resource asks each route for the resource of a good request.
func TestRoute_Resource(t *testing.T) {
	t.Parallel()
	for _, r := range apiv1.Routes() {
		m := requestOf(t, r.Procedure)
		fill(t, m.ProtoReflect(), 0)
		name, ok := r.Resource(m)
		if !ok || (name == "") != (r.Field == "") {
			t.Errorf("%s: got %q, %t", r.Procedure, name, ok)
		}
		if name, ok := r.Resource(m.ProtoReflect().New().Interface()); !ok || name != "" {
			t.Errorf("%s: the empty request is about %q, %t", r.Procedure, name, ok)
		}
		if _, ok := r.Resource(&apiv1.WhoAmIRequest{}); ok && r.Field != "" {
			t.Errorf("%s: took the request of another", r.Procedure)
		}
	}
	nested := apiv1.Route{Field: "manifest.name"}
	if name, ok := nested.Resource(&apiv1.RegisterModuleRequest{Manifest: &apiv1.Manifest{Name: "acme/pay"}}); name != "acme/pay" || !ok {
		t.Errorf("got %q, %t", name, ok)
	}
	for _, field := range []string{"manifest", "manifest.provides", "config.kind.nothing", "validate_only", "cause.reason.more"} {
		bad := apiv1.Route{Field: field}
		if name, ok := bad.Resource(&apiv1.RegisterModuleRequest{}); ok {
			t.Errorf("%s: got %q", field, name)
		}
	}
}

// requestOf returns an empty request of a procedure.
func requestOf(t *testing.T, procedure string) proto.Message {
	t.Helper()
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(procedure, "/"), "/", "."))
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.(protoreflect.MethodDescriptor).Input().FullName())
	if err != nil {
		t.Fatal(err)
	}
	return mt.New().Interface()
}

// TestSecrets_areMarked keeps credentials out of what is printed for people.
func TestSecrets_areMarked(t *testing.T) {
	t.Parallel()
	marked := 0
	for _, mt := range messages() {
		fields := mt.Descriptor().Fields()
		for i := range fields.Len() {
			fd := fields.Get(i)
			redacted := fd.Options().ProtoReflect().Get(
				fd.Options().ProtoReflect().Descriptor().Fields().ByName("debug_redact")).Bool()
			if fd.Name() == "secret" && fd.Kind() == protoreflect.StringKind && !redacted {
				t.Errorf("%s is not debug_redact", fd.FullName())
			}
			if redacted {
				marked++
			}
		}
	}
	if marked != 4 {
		t.Errorf("%d fields are debug_redact", marked)
	}
}

func BenchmarkRoute(b *testing.B) {
	m := &apiv1.GetModuleRequest{Name: "modules/acme/pay@1.2.0"}
	b.ReportAllocs()
	for b.Loop() {
		r, _ := apiv1.RouteOf(apiv1connect.ModuleServiceGetModuleProcedure)
		if name, ok := r.Resource(m); !ok || name == "" {
			b.Fatal(name)
		}
	}
}
