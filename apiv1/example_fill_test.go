package apiv1_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/modreg/modreg/apiv1"
)

// texts are examples of everything that has a pattern; the first that fits is taken.
var texts = [...]string{
	"modules/acme/pay@1.2.0", "modules/acme/pay", "principals/user/ada", "tokens/0aB1cD2eF3gH", "roles/viewer", "bindings/b1",
	"operations/01JD3Z", "backups/backup-20260102T030405Z.modreg", "sha256:" + hex64, hex64, "mrb_0aB1_cD2", "user/ada", "module:read",
	"application/json", "acme/pay", "1.2.0", "name", "text", "read", "lazy", "10.1.0.0/16",
}

const hex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// messages returns the type of every message of the API, map entries apart.
func messages() []protoreflect.MessageType {
	var all []protoreflect.MessageType
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if mt.Descriptor().ParentFile().Package() == "modreg.v1" && !mt.Descriptor().IsMapEntry() {
			all = append(all, mt)
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.MessageType) int {
		return strings.Compare(string(a.Descriptor().FullName()), string(b.Descriptor().FullName()))
	})
	return all
}

func rulesOf(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return rules
}

// fill sets every field of a message to something good. Of a oneof it sets the member at the place given, or the last one.
func fill(t *testing.T, m protoreflect.Message, member int) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if o := fd.ContainingOneof(); o != nil && o.Fields().Get(min(member, o.Fields().Len()-1)) != fd {
			continue
		}
		rules := rulesOf(fd)
		switch {
		case fd.IsMap():
			key := good(t, m, fd.MapKey(), rules.GetMap().GetKeys(), member)
			m.Mutable(fd).Map().Set(key.MapKey(), good(t, m, fd.MapValue(), rules.GetMap().GetValues(), member))
		case fd.IsList():
			m.Mutable(fd).List().Append(good(t, m, fd, rules.GetRepeated().GetItems(), member))
		default:
			m.Set(fd, good(t, m, fd, rules, member))
		}
	}
}

// good returns a value that the rules of a field allow.
func good(t *testing.T, in protoreflect.Message, fd protoreflect.FieldDescriptor, rules *validate.FieldRules, member int) protoreflect.Value {
	t.Helper()
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(goodText(t, fd, rules.GetString()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("bytes"))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(fd.Enum().Values().Get(1).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(7)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(7)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(7)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(7)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(0.5)
	case protoreflect.MessageKind:
		if m := wellKnown(fd, rules); m != nil {
			return protoreflect.ValueOfMessage(m.ProtoReflect())
		}
		mt, err := protoregistry.GlobalTypes.FindMessageByName(fd.Message().FullName())
		if err != nil {
			t.Fatal(err)
		}
		m := mt.New()
		fill(t, m, member)
		return protoreflect.ValueOfMessage(m)
	}
	t.Fatalf("%s of %s: no example of a %s", fd.Name(), in.Descriptor().FullName(), fd.Kind())
	return protoreflect.Value{}
}

func wellKnown(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) proto.Message {
	switch fd.Message().FullName() {
	case "google.protobuf.Timestamp":
		return &timestamppb.Timestamp{Seconds: 1_790_000_000}
	case "google.protobuf.Duration":
		return &durationpb.Duration{Seconds: 2}
	case "google.protobuf.FieldMask":
		return &fieldmaskpb.FieldMask{Paths: rules.GetFieldMask().GetIn()[:1]}
	case "google.protobuf.Value":
		return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue("object")}})
	case "google.protobuf.ListValue":
		return &structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue("one")}}
	}
	return nil
}

func goodText(t *testing.T, fd protoreflect.FieldDescriptor, rules *validate.StringRules) string {
	t.Helper()
	switch {
	case len(rules.GetIn()) > 0:
		return rules.GetIn()[len(rules.GetIn())-1]
	case rules.GetIpPrefix():
		return "10.1.0.0/16"
	case fd.FullName() == "modreg.v1.ExplainAccessRequest.address":
		return "10.1.2.3"
	}
	pattern := regexp.MustCompile(rules.GetPattern())
	for _, text := range texts {
		if pattern.MatchString(text) && (!rules.HasMaxBytes() || uint64(len(text)) <= rules.GetMaxBytes()) {
			return text
		}
	}
	t.Fatalf("%s: no example fits %s", fd.FullName(), rules.GetPattern())
	return ""
}

// examples returns good examples of a message: as many as its largest oneof has members, at any depth.
func examples(t *testing.T, mt protoreflect.MessageType) []proto.Message {
	t.Helper()
	var list []proto.Message
	for member := range 3 {
		m := mt.New()
		fill(t, m, member)
		if len(list) == 0 || !proto.Equal(list[len(list)-1], m.Interface()) {
			list = append(list, m.Interface())
		}
	}
	return list
}

var _ = apiv1.Routes // the types are registered by the package
