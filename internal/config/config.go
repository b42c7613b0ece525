package config

// Config is everything that can be set. [Defaults] says what it is if nothing is. Paths are relative to the working
// folder, or absolute.
type Config struct {
	Data Path   // the data folder; empty in modreg dev means one that is removed at the end
	Node string // name of the node; empty means the one that the data folder has

	Listen    Listen
	TLS       TLS
	Limits    Limits
	Timeouts  Timeouts
	Audit     Audit
	Retention Retention
	Backup    Backup
	Access    Access
	Log       Log
	Telemetry Telemetry
	Modules   Modules
	Drain     Drain
}

// Listen is where the daemon can be reached.
type Listen struct {
	Addresses      []HostPort
	Socket         Path   // "none" for none; see [Config.SocketPath]
	TrustedProxies []CIDR // whose X-Forwarded-For is believed
}

// TLS is how connections are protected.
type TLS struct {
	Mode        TLSMode
	CertFile    Path
	KeyFile     Path
	Names       []ServerName // that the own certificate is for, beside localhost and the addresses listened on
	MinVersion  TLSVersion
	TrustDomain string // of the SPIFFE identifiers of modules and nodes
}

// Limits bound what a caller may ask for.
type Limits struct {
	Body        Size // of one request
	Header      Size
	Streams     int // of one HTTP/2 connection
	Connections int // in all
	Requests    int // of one principal in a second; 0 for any number
	Watches     int // in all
}

// Timeouts bound how long things may take.
type Timeouts struct {
	Header  Duration // for the head of a request to arrive
	Idle    Duration // of a connection
	Request Duration // of a request that is not a stream

	ModuleStart  Duration
	ModuleStop   Duration
	ModuleHealth Duration
}

// Audit is who keeps checkpoints of the audit log beside the data folder.
type Audit struct {
	Sinks        []Sink
	RequireSinks bool
}

// Retention is how long things are kept. 0 means for ever.
type Retention struct {
	Audit Duration
}

// Backup is what is backed up by itself.
type Backup struct {
	Every      Duration // 0 for never
	Folder     Path
	Keep       int
	Recipients []string // age recipients; without any, backups are not encrypted
}

// Access is who may come in, and for how long.
type Access struct {
	BootstrapTTL Duration
	OIDC         OIDC
	Sessions     Sessions
	Tokens       Tokens
}

// OIDC is the provider that people sign in with.
type OIDC struct {
	Issuer           URL // empty for none
	ClientID         string
	ClientSecret     Secret // by variable, or the content of ClientSecretFile
	ClientSecretFile Path
	Scopes           []string
	GroupsClaim      string
}

// Sessions are those of the console.
type Sessions struct {
	Idle Duration
	Max  Duration
}

// Tokens bound the API tokens.
type Tokens struct {
	DefaultTTL   Duration
	MaxTTL       Duration
	PerPrincipal int
}

// Log is what is written of what happens.
type Log struct {
	Level  Level
	Format LogFormat
}

// Telemetry is where metrics and traces go.
type Telemetry struct {
	Metrics   bool // on /metrics
	Traces    URL  // OTLP over HTTP; empty for none
	Sample    int  // traces kept of a hundred
	Token     Secret
	TokenFile Path
}

// Modules are what is there from the start.
type Modules struct {
	Load []Path // manifests
}

// Drain is how the daemon stops.
type Drain struct {
	Notice  Duration // it goes on serving for so long after it said that it goes
	Timeout Duration // requests get so long to finish after that
}
