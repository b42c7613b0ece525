package config

import (
	"log/slog"
	"path/filepath"
	"time"
)

// A Profile chooses defaults.
type Profile int

// Profiles. A profile differs in where things are, never in limits: what works in modreg dev works in modreg serve.
const (
	Serve Profile = iota // modreg serve
	Dev                  // modreg dev: nothing is kept, TLS is off, and only this machine can reach it
)

const (
	day = Duration(24 * time.Hour)

	// NoSocket as Listen.Socket means that there is no unix socket.
	NoSocket = "none"
	// SocketName is the name of the unix socket in the data folder if Listen.Socket is empty.
	SocketName = "modreg.sock"
)

// Defaults returns the configuration of a profile if nothing is set. The caller owns it.
func Defaults(p Profile) Config {
	c := Config{
		Data:     "modreg-data",
		Listen:   Listen{Addresses: []HostPort{{Host: "127.0.0.1", Port: 8470}}},
		TLS:      TLS{Mode: TLSOwn, MinVersion: TLS13, TrustDomain: "modreg.local"},
		Limits:   Limits{Body: 16 << 20, Header: 32 << 10, Streams: 250, Connections: 10_000, Requests: 0, Watches: 10_000},
		Timeouts: Timeouts{Header: seconds(5), Idle: seconds(120), Request: seconds(60), ModuleStart: seconds(30), ModuleStop: seconds(10), ModuleHealth: seconds(5)},
		Retention: Retention{
			Audit: 400 * day,
		},
		Backup: Backup{Keep: 7},
		Access: Access{
			BootstrapTTL: seconds(3600),
			OIDC:         OIDC{Scopes: []string{"openid", "profile", "email"}, GroupsClaim: "groups"},
			Sessions:     Sessions{Idle: seconds(15 * 60), Max: seconds(8 * 3600)},
			Tokens:       Tokens{DefaultTTL: 30 * day, MaxTTL: 90 * day, PerPrincipal: 100},
		},
		Log:       Log{Level: Level(slog.LevelInfo), Format: LogAuto},
		Telemetry: Telemetry{Metrics: true, Sample: 1},
		Drain:     Drain{Timeout: seconds(30)},
	}
	if p == Dev {
		c.Data = ""
		c.TLS.Mode = TLSOff
		c.Listen.Socket = NoSocket
	}
	return c
}

func seconds(n int) Duration { return Duration(time.Duration(n) * time.Second) }

// SocketPath returns where the unix socket is in a data folder; "" if there is none.
func (c *Config) SocketPath(data string) string {
	switch c.Listen.Socket {
	case NoSocket:
		return ""
	case "":
		return filepath.Join(data, SocketName)
	}
	return string(c.Listen.Socket)
}
