package config

import (
	"fmt"
	"runtime"
)

// maxSocketPath is how long the path of a unix socket can be: macOS has the smallest room.
const maxSocketPath = 103

// check finds values that do not fit each other.
func (l *loader) check() {
	l.checkTLS()
	l.checkListen()
	l.checkAccess()
	l.checkRest()
}

// refuse blames a key, at the place where its value comes from.
func (l *loader) refuse(key, reason, fix string) {
	l.bad(&Problem{Key: key, From: l.origins[key], Reason: reason, Fix: fix})
}

// useless warns of a key that was set and has no effect.
func (l *loader) useless(key, reason string) {
	if from, set := l.origins[key]; set {
		l.warn(&Problem{Key: key, From: from, Reason: "it has no effect: " + reason})
	}
}

func (l *loader) checkTLS() {
	t := &l.Config.TLS
	for _, f := range []struct {
		key   string
		value Path
	}{{"tls.cert_file", t.CertFile}, {"tls.key_file", t.KeyFile}} {
		switch {
		case t.Mode == TLSFiles && f.value == "":
			l.refuse("tls.mode", "the mode files needs "+f.key, "set it, or choose the mode own")
		case t.Mode != TLSFiles && f.value != "":
			l.refuse(f.key, fmt.Sprintf("the mode of tls is %s, so the file would not be used", t.Mode), "set tls.mode to files")
		}
	}
	if t.Mode != TLSOwn {
		l.useless("tls.names", "the mode of tls is "+string(t.Mode))
	}
}

func (l *loader) checkListen() {
	c := &l.Config
	if len(c.Listen.Addresses) == 0 && c.Listen.Socket == NoSocket {
		l.refuse("listen.addresses", "there is no address and no socket", "set one of the two")
	}
	for _, a := range c.Listen.Addresses {
		if c.TLS.Mode == TLSOff && !a.IsLoopback() {
			l.refuse("listen.addresses", fmt.Sprintf("%q is not a loopback address, and without TLS everybody on the way could read and change what is sent", a),
				"set tls.mode to own, or listen on 127.0.0.1")
		}
	}
	for _, p := range c.Listen.TrustedProxies {
		if p.Bits() == 0 {
			l.refuse("listen.trusted_proxies", fmt.Sprintf("%s is everybody, who could then say that they come from anywhere", p), "list the proxies")
		}
	}
	if c.Data == "" && c.Listen.Socket == "" {
		return
	}
	if path := c.SocketPath(string(c.Data)); len(path) > maxSocketPath && runtime.GOOS != "windows" {
		l.refuse("listen.socket", fmt.Sprintf("the path has %d bytes, and a unix socket can have %d", len(path), maxSocketPath), "choose a shorter one")
	}
}

func (l *loader) checkAccess() {
	a := &l.Config.Access
	if a.Sessions.Idle > a.Sessions.Max {
		l.refuse("access.sessions.idle", fmt.Sprintf("%s is longer than a session lasts", a.Sessions.Idle), "access.sessions.max is "+a.Sessions.Max.String())
	}
	if a.Tokens.DefaultTTL > a.Tokens.MaxTTL {
		l.refuse("access.tokens.default_ttl", fmt.Sprintf("%s is longer than a token can last", a.Tokens.DefaultTTL), "access.tokens.max_ttl is "+a.Tokens.MaxTTL.String())
	}
	switch {
	case a.OIDC.Issuer != "" && a.OIDC.ClientID == "":
		l.refuse("access.oidc.issuer", "access.oidc.client_id is missing", "set it to what the provider calls modreg")
	case a.OIDC.Issuer == "":
		for _, key := range []string{"client_id", "client_secret", "client_secret_file", "scopes", "groups_claim"} {
			l.useless("access.oidc."+key, "there is no access.oidc.issuer")
		}
	}
}

func (l *loader) checkRest() {
	c := &l.Config
	if c.Audit.RequireSinks && len(c.Audit.Sinks) == 0 {
		l.refuse("audit.require_sinks", "there is no sink that could answer", "set audit.sinks")
	}
	if c.Backup.Every > 0 && c.Backup.Folder == "" {
		l.refuse("backup.every", "there is no folder for backups", "set backup.folder")
	}
	if c.Backup.Every == 0 {
		for _, key := range []string{"folder", "keep", "recipients"} {
			l.useless("backup."+key, "backup.every is 0s")
		}
	}
	if c.Telemetry.Traces == "" {
		for _, key := range []string{"sample", "token", "token_file"} {
			l.useless("telemetry."+key, "telemetry.traces is not set")
		}
	}
}
