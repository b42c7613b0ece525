package main

import (
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/modreg/modreg/apiv1"
	"github.com/modreg/modreg/authz"
)

// rulesOf returns the rules of a field; nil if it has none.
func rulesOf(t *testing.T, fd protoreflect.FieldDescriptor) *validate.FieldRules {
	t.Helper()
	data, err := proto.Marshal(fd.Options())
	if err != nil {
		t.Fatal(err)
	}
	o := &descriptorpb.FieldOptions{}
	if err := proto.Unmarshal(data, o); err != nil {
		t.Fatal(err)
	}
	rules, _ := proto.GetExtension(o, validate.E_Field).(*validate.FieldRules)
	return rules
}

// reachable returns the messages that can be in a request.
func reachable(t *testing.T) map[protoreflect.FullName]bool {
	t.Helper()
	seen := map[protoreflect.FullName]bool{}
	var add func(md protoreflect.MessageDescriptor)
	add = func(md protoreflect.MessageDescriptor) {
		if seen[md.FullName()] {
			return
		}
		seen[md.FullName()] = true
		list(md.Fields(), func(fd protoreflect.FieldDescriptor) {
			if fd.Message() != nil {
				add(fd.Message())
			}
		})
	}
	for m := range methods(compiled(t)) {
		add(m.Input())
	}
	return seen
}

// TestEveryField_hasALimit looks at texts, bytes, lists, maps and enums everywhere, and at numbers and times in what a
// caller sends.
func TestEveryField_hasALimit(t *testing.T) {
	t.Parallel()
	sent := reachable(t)
	for d := range declared(t) {
		fd, ok := d.(protoreflect.FieldDescriptor)
		if !ok || fd.IsExtension() {
			continue
		}
		if fault := limitFault(fd, rulesOf(t, fd), sent[fd.ContainingMessage().FullName()]); fault != "" {
			t.Errorf("%s: %s", fd.FullName(), fault)
		}
	}
}

func limitFault(fd protoreflect.FieldDescriptor, r *validate.FieldRules, sent bool) string {
	switch {
	case fd.IsMap():
		if r.GetMap().GetMaxPairs() == 0 || !textLimited(r.GetMap().GetKeys().GetString()) {
			return "the map has no max_pairs, or its keys no limit"
		}
		if fd.MapValue().Kind() == protoreflect.StringKind && !textLimited(r.GetMap().GetValues().GetString()) {
			return "the values of the map have no limit"
		}
		return ""
	case fd.IsList():
		if r.GetRepeated().GetMaxItems() == 0 {
			return "the list has no max_items"
		}
		return scalarFault(fd, r.GetRepeated().GetItems(), sent)
	}
	return scalarFault(fd, r, sent)
}

func scalarFault(fd protoreflect.FieldDescriptor, r *validate.FieldRules, sent bool) string {
	switch fd.Kind() {
	case protoreflect.StringKind:
		if !textLimited(r.GetString()) {
			return "the text has no max_bytes"
		}
	case protoreflect.BytesKind:
		if r.GetBytes().GetMaxLen() == 0 {
			return "the bytes have no max_len"
		}
	case protoreflect.EnumKind:
		if !r.GetEnum().GetDefinedOnly() {
			return "the enum is not defined_only"
		}
	case protoreflect.BoolKind:
	case protoreflect.MessageKind:
		wellKnown := fd.Message().ParentFile().Package() == "google.protobuf"
		if sent && wellKnown && r == nil && !strings.HasSuffix(string(fd.Message().Name()), "Value") {
			return "a time, duration or mask that is sent has no limit"
		}
	default:
		if sent && (r == nil || r.Type == nil) {
			return "a number that is sent has no limit"
		}
	}
	return ""
}

// textLimited reports whether a text has a limit of length, be it by a fixed length or a list of values.
func textLimited(r *validate.StringRules) bool {
	fixed := strings.HasSuffix(r.GetPattern(), "{64}$")
	return r.GetMaxBytes() > 0 || len(r.GetIn()) > 0 || fixed
}

// TestPatterns_areWholeMatches keeps patterns from passing a text because a part of it fits.
func TestPatterns_areWholeMatches(t *testing.T) {
	t.Parallel()
	for d := range declared(t) {
		fd, ok := d.(protoreflect.FieldDescriptor)
		if !ok {
			continue
		}
		r := rulesOf(t, fd)
		for _, s := range []*validate.StringRules{r.GetString(), r.GetRepeated().GetItems().GetString()} {
			if p := s.GetPattern(); p != "" && (!strings.HasPrefix(p, "^") || !strings.HasSuffix(p, "$")) {
				t.Errorf("%s: its pattern is not between ^ and $", fd.FullName())
			}
		}
	}
}

func TestRoutes_areComplete(t *testing.T) {
	t.Parallel()
	if _, err := routesOf(compiled(t)); err != nil {
		t.Fatal(err)
	}
	table := map[string]apiv1.Route{}
	for _, r := range apiv1.Routes() {
		table[r.Procedure] = r
	}
	count := 0
	for m := range methods(compiled(t)) {
		count++
		r, ok := table[(route{method: m}).procedure()]
		if !ok {
			t.Errorf("%s has no route: run go generate ./apiv1", m.FullName())
			continue
		}
		if fault := routeFault(m, r); fault != "" {
			t.Errorf("%s: %s", m.FullName(), fault)
		}
	}
	if count != len(table) {
		t.Errorf("there are %d routes of %d RPCs", len(table), count)
	}
}

// routeFault says what of a route contradicts its RPC.
func routeFault(m protoreflect.MethodDescriptor, r apiv1.Route) string {
	fields := m.Input().Fields()
	want := descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
	switch {
	case r.Idempotent && !r.Mutates && !r.Audited:
		want = descriptorpb.MethodOptions_NO_SIDE_EFFECTS
	case r.Idempotent:
		want = descriptorpb.MethodOptions_IDEMPOTENT
	}
	switch {
	case idempotency(m) != want:
		return "its idempotency_level is not " + want.String() + ", as its rule says"
	case r.Mutates && !r.Audited:
		return "it mutates and is not audited"
	case r.Mutates && fields.ByName("cause") == nil && r.Audience != apiv1.Audience_AUDIENCE_ANYONE:
		return "it mutates and its request has no cause"
	case r.Mutates && !m.IsStreamingServer() && fields.ByName("request_id") == nil && r.Audience != apiv1.Audience_AUDIENCE_ANYONE:
		return "it mutates and its request has no request_id"
	case strings.HasPrefix(string(m.Name()), "Update") && fields.ByName("update_mask") == nil:
		return "it updates and its request has no update_mask"
	case (fields.ByName("page_token") == nil) != (m.Output().Fields().ByName("next_page_token") == nil),
		(fields.ByName("page_token") == nil) != (fields.ByName("page_size") == nil):
		return "it has a part of page_size, page_token and next_page_token only"
	}
	return ""
}

// TestRoutes_areOfTheRegistry holds the routes against the one registry of actions.
func TestRoutes_areOfTheRegistry(t *testing.T) {
	t.Parallel()
	for _, r := range apiv1.Routes() {
		a, ok := authz.LookupAction(r.Action)
		if !ok {
			t.Errorf("%s: the action %s is not in the registry", r.Procedure, r.Action)
			continue
		}
		if !slices.Contains(authz.KindsOf(a), r.Kind) {
			t.Errorf("%s: %s is not done to a %s", r.Procedure, r.Action, r.Kind)
		}
		if a.Mutates && !r.Mutates {
			t.Errorf("%s: %s changes something, and its rule does not say so", r.Procedure, r.Action)
		}
	}
}
