package apiv1_test

import (
	"bytes"
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// evil are texts that no pattern lets through, but those of reasons and the like.
var evil = [...]string{
	"modules/acme/pay\n", "\x00", "modules/../../etc", "modules//pay", "modules/ACME", "modules/аcme", "modules/acme/pay@1 OR 1=1",
	"principals/root", "principals/user/Ada", "<script>", "a b\u202e", "tokens/../x", "roles/viewer\r\nX: y", "backups/../../x", "' --",
	"sha256:00", "module:read module:*", "module", strings.Repeat("a", 1000),
}

func TestEveryMessage_takesAGoodExample(t *testing.T) {
	t.Parallel()
	for _, mt := range messages() {
		for _, m := range examples(t, mt) {
			if err := protovalidate.Validate(m); err != nil {
				t.Errorf("%s: %v", mt.Descriptor().FullName(), err)
			}
			checkTrip(t, m)
		}
	}
}

// checkTrip sends a message there and back, in both forms.
func checkTrip(t *testing.T, m proto.Message) {
	t.Helper()
	name := m.ProtoReflect().Descriptor().FullName()
	data, err := proto.Marshal(m)
	back := m.ProtoReflect().New().Interface()
	if err == nil {
		err = proto.Unmarshal(data, back)
	}
	if err != nil || !proto.Equal(m, back) {
		t.Errorf("%s: it is not the same after Protobuf: %v", name, err)
	}
	text, err := protojson.Marshal(m)
	back = m.ProtoReflect().New().Interface()
	if err == nil {
		err = protojson.Unmarshal(text, back)
	}
	if err != nil || !proto.Equal(m, back) {
		t.Errorf("%s: it is not the same after JSON: %v", name, err)
	}
}

// TestEveryMessage_refusesBadFields breaks every field of every message in every way that its rules know.
func TestEveryMessage_refusesBadFields(t *testing.T) {
	t.Parallel()
	count := 0
	for _, mt := range messages() {
		for _, m := range examples(t, mt) {
			m.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
				for _, spoil := range spoilers(fd) {
					bad := proto.Clone(m)
					spoil(bad.ProtoReflect())
					count++
					if !refusesField(protovalidate.Validate(bad), fd) {
						t.Errorf("%s: a bad value was let through (%d)", fd.FullName(), count)
					}
				}
				return true
			})
		}
	}
	if count < 3000 {
		t.Errorf("only %d bad messages were tried", count)
	}
}

// refusesField reports whether an error is about a field, or what is in it.
func refusesField(err error, fd protoreflect.FieldDescriptor) bool {
	var ve *protovalidate.ValidationError
	if !errors.As(err, &ve) {
		return false
	}
	for _, v := range ve.Violations {
		if e := v.Proto.GetField().GetElements(); len(e) > 0 && e[0].GetFieldName() == string(fd.Name()) {
			return true
		}
	}
	return false
}

type spoiler func(m protoreflect.Message)

// spoilers returns ways to make a field of a good message bad.
func spoilers(fd protoreflect.FieldDescriptor) []spoiler {
	rules := rulesOf(fd)
	switch {
	case rules == nil:
		return nil
	case fd.IsMap():
		return []spoiler{func(m protoreflect.Message) {
			entries := m.Mutable(fd).Map()
			for i := range rules.GetMap().GetMaxPairs() + 1 {
				entries.Set(protoreflect.ValueOfString("k"+strings.Repeat("x", int(i)%60)+string(rune('a'+i/60))).MapKey(), entries.NewValue())
			}
		}}
	case fd.IsList():
		return listSpoilers(fd, rules.GetRepeated())
	}
	var list []spoiler
	for _, v := range badValues(fd, rules) {
		list = append(list, func(m protoreflect.Message) { m.Set(fd, v) })
	}
	if rules.GetRequired() {
		list = append(list, func(m protoreflect.Message) { m.Clear(fd) })
	}
	return list
}

func listSpoilers(fd protoreflect.FieldDescriptor, rules *validate.RepeatedRules) []spoiler {
	var list []spoiler
	again := func(times uint64) spoiler {
		return func(m protoreflect.Message) {
			l := m.Mutable(fd).List()
			for range times {
				l.Append(l.Get(0))
			}
		}
	}
	if n := rules.GetMaxItems(); n <= 1024 {
		list = append(list, again(n))
	}
	if rules.GetUnique() {
		list = append(list, again(1))
	}
	if rules.GetMinItems() > 0 {
		list = append(list, func(m protoreflect.Message) { m.Clear(fd) })
	}
	for _, v := range badValues(fd, rules.GetItems()) {
		list = append(list, func(m protoreflect.Message) { m.Mutable(fd).List().Append(v) })
	}
	return list
}

// badValues returns values that the rules of a field refuse.
func badValues(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) []protoreflect.Value {
	var list []protoreflect.Value
	if rules == nil {
		return nil
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		for _, text := range badTexts(rules.GetString()) {
			list = append(list, protoreflect.ValueOfString(text))
		}
	case protoreflect.BytesKind:
		list = append(list, protoreflect.ValueOfBytes(bytes.Repeat([]byte{'x'}, int(rules.GetBytes().GetMaxLen())+1)))
	case protoreflect.EnumKind:
		list = append(list, protoreflect.ValueOfEnum(9999), protoreflect.ValueOfEnum(-1))
		for _, n := range rules.GetEnum().GetNotIn() {
			list = append(list, protoreflect.ValueOfEnum(protoreflect.EnumNumber(n)))
		}
	case protoreflect.Int32Kind:
		list = append(list, protoreflect.ValueOfInt32(math.MinInt32), protoreflect.ValueOfInt32(-1))
		if rules.GetInt32().HasLte() {
			list = append(list, protoreflect.ValueOfInt32(math.MaxInt32))
		}
	case protoreflect.Int64Kind:
		list = append(list, protoreflect.ValueOfInt64(math.MinInt64), protoreflect.ValueOfInt64(-1), protoreflect.ValueOfInt64(math.MaxInt64))
	case protoreflect.Uint32Kind:
		list = append(list, protoreflect.ValueOfUint32(0), protoreflect.ValueOfUint32(math.MaxUint32))
	case protoreflect.Uint64Kind:
		list = append(list, protoreflect.ValueOfUint64(math.MaxUint64), protoreflect.ValueOfUint64(1<<53))
		if rules.GetUint64().GetGte() > 0 {
			list = append(list, protoreflect.ValueOfUint64(0))
		}
	case protoreflect.MessageKind:
		for _, m := range badMessages(rules) {
			list = append(list, protoreflect.ValueOfMessage(m.ProtoReflect()))
		}
	}
	return list
}

func badMessages(rules *validate.FieldRules) []proto.Message {
	switch rules.WhichType() {
	case validate.FieldRules_Timestamp_case:
		return []proto.Message{&timestamppb.Timestamp{Seconds: -1}, &timestamppb.Timestamp{Seconds: math.MinInt64}, &timestamppb.Timestamp{Seconds: math.MaxInt64}}
	case validate.FieldRules_Duration_case:
		return []proto.Message{&durationpb.Duration{Seconds: -1}, &durationpb.Duration{Seconds: 315_576_000_000}, &durationpb.Duration{Nanos: -5}}
	case validate.FieldRules_FieldMask_case:
		return []proto.Message{&fieldmaskpb.FieldMask{Paths: []string{"nothing"}}, &fieldmaskpb.FieldMask{Paths: []string{"name"}}}
	}
	return nil
}

func badTexts(rules *validate.StringRules) []string {
	var list []string
	if rules.HasMaxBytes() {
		list = append(list, strings.Repeat("a", int(rules.GetMaxBytes())+1))
	}
	if rules.GetMinBytes() > 0 {
		list = append(list, "")
	}
	if len(rules.GetIn()) > 0 || rules.GetIpPrefix() {
		return append(list, evil[:]...)
	}
	if !rules.HasPattern() {
		return list
	}
	pattern := regexp.MustCompile(rules.GetPattern())
	for _, text := range evil {
		if !pattern.MatchString(text) {
			list = append(list, text)
		}
	}
	return list
}
