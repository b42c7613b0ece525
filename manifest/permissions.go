package manifest

// Permissions lists what a module asks to touch. What it gets is what an
// operator grants out of that. Every list has at most [MaxListed] entries, none
// twice.
type Permissions struct {
	// Files lists paths, each once.
	Files []FilePermission `json:"files,omitempty"`
	// Network lists hosts that the module may call, each once.
	Network []NetworkPermission `json:"network,omitempty"`
	// Environment lists the environment variables that it may read.
	Environment []string `json:"environment,omitempty"`
	// Secrets lists the names of secrets that it may read.
	Secrets []string `json:"secrets,omitempty"`
	// Calls lists the capabilities that it may call beyond those it requires,
	// in the text form of [capability.ParseRequirement].
	Calls []string `json:"calls,omitempty"`
}

// Values of [FilePermission.Access].
const (
	AccessRead  = "read"
	AccessWrite = "write" // and read
)

// FilePermission is the wish to use a file, or a folder and what is below it.
type FilePermission struct {
	// Path is absolute, or relative to the module's own folder and then stays
	// inside. It has '/' between its parts, and no '.' or '..' among them; "."
	// alone is the module's folder.
	Path string `json:"path"`
	// Access is AccessRead or AccessWrite.
	Access string `json:"access"`
}

// NetworkPermission is the wish to call ports of a host.
type NetworkPermission struct {
	// Host is a lower-case host name, an IP address, "*.example.org" for all
	// names below one, or "*" for every host.
	Host string `json:"host"`
	// Ports lists at least one port from 1 to 65535.
	Ports []int `json:"ports"`
}

// Limits bounds what a module may use. Zero, or an empty duration, leaves the
// bound to the operator. Byte limits go up to [MaxInteger], others to
// [MaxCount]. Durations are in Go syntax, such as 1m30s, above zero and at most
// [MaxTimeout].
type Limits struct {
	Memory      int64 `json:"memory,omitempty"`      // bytes
	CPU         int64 `json:"cpu,omitempty"`         // thousandths of a core
	Concurrency int   `json:"concurrency,omitempty"` // calls at one time
	Processes   int   `json:"processes,omitempty"`   // processes and threads
	Descriptors int   `json:"descriptors,omitempty"` // open files and sockets
	Disk        int64 `json:"disk,omitempty"`        // bytes written and kept
	Output      int64 `json:"output,omitempty"`      // bytes a call may return

	Start  string `json:"start,omitempty"`  // until the module is ready
	Stop   string `json:"stop,omitempty"`   // from the wish to stop to the end
	Drain  string `json:"drain,omitempty"`  // for calls in flight before a stop
	Health string `json:"health,omitempty"` // of one health probe
	Call   string `json:"call,omitempty"`   // of one call
}

// Conditions says where a module is usable. All of them must hold. Every list
// has at most [MaxListed] entries, none twice.
type Conditions struct {
	// Environment maps environment variables to the values that they may have;
	// with an empty list the variable must be set, to whatever.
	Environment map[string][]string `json:"environment,omitempty"`
	// OS lists operating systems by Go's names, such as linux; empty is all.
	OS []string `json:"os,omitempty"`
	// Arch lists architectures by Go's names, such as amd64; empty is all.
	Arch []string `json:"arch,omitempty"`
	// Capabilities lists what somebody must provide for the module to be
	// usable, in the text form of [capability.ParseRequirement].
	Capabilities []string `json:"capabilities,omitempty"`
}
