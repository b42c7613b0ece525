package cedarauthz_test

import (
	"testing"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
	"github.com/modreg/modreg/authz/cedarauthz"
)

func TestAuthorizer_keepsContract(t *testing.T) {
	t.Parallel()
	authztest.Run(t, func(p *authz.Policy) (authz.Authorizer, error) {
		a := new(cedarauthz.Authorizer)
		return a, a.Load(p)
	})
}
