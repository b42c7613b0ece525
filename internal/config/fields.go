package config

import "slices"

// fields is the table of all settings, bound to one configuration, in the order in which they are shown.
func (c *Config) fields() []field {
	return slices.Concat(
		[]field{
			one(row("data", AtRestart, "The data folder. One process at a time holds it.").example("/var/lib/modreg"), &c.Data, paths()),
			one(row("node", AtRestart, "Name of this node in the audit log. Without it, the node keeps the name it has.").example("node-1"), &c.Node, segments(64)),
		},
		c.Listen.fields(), c.TLS.fields(), c.Limits.fields(), c.Timeouts.fields(), c.Audit.fields(), c.Retention.fields(),
		c.Backup.fields(), c.Access.fields(), c.Log.fields(), c.Telemetry.fields(), c.Modules.fields(), c.Drain.fields(),
	)
}

// groups say what the groups of settings are for.
func groups() map[string]string {
	return map[string]string{
		"listen":          "Where the daemon can be reached.",
		"tls":             "How connections are protected.",
		"limits":          "How much callers may ask for.",
		"timeouts":        "How long things may take.",
		"audit":           "Who keeps checkpoints of the audit log beside this node.",
		"retention":       "How long things are kept.",
		"backup":          "What is backed up by itself.",
		"access":          "Who may come in, and for how long.",
		"access.oidc":     "The OpenID provider that people sign in with.",
		"access.sessions": "Sessions of the console.",
		"access.tokens":   "API tokens.",
		"log":             "What is written of what happens, on standard error.",
		"telemetry":       "Metrics and traces.",
		"modules":         "Modules that are there from the start.",
		"drain":           "How the daemon stops.",
	}
}

// segments takes names that can be a part of a path in a SPIFFE identifier.
func segments(most int) grammar[string] {
	return matching(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`, "a name of letters, digits and . _ -, which does not begin with a dot", most)
}

func (l *Listen) fields() []field {
	return []field{
		many(row("listen.addresses", AtRestart, "TCP addresses. An empty host means every address of the machine; port 0 lets the system choose."), &l.Addresses, 16, hostPorts()),
		one(row("listen.socket", AtRestart, "Unix socket for the command line on this machine. Without it, "+SocketName+" in the data folder.").example("/run/modreg/modreg.sock"), &l.Socket, sockets()),
		many(row("listen.trusted_proxies", AtReload, "Networks whose X-Forwarded-For header is believed.").example("[10.0.0.0/8]"), &l.TrustedProxies, 64, networks()),
	}
}

func (t *TLS) fields() []field {
	return []field{
		one(row("tls.mode", AtRestart, "Where the certificate comes from: own, a CA in the data folder; files, from cert_file and key_file; off, only for loopback addresses."), &t.Mode, oneOf(TLSOwn, TLSFiles, TLSOff)),
		one(row("tls.cert_file", AtRestart, "Certificate chain in PEM, for mode files. What is in it is read again when it changes.").example("/etc/modreg/tls.crt"), &t.CertFile, paths()),
		one(row("tls.key_file", AtRestart, "Private key in PEM, for mode files. What is in it is read again when it changes.").example("/etc/modreg/tls.key"), &t.KeyFile, paths()),
		many(row("tls.names", AtReload, "What the own certificate is for beside localhost and the addresses listened on.").example("[modreg.example.org]"), &t.Names, 64, serverNames()),
		one(row("tls.min_version", AtRestart, "Oldest version of TLS that is spoken."), &t.MinVersion, tlsVersions()),
		one(row("tls.trust_domain", AtRestart, "Trust domain of the identities of modules and nodes. It cannot be changed once there is a CA."), &t.TrustDomain, trustDomains()),
	}
}

func trustDomains() grammar[string] {
	g := matching(dnsName.String(), "a DNS name in lower case", 253)
	parse := g.parse
	g.parse = func(s, dir string) (string, error) {
		if allDigit.MatchString(s) {
			return "", refuse(s, "a name", g.says)
		}
		return parse(s, dir)
	}
	return g
}

func (l *Limits) fields() []field {
	return []field{
		one(row("limits.body", AtRestart, "Largest body of a request; of a stream, of all that it sends."), &l.Body, sizes(64<<10, 1<<30)),
		one(row("limits.header", AtRestart, "Largest head of a request."), &l.Header, sizes(4<<10, 1<<20)),
		one(row("limits.streams", AtRestart, "Requests at a time on one HTTP/2 connection."), &l.Streams, integers(1, 10_000)),
		one(row("limits.connections", AtRestart, "Connections at a time."), &l.Connections, integers(1, 1_000_000)),
		one(row("limits.requests", AtReload, "Requests of one principal in a second. 0 for any number."), &l.Requests, integers(0, 1_000_000)),
		one(row("limits.watches", AtReload, "Watches at a time."), &l.Watches, integers(0, 1_000_000)),
	}
}

func (t *Timeouts) fields() []field {
	hour := seconds(3600)
	return []field{
		one(row("timeouts.header", AtRestart, "For the head of a request to arrive."), &t.Header, durations(seconds(1), seconds(60), "")),
		one(row("timeouts.idle", AtRestart, "How long a connection may be idle."), &t.Idle, durations(seconds(1), hour, "")),
		one(row("timeouts.request", AtReload, "How long a request may take that is not a stream."), &t.Request, durations(seconds(1), hour, "")),
		one(row("timeouts.module_start", AtRestart, "How long a module may take to start."), &t.ModuleStart, durations(seconds(1), hour, "")),
		one(row("timeouts.module_stop", AtRestart, "How long a module may take to stop."), &t.ModuleStop, durations(seconds(1), hour, "")),
		one(row("timeouts.module_health", AtRestart, "How long a module may take to say how it is."), &t.ModuleHealth, durations(seconds(1), hour, "")),
	}
}

func (a *Audit) fields() []field {
	return []field{
		many(row("audit.sinks", AtRestart, "Where checkpoints of the audit log are kept beside the data folder.").example("[https://witness.example.org/modreg]"), &a.Sinks, 16, sinks()),
		one(row("audit.require_sinks", AtRestart, "Do not start if one of the sinks does not answer."), &a.RequireSinks, booleans()),
	}
}

func (r *Retention) fields() []field {
	return []field{
		one(row("retention.audit", AtRestart, "How old an event of the audit log must be to be pruned."), &r.Audit, durations(day, MaxDuration, "")),
	}
}

func (b *Backup) fields() []field {
	return []field{
		one(row("backup.every", AtReload, "How often a backup is made."), &b.Every, durations(seconds(60), 366*day, "never")),
		one(row("backup.folder", AtReload, "Folder for backups. Put it on another disk.").example("/var/backups/modreg"), &b.Folder, paths()),
		one(row("backup.keep", AtReload, "How many backups are kept."), &b.Keep, integers(1, 10_000)),
		many(row("backup.recipients", AtReload, "Age recipients who can read the backups. Without any, everybody can who has the file.").example("[age1yourrecipient]"),
			&b.Recipients, 16, matching(`^age1[0-9a-z]+$`, "an age recipient age1…", 4096)),
	}
}

func (l *Log) fields() []field {
	return []field{
		one(row("log.level", AtReload, "Least important kind of line that is written."), &l.Level, levels()),
		one(row("log.format", AtRestart, "Form of the lines: auto is text on a terminal and JSON elsewhere."), &l.Format, oneOf(LogAuto, LogText, LogJSON)),
	}
}

func (t *Telemetry) fields() []field {
	return []field{
		one(row("telemetry.metrics", AtRestart, "Metrics on /metrics."), &t.Metrics, booleans()),
		one(row("telemetry.traces", AtRestart, "Where traces go, by OTLP over HTTP.").example("https://otel.example.org/v1/traces"), &t.Traces, urls()),
		one(row("telemetry.sample", AtRestart, "How many of a hundred traces are kept."), &t.Sample, integers(0, 100)),
		one(row("telemetry.token", AtRestart, "Bearer token for traces."), &t.Token, secrets()),
		one(row("telemetry.token_file", AtRestart, "File that holds the bearer token for traces.").example("/run/secrets/otel"), &t.TokenFile, paths()),
	}
}

func (m *Modules) fields() []field {
	return []field{
		many(row("modules.load", AtRestart, "Manifests that are registered at the start if they are not yet.").example("[modules/upper.yaml]"), &m.Load, 1000, paths()),
	}
}

func (d *Drain) fields() []field {
	return []field{
		one(row("drain.notice", AtReload, "How long the daemon goes on serving after it said that it goes, for load balancers to notice."), &d.Notice, durations(0, seconds(600), "")),
		one(row("drain.timeout", AtReload, "How long requests get to finish after that."), &d.Timeout, durations(seconds(1), seconds(3600), "")),
	}
}
