package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A HostPort is a TCP address: HOST:PORT. The host is a name, an IPv4 address, an IPv6 address in brackets, or empty for
// every address of the machine; the port is 0 to 65535, and 0 lets the system choose.
type HostPort struct {
	Host string // without brackets, IP addresses in their shortest form
	Port uint16
}

const hostPortFix = "write HOST:PORT, such as 127.0.0.1:8470, [::1]:8470 or :8470"

// ParseHostPort reads an address.
func ParseHostPort(s string) (HostPort, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return HostPort{}, refuse(s, "an address", hostPortFix)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return HostPort{}, refuse(s, "an address: the port is wrong", "a port is a number from 0 to 65535")
	}
	if host != "" {
		name, err := ParseServerName(host)
		if err != nil {
			return HostPort{}, refuse(s, "an address", hostPortFix)
		}
		host = string(name)
	}
	if strings.HasPrefix(s, "[") != strings.Contains(host, ":") {
		return HostPort{}, refuse(s, "an address: brackets are for IPv6", hostPortFix)
	}
	return HostPort{host, uint16(n)}, nil
}

// String returns the address.
func (a HostPort) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// IsLoopback tells whether only this machine can reach the address. Of a name nobody knows: what it means may change.
func (a HostPort) IsLoopback() bool {
	ip, err := netip.ParseAddr(a.Host)
	return err == nil && ip.IsLoopback()
}

// MarshalText implements [encoding.TextMarshaler].
func (a HostPort) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *HostPort) UnmarshalText(text []byte) (err error) {
	*a, err = ParseHostPort(string(text))
	return err
}

// A ServerName is what a certificate can be for: a DNS name in lower case, or an IP address in its shortest form.
type ServerName string

// ParseServerName reads a name or an address.
func ParseServerName(s string) (ServerName, error) {
	if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
		return ServerName(ip.Unmap().String()), nil
	}
	name := strings.ToLower(s)
	if !isDNSName(name) {
		return "", refuse(s, "a host", "a DNS name, or an IP address")
	}
	return ServerName(name), nil
}

// IP returns the address, if it is one.
func (n ServerName) IP() (netip.Addr, bool) {
	ip, err := netip.ParseAddr(string(n))
	return ip, err == nil
}

var (
	dnsName  = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$`)
	allDigit = regexp.MustCompile(`(?:^|\.)[0-9]+$`)
)

// isDNSName tells names of the letters-digits-hyphen form. One whose last part is a number is meant as an address.
func isDNSName(s string) bool {
	return len(s) <= 253 && dnsName.MatchString(s) && !allDigit.MatchString(s)
}

// A CIDR is a range of IP addresses, such as 10.0.0.0/8 or fd00::/8.
type CIDR struct{ netip.Prefix }

// ParseCIDR reads a range. Bits of the address beyond the length are refused: they say that somebody meant another one.
func ParseCIDR(s string) (CIDR, error) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil && !strings.Contains(s, "/"):
		return CIDR{}, refuse(s, "a network", "write it with the number of its bits, such as 10.0.0.0/8, or 192.0.2.1/32 for one address")
	case err != nil || p.Addr().Is4In6():
		return CIDR{}, refuse(s, "a network", "write it as 10.0.0.0/8 or fd00::/8")
	case p != p.Masked():
		return CIDR{}, refuse(s, "a network", "the one that it is in is "+p.Masked().String())
	}
	return CIDR{p}, nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (c *CIDR) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCIDR(string(text))
	return err
}

// A URL is an absolute http or https URL without user, query and fragment; https, unless the host is a loopback address
// or localhost. Empty means none.
type URL string

// ParseURL reads a URL. Errors do not repeat it: people put secrets into them.
func ParseURL(s string) (URL, error) {
	const fix = "write it as https://HOST/PATH"
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || len(s) > 2048 || strings.ContainsAny(s, " \\"):
		return "", &refusal{"it is not a URL", fix}
	case u.Scheme != "https" && u.Scheme != "http":
		return "", &refusal{"it is not a URL of https", fix}
	case u.User != nil:
		return "", &refusal{"there is a user in the URL, and perhaps a password", fix + ", and change the password"}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return "", &refusal{"there is a query or a fragment in the URL", fix}
	case u.Scheme == "http" && !isLocalName(u.Hostname()):
		return "", &refusal{"everybody on the way could read and change what is sent by http", fix}
	}
	if _, err := ParseServerName(u.Hostname()); err != nil {
		return "", &refusal{"the host of the URL is neither a name nor an address", fix}
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return "", &refusal{"the port of the URL is wrong", "a port is a number from 1 to 65535"}
	}
	return URL(s), nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isLocalName(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (u *URL) UnmarshalText(text []byte) (err error) {
	*u, err = ParseURL(string(text))
	return err
}

// A Sink is where checkpoints of the audit log go: file:PATH, or a URL.
type Sink string

// ParseSink reads a sink. A relative path is one in the folder dir, if that is not empty.
func ParseSink(s, dir string) (Sink, error) {
	if path, ok := strings.CutPrefix(s, "file:"); ok {
		p, err := parsePath(path, dir)
		return Sink("file:" + string(p)), err
	}
	u, err := ParseURL(s)
	if err != nil {
		return "", &refusal{"it is not where checkpoints can go", "write file:PATH or https://HOST/PATH"}
	}
	return Sink(u), nil
}

// A Path is the path of a file or a folder, in the form of the system.
type Path string

func parsePath(s, dir string) (Path, error) {
	if s == "" {
		return "", &refusal{"it is empty, which is not a path", ""}
	}
	if len(s) > 1024 {
		return "", &refusal{"the path is too long", "at most 1024 bytes"}
	}
	s = filepath.FromSlash(s)
	if dir != "" && !filepath.IsAbs(s) {
		s = filepath.Join(dir, s)
	}
	return Path(filepath.Clean(s)), nil
}
