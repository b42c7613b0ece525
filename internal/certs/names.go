package certs

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// HostNames returns the name of this machine and its addresses, as far as others could reach it by them: for a daemon that listens
// on every address.
func HostNames() []string {
	var list []string
	if name, err := os.Hostname(); err == nil && checkDomain(strings.ToLower(name)) == nil && !strings.Contains(name, "_") {
		list = append(list, strings.ToLower(name))
	}
	addresses, _ := net.InterfaceAddrs() // without them there is the name
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
			list = append(list, p.Addr().Unmap().String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// names are what the daemon is called: sorted, without doubles.
type names struct {
	domain string
	id     string // SPIFFE identifier of the node; may be empty
	dns    []string
	ips    []netip.Addr
}

func namesOf(o Options) (names, error) {
	n := names{domain: o.TrustDomain, dns: []string{"localhost"}, ips: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}}
	if o.Node != "" {
		id, err := NodeID(o.TrustDomain, o.Node)
		if err != nil {
			return names{}, err
		}
		n.id = id.String()
	}
	for _, name := range o.Names {
		if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" {
			n.ips = append(n.ips, ip.Unmap())
			continue
		}
		name = strings.ToLower(name)
		if err := checkDomain(name); err != nil || strings.Contains(name, "_") {
			return names{}, fmt.Errorf("a certificate for %.80q: it is neither a DNS name nor an IP address", name)
		}
		n.dns = append(n.dns, name)
	}
	slices.Sort(n.dns)
	slices.SortFunc(n.ips, netip.Addr.Compare)
	n.dns, n.ips = slices.Compact(n.dns), slices.Compact(n.ips)
	return n, nil
}

func (n names) equal(m names) bool {
	return n.id == m.id && slices.Equal(n.dns, m.dns) && slices.Equal(n.ips, m.ips)
}

func (n names) template() *x509.Certificate {
	c := &x509.Certificate{DNSNames: n.dns}
	for _, ip := range n.ips {
		c.IPAddresses = append(c.IPAddresses, net.IP(ip.AsSlice()))
	}
	if n.id != "" {
		c.URIs = []*url.URL{mustURL(n.id)}
	}
	return c
}

// constrain lets an intermediate sign these names, identifiers of the trust domain, and nothing else. Mail addresses are of no
// use to anybody; a constraint on them that none fulfils keeps them out.
func (n names) constrain(c *x509.Certificate) {
	c.PermittedDNSDomainsCritical = true
	c.PermittedDNSDomains = n.dns
	c.PermittedURIDomains = []string{n.domain}
	c.PermittedEmailAddresses = []string{"nobody@" + n.domain}
	for _, ip := range n.ips {
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(ip.BitLen(), ip.BitLen())})
	}
}

// mustURL takes identifiers that were checked: they are URLs.
func mustURL(s string) *url.URL {
	id, _ := ParseID(s)
	u := &url.URL{Scheme: "spiffe", Host: id.domain}
	if id.path != "" {
		u.Path = "/" + id.path
	}
	return u
}
