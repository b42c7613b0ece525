package cedarauthz

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

// validate checks the policies against the schema. The validator looks at types and not at values, so that of the policies that
// differ in values only one is checked; those that the set before was checked with are not checked again under the same schema.
func (s *set) validate(before *set) error {
	s.shapes = map[string]bool{}
	known := map[string]bool{}
	if before != nil && before.schema == s.schema {
		known = before.shapes
	}
	var v *validate.Validator
	for _, r := range s.rules {
		if r.idle {
			continue // the validator takes it for a mistake
		}
		if s.shapes[r.shape] {
			continue
		}
		s.shapes[r.shape] = true
		if known[r.shape] {
			continue
		}
		if v == nil {
			var err error
			if v, err = validator(s.schema); err != nil {
				return err
			}
		}
		if err := checkTypes(v, r); err != nil {
			return fmt.Errorf("policy %s: %w", r.id, err)
		}
	}
	return nil
}

// checkTypes asks the validator. It is young, and panics on some policies; such a policy does not come into force.
func checkTypes(v *validate.Validator, r *rule) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the validator broke: %v", p)
		}
	}()
	return v.Policy(r.id, (*ast.Policy)(r.policy.AST()))
}

func validator(text string) (*validate.Validator, error) {
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(text)); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	return validate.New(resolved), nil
}

// shapeOf returns the text of a policy with the values left out, everything between quotation marks, but for
// the groups of actions of guard rails. Which role it is does not count: all actions have the same context.
func shapeOf(p *cedar.Policy) string {
	text := string(p.MarshalCedar())
	var b strings.Builder
	for len(text) > 0 {
		at := strings.IndexByte(text, '"')
		if at < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:at])
		end := closing(text, at)
		if strings.HasSuffix(text[:at], "Action::") && !strings.HasPrefix(text[at:], `"role/`) {
			b.WriteString(text[at:end])
		}
		text = text[end:]
	}
	return b.String()
}

// closing returns where the string that begins at ends.
func closing(text string, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
