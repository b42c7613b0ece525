package jsonschema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	js "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// reasonOf says what is wrong in words, without the value that is: the
// library's own words repeat it.
func reasonOf(k js.ErrorKind) string {
	switch k := k.(type) {
	case nil:
		return "is not allowed"
	case *kind.Type:
		return fmt.Sprintf("must be %s, not %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Const:
		return "must be " + shown(k.Want)
	case *kind.Enum:
		return "must be one of " + shownList(k.Want)
	case *kind.Format:
		return "is not of the format " + k.Want
	case *kind.FalseSchema:
		return "is not allowed"
	case *kind.Not:
		return "is what it must not be"
	case *kind.RefCycle:
		return "cannot be validated: the schema leads back to itself on the same value"
	case *kind.ContentEncoding:
		return "is not in the encoding " + k.Want
	case *kind.ContentMediaType:
		return "is not of the media type " + k.Want
	case *kind.ContentSchema:
		return "has content that the schema does not allow"
	}
	if reason := objectReason(k); reason != "" {
		return reason
	}
	if reason := arrayReason(k); reason != "" {
		return reason
	}
	if reason := sizeReason(k); reason != "" {
		return reason
	}
	return "is not allowed by " + strings.Join(k.KeywordPath(), "/")
}

func objectReason(k js.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Required:
		return "must have " + names(k.Missing)
	case *kind.AdditionalProperties:
		return "must not have " + names(k.Properties)
	case *kind.PropertyNames:
		return "must not have the name " + names([]string{k.Property})
	case *kind.Dependency:
		return fmt.Sprintf("must have %s because it has %s", names(k.Missing), names([]string{k.Prop}))
	case *kind.DependentRequired:
		return fmt.Sprintf("must have %s because it has %s", names(k.Missing), names([]string{k.Prop}))
	case *kind.MinProperties:
		return fmt.Sprintf("must have at least %d members", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("must have at most %d members", k.Want)
	}
	return ""
}

func arrayReason(k js.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items", k.Want)
	case *kind.AdditionalItems:
		return fmt.Sprintf("has %d items too many", k.Count)
	case *kind.UniqueItems:
		return fmt.Sprintf("must not have equal items, as [%d] and [%d] are", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "has no item of the kind that it must contain"
	case *kind.MinContains:
		return fmt.Sprintf("must have at least %d items of the kind that it must contain", k.Want)
	case *kind.MaxContains:
		return fmt.Sprintf("must have at most %d items of the kind that it may contain", k.Want)
	}
	return ""
}

func sizeReason(k js.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.Pattern:
		return "must match " + strconv.Quote(shorten(k.Want))
	case *kind.Minimum:
		return "must be at least " + number(k.Want)
	case *kind.Maximum:
		return "must be at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + number(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + number(k.Want)
	}
	return ""
}

func number(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// shown writes a value of the schema.
func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "another value"
	}
	return shorten(string(text))
}

func shownList(values []any) string {
	const enough = 20
	var list []string
	for _, v := range values[:min(len(values), enough)] {
		list = append(list, shown(v))
	}
	if len(values) > enough {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

func names(list []string) string {
	const enough = 10
	list = slices.Sorted(slices.Values(list))
	var quoted []string
	for _, name := range list[:min(len(list), enough)] {
		quoted = append(quoted, strconv.Quote(shorten(name)))
	}
	if len(list) > enough {
		quoted = append(quoted, "…")
	}
	return strings.Join(quoted, ", ")
}
