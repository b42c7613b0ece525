package authz

// The kinds of resources.
const (
	KindFleet      = "fleet"      // everything; of one node alone, too
	KindNode       = "node"       // a daemon
	KindNamespace  = "namespace"  // the modules and secrets whose names begin with a path
	KindModule     = "module"     // a module, all its versions and instances
	KindVersion    = "version"    // one version of a module
	KindInstance   = "instance"   // one running module
	KindSecret     = "secret"     // a secret
	KindRole       = "role"       // a role
	KindPrincipal  = "principal"  // an account
	KindToken      = "token"      // a token or a session
	KindPolicy     = "policy"     // forbids and settings
	KindIncident   = "incident"   // an incident
	KindKey        = "key"        // a key of the key store
	KindTrust      = "trust"      // a root of trust
	KindCompliance = "compliance" // a control or a report
	KindAudit      = "audit"      // an audit log
	KindBackup     = "backup"     // a backup
	KindConfig     = "config"     // the configuration of a node
)

// Kinds returns the kinds of resources, each after the kind that it hangs under.
func Kinds() []string {
	list := make([]string, len(kindTable))
	for i, k := range kindTable {
		list[i] = k.name
	}
	return list
}

// KindsOf returns the kinds of resources that a request for an action may name: the kind of the action, what is
// below it, and what is above, which then stands for everything in it.
func KindsOf(a Action) []string {
	var list []string
	for _, k := range kindTable {
		if fits(a.Kind, k.name) {
			list = append(list, k.name)
		}
	}
	return list
}

// KindsAbove returns the kinds of what a resource of a kind can be in, nearest first.
func KindsAbove(kind string) []string {
	var list []string
	for i := kindIndex(kind); i >= 0; i = kindIndex(kindTable[i].under) {
		if kindTable[i].name == KindNamespace || kindTable[i].name != kind {
			list = append(list, kindTable[i].name)
		}
	}
	return list
}

// A place says where the parent of a resource is found.
type place uint8

const (
	atRoot     place = iota // it has none
	inFleet                 // the fleet, whatever the identifier
	inDir                   // the namespace that is named by all but the last segment; the fleet without one
	inNode                  // the node that is named by the first of several segments; the fleet if there is one only
	beforeAt                // the module before "@"
	beforeMark              // the module before ":"
)

// kindTable is the tree of kinds. A kind stands after the one in under.
var kindTable = [...]struct {
	name, under string
	place       place
	id          alphabet
}{
	{KindFleet, "", atRoot, idNone},
	{KindNode, KindFleet, inFleet, idSegment},
	{KindNamespace, KindFleet, inDir, idName},
	{KindModule, KindNamespace, inDir, idName},
	{KindVersion, KindModule, beforeAt, idVersion},
	{KindInstance, KindModule, beforeMark, idInstance},
	{KindSecret, KindNamespace, inDir, idName},
	{KindRole, KindFleet, inFleet, idWord},
	{KindPrincipal, KindFleet, inFleet, idSubject},
	{KindToken, KindFleet, inFleet, idSegment},
	{KindPolicy, KindFleet, inFleet, idSegment},
	{KindIncident, KindFleet, inFleet, idSegment},
	{KindKey, KindFleet, inFleet, idSegment},
	{KindTrust, KindFleet, inFleet, idSegment},
	{KindCompliance, KindFleet, inFleet, idSegments},
	{KindAudit, KindNode, inNode, idSegments},
	{KindBackup, KindNode, inNode, idSegments},
	{KindConfig, KindNode, inNode, idSegments},
}

func kindIndex(kind string) int {
	for i := range kindTable {
		if kindTable[i].name == kind {
			return i
		}
	}
	return -1
}

// fits reports whether two kinds are the same or one is above the other.
func fits(a, b string) bool { return isUnder(a, b) || isUnder(b, a) }

func isUnder(kind, above string) bool {
	for kind != "" {
		if kind == above {
			return true
		}
		i := kindIndex(kind)
		if i < 0 {
			return false
		}
		kind = kindTable[i].under
	}
	return false
}
