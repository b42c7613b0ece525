package config

import "slices"

func (a *Access) fields() []field {
	return slices.Concat(
		[]field{
			one(row("access.bootstrap_ttl", AtRestart, "How long the secret works that makes the first admin."), &a.BootstrapTTL, durations(seconds(60), day, "")),
		},
		a.OIDC.fields(), a.Sessions.fields(), a.Tokens.fields(),
	)
}

func (o *OIDC) fields() []field {
	return []field{
		one(row("access.oidc.issuer", AtRestart, "Issuer, as it is in its tokens. Without it, nobody signs in by OpenID.").example("https://login.example.org"), &o.Issuer, urls()),
		one(row("access.oidc.client_id", AtRestart, "Identifier of modreg at the provider.").example("modreg"), &o.ClientID,
			matching(`^[!-~]+$`, "printable ASCII without spaces", 256)),
		one(row("access.oidc.client_secret", AtRestart, "Secret of modreg at the provider. A public client has none."), &o.ClientSecret, secrets()),
		one(row("access.oidc.client_secret_file", AtRestart, "File that holds the secret of modreg at the provider.").example("/run/secrets/oidc"), &o.ClientSecretFile, paths()),
		many(row("access.oidc.scopes", AtRestart, "What is asked for."), &o.Scopes, 16, matching(`^[!#-\[\]-~]+$`, "a scope of OAuth", 128)),
		one(row("access.oidc.groups_claim", AtRestart, "Claim of the token that lists the groups of a person."), &o.GroupsClaim, matching(`^[A-Za-z0-9_.:/-]+$`, "the name of a claim", 128)),
	}
}

func (s *Sessions) fields() []field {
	return []field{
		one(row("access.sessions.idle", AtReload, "How long a session lasts in which nothing is done."), &s.Idle, durations(seconds(60), day, "")),
		one(row("access.sessions.max", AtReload, "How long a session lasts at most."), &s.Max, durations(seconds(60), 7*day, "")),
	}
}

func (t *Tokens) fields() []field {
	return []field{
		one(row("access.tokens.default_ttl", AtReload, "How long a token lasts for which nothing else is asked."), &t.DefaultTTL, durations(seconds(60), 366*day, "")),
		one(row("access.tokens.max_ttl", AtReload, "How long a token lasts at most."), &t.MaxTTL, durations(seconds(60), 366*day, "")),
		one(row("access.tokens.per_principal", AtReload, "How many tokens one principal can have."), &t.PerPrincipal, integers(1, 10_000)),
	}
}
