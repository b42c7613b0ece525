package access

// newOperation returns an empty operation of the name; nil if there is none.
func newOperation(do string) operation {
	switch do {
	case "principal:create":
		return &createPrincipal{}
	case "principal:update":
		return &updatePrincipal{}
	case "principal:disable":
		return &disablePrincipal{}
	case "principal:enable":
		return &enablePrincipal{}
	case "principal:delete":
		return &deletePrincipal{}
	case "token:create", "token:rotate":
		return &createToken{}
	case "token:revoke":
		return &revokeToken{}
	case "token:use":
		return &useToken{}
	case "bootstrap:open", "bootstrap:reset":
		return &openBootstrap{}
	case "bootstrap:claim":
		return &claimBootstrap{}
	}
	if o := newProof(do); o != nil {
		return o
	}
	return newGrant(do)
}

// newProof returns an empty operation on how users prove who they are.
func newProof(do string) operation {
	switch do {
	case "password:set":
		return &passwordHash{}
	case "password:clear":
		return &clearPassword{}
	case "totp:enrol":
		return &enrolTOTP{}
	case "totp:use", "totp:confirm":
		return &useTOTP{}
	case "totp:clear":
		return &clearTOTP{}
	case "identity:link":
		return &link{}
	case "identity:unlink":
		return &unlink{}
	}
	return nil
}

// newGrant returns an empty operation on what principals are given.
func newGrant(do string) operation {
	switch do {
	case "group:map":
		return &mapGroup{}
	case "group:unmap":
		return &unmapGroup{}
	case "role:edit":
		return &putRole{}
	case "role:drop":
		return &dropRole{}
	case "role:bind":
		return &putBinding{}
	case "role:unbind":
		return &dropBinding{}
	case "policy:set":
		return &setSettings{}
	case "policy:forbid":
		return &putForbid{}
	case "policy:permit":
		return &dropForbid{}
	}
	return nil
}
