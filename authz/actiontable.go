package authz

// The properties of actions. Whoever has to step up or to ask another changes something.
const (
	reads     = 0
	mutates   = 1
	stepUp    = 2 | mutates
	twoPerson = 4 | mutates
)

// actionTable is the one registry of actions. A new API method needs a row here before it can have a route.
var actionTable = [...]struct {
	name, kind string
	is         uint8
	by         kinds
	about      string
}{
	{"module:read", KindModule, reads, byPeople | byNode, "see a module, its versions, instances, state and events"},
	{"module:publish", KindModule, mutates, byPeople, "register a version of a module"},
	{"module:validate", KindModule, reads, byPeople, "check a module without keeping anything of it"},
	{"module:install", KindModule, mutates, byPeople, "make a version part of what is wanted"},
	{"module:start", KindModule, mutates, byPeople | byNode, "start a module or an instance of it"},
	{"module:stop", KindModule, mutates, byPeople | byNode, "stop a module or an instance of it"},
	{"module:upgrade", KindModule, mutates, byPeople, "replace the active version by a later one"},
	{"module:rollback", KindModule, mutates, byPeople, "replace the active version by the one before"},
	{"module:remove", KindModule, mutates, byPeople, "remove a version or a module"},
	{"module:invoke", KindModule, reads, byPeople | byModule | byNode, "call what a module provides"},
	{"module:configure", KindModule, mutates, byPeople, "set the configuration of a module"},

	{"permission:grant", KindModule, mutates, byPeople, "approve permissions that a version asks for"},
	{"permission:revoke", KindModule, mutates, byPeople, "take approved permissions away from a version"},

	{"secret:write", KindSecret, mutates, byPeople, "set a secret; nobody reads one back"},
	{"secret:use", KindSecret, reads, byService | byModule | bySystem, "have a secret handed over at a call"},
	{"secret:rotate", KindSecret, mutates, byPeople, "replace a secret by a new one"},

	{"role:read", KindRole, reads, byPeople, "see roles and bindings"},
	{"role:bind", KindFleet, stepUp, byPeople, "give roles on a part of the tree, and take them away"},
	{"role:edit", KindRole, stepUp, byPeople, "create, change and delete custom roles"},

	{"principal:read", KindPrincipal, reads, byPeople, "see users, services, modules and nodes"},
	{"principal:create", KindPrincipal, mutates, byPeople, "create a principal"},
	{"principal:update", KindPrincipal, mutates, byPeople, "change a principal and its groups"},
	{"principal:disable", KindPrincipal, mutates, byPeople, "disable a principal: its tokens and sessions end"},

	{"token:read", KindToken, reads, byPeople, "see tokens, never their secrets"},
	{"token:create", KindToken, mutates, byPeople, "create a token"},
	{"token:revoke", KindToken, mutates, byPeople, "end a token or a session"},

	{"audit:read", KindAudit, reads, byPeople | byNode, "read the audit log"},
	{"audit:export", KindAudit, reads, byPeople, "take a copy of the audit log away"},
	{"audit:verify", KindAudit, reads, byPeople | byNode, "check that the audit log was not changed"},
	{"audit:hold", KindAudit, mutates, byPeople, "keep events from being pruned"},
	{"audit:prune", KindAudit, stepUp | twoPerson, byPeople, "delete audit events whose time is over"},

	{"incident:read", KindIncident, reads, byPeople, "see incidents"},
	{"incident:ack", KindIncident, mutates, byPeople, "take an incident on"},
	{"incident:close", KindIncident, mutates, byPeople, "close an incident"},
	{"response:execute", KindFleet, mutates, byPeople, "quarantine, throttle or isolate"},
	{"response:override", KindFleet, stepUp, byPeople, "lift a quarantine or another response"},

	{"policy:read", KindPolicy, reads, byPeople, "see forbids, settings and the compiled policies"},
	{"policy:edit", KindPolicy, stepUp, byPeople, "change forbids and settings of access control"},
	{"policy:simulate", KindPolicy, reads, byPeople, "ask what a policy would decide"},

	{"fleet:read", KindFleet, reads, byPeople | byNode, "see nodes and their state"},
	{"fleet:join", KindFleet, mutates, byPeople | byNode, "let a node join"},
	{"fleet:leave", KindFleet, mutates, byPeople | byNode, "let a node leave"},
	{"fleet:config", KindFleet, mutates, byPeople, "change the configuration of the fleet"},

	{"node:read", KindNode, reads, byPeople | byNode, "see health, metrics and log of a node"},
	{"node:drain", KindNode, mutates, byPeople, "drain or stop a node"},
	{"config:read", KindConfig, reads, byPeople, "see the configuration of a node"},
	{"config:edit", KindConfig, mutates, byPeople, "change the configuration of a node"},

	{"backup:read", KindBackup, reads, byPeople, "see backups"},
	{"backup:create", KindBackup, mutates, byPeople, "take a backup"},
	{"backup:verify", KindBackup, reads, byPeople, "check that a backup can be restored"},
	{"backup:restore", KindBackup, stepUp, byPeople, "replace the state by that of a backup"},

	{"key:export", KindKey, stepUp, byPeople, "take a key out of the key store"},
	{"key:rotate", KindKey, mutates, byPeople, "replace a key by a new one"},
	{"trust:read", KindTrust, reads, byPeople, "see whose signatures are trusted"},
	{"trust:edit", KindTrust, stepUp, byPeople, "change whose signatures are trusted"},

	{"compliance:read", KindCompliance, reads, byPeople, "see the state of controls"},
	{"compliance:export", KindCompliance, reads, byPeople, "take a compliance report away"},
}
