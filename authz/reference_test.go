package authz_test

import (
	"testing"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func TestReference_keepsContract(t *testing.T) {
	t.Parallel()
	authztest.Run(t, func(p *authz.Policy) (authz.Authorizer, error) { return authz.NewReference(p) })
}
