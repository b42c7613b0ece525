package cli

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg"
)

// An explanation says what a code means and what to do about it.
type explanation struct {
	Code    modreg.Code `json:"code"`
	Means   string      `json:"means"`
	Usually string      `json:"usually"`
	Do      string      `json:"do"`
	Exit    int         `json:"exit_code"`
}

// explanations are those of every code of the library.
func explanations() map[modreg.Code]explanation {
	all := map[modreg.Code]explanation{}
	for _, e := range []explanation{
		{modreg.CodeInvalid, "something from outside does not have the form or the size that it must have", "a typing error in a name, range, filter, manifest or configuration", "the error names the place and, where there is a likely one, what was meant", 0},
		{modreg.CodeNotFound, "there is no module, version or record of that name", "a typing error, or it was unregistered", "modreg snapshot show lists what there is; modreg log list --module NAME says what became of it", 0},
		{modreg.CodeConflict, "it is there already, and is something else", "new content under an old version, or an identifier of a request that was used for another", "give the new content a new version, and each request an identifier of its own", 0},
		{modreg.CodeTypeConflict, "one capability is tied to two Go types", "two packages that each declare the capability's key", "declare the key once, in a package that both import", 0},
		{modreg.CodeUndeclared, "a module asked for what its manifest does not require", "a dependency that was added in code only", "add it to the manifest's requires", 0},
		{modreg.CodeUnbound, "it is declared, and this process does not know how to start it", "a native module whose program has not registered it since it was started, or an entry that is not compiled in", "register it in the program that is to run it", 0},
		{modreg.CodeUnsupported, "the runtime cannot do, or cannot enforce, what the manifest asks for", "limits or permissions on a native module, which shares the program's rights", "take them out, or use a runtime that isolates", 0},
		{modreg.CodeUnresolved, "it requires what nothing registered provides in a version that fits", "a missing module, or two requirements that exclude each other", "the error is the shortest explanation; register what is missing, or relax what it names", 0},
		{modreg.CodeCycle, "modules need each other to start", "two that each require the other", "make one of the requirements optional, or move what both need into a third", 0},
		{modreg.CodeInUse, "a running module needs what was to be removed", "it is the only provider of something", "stop or unregister the one that needs it first, or register another provider", 0},
		{modreg.CodeUnavailable, "nothing that matches can serve now", "everything that matches failed, is quarantined or is not started here", "the error lists why for each; fix one of them, or register another", 0},
		{modreg.CodeQuarantined, "an operator took it out of service", "it misbehaved", "modreg audit list --resource 'NAME@*' --action module:quarantine says who and why; release it when it is safe", 0},
		{modreg.CodeFailed, "the module's own code returned an error", "a dependency of the module that is down, or its configuration", "the cause is the module's own error", 0},
		{modreg.CodePanic, "the module's own code panicked; nothing else was harmed", "a defect of the module", "the stack is in the error; roll back to the version before", 0},
		{modreg.CodeDeadline, "it took longer than it may", "a module that does not watch its context, or a limit that is too tight", "raise the limit in the manifest, or find out what it waits for", 0},
		{modreg.CodeCanceled, "who asked no longer waits", "the caller gave up or went away", "nothing, if that was meant", 0},
		{modreg.CodeLagged, "somebody who watches was too slow and missed events", "work in the loop that reads them", "list again and go on watching; do the work elsewhere", 0},
		{modreg.CodeJournal, "the journal refused, failed, or holds what this version cannot read", "a disk that is full or failing, another version of modreg, or damage", "modreg doctor", 0},
		{modreg.CodeAuditUnavailable, "what must be taken down cannot be, so that it does not happen", "a disk that is full or failing, or an audit log that was tampered with", "modreg doctor; modreg audit verify. What takes something out of service still works", 0},
		{modreg.CodeClosed, "the registry, handle or lease is closed", "the program is shutting down", "nothing, if that was meant", 0},
		{modreg.CodeUnknown, "an error that did not come from modreg", "a journal, runtime or module of somebody else's", "the error itself says more", 0},
	} {
		e.Exit = exitOf(e.Code)
		all[e.Code] = e
	}
	return all
}

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain [CODE]", Short: "What a code of an error means, and what to do about it",
		Long:    "Explain a code as errors of the library, the logs and the output in JSON carry it. Without one, list them.",
		Example: "  modreg explain\n  modreg explain audit_unavailable",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(cmd, "unexpected argument "+quote(args[1]))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for code := range explanations() {
				codes = append(codes, string(code))
			}
			slices.Sort(codes)
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			all := explanations()
			if len(args) == 0 {
				l := a.list("CODE", "EXIT", "MEANS")
				for _, code := range slices.Sorted(maps.Keys(all)) {
					e := all[code]
					if err := l.row(e, string(code), fmt.Sprint(e.Exit), e.Means); err != nil {
						return err
					}
				}
				return l.end()
			}
			e, ok := all[modreg.Code(strings.ToLower(args[0]))]
			if !ok {
				return &failure{exit: exitNotFound, what: "explain " + quote(args[0]), why: "there is no such code", fix: "modreg explain"}
			}
			return a.one(e, "Code:    "+string(e.Code), "Means:   "+e.Means, "Usually: "+e.Usually, "Do:      "+e.Do, fmt.Sprintf("Exit:    %d", e.Exit))
		},
	}
}

// A buildVersion is what a binary knows of itself.
type buildVersion struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of this program", Args: noArgs,
		Long:    "Print the version of this program, the revision it was built from and the Go release that built it.",
		Example: "  modreg version\n  modreg version -o json",
		RunE: func(*cobra.Command, []string) error {
			v := buildVersion{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				v.Version = info.Main.Version
				for _, s := range info.Settings {
					switch s.Key {
					case "vcs.revision":
						v.Revision = s.Value
					case "vcs.modified":
						v.Modified = s.Value == "true"
					}
				}
			}
			line := fmt.Sprintf("modreg %s, %s, %s", v.Version, v.Go, v.Platform)
			if v.Revision != "" {
				line += ", revision " + v.Revision
			}
			if v.Modified {
				line += ", with changes"
			}
			return a.one(v, line)
		},
	}
}
