package archtest

// modulePath is the import path of the root package.
const modulePath = "github.com/modreg/modreg"

// A layer is a set of packages that do not know of each other. Packages may
// import the layers above them in the table, which stands lowest layer first.
type layer struct {
	name string
	// underRoot marks the layers that the root package may reach. They import
	// the standard library and each other only, and so does the root.
	underRoot bool
	packages  []entry
}

// An entry places one package, or with a path that ends in "/..." a folder of
// packages which may also import one another.
type entry struct {
	path string
	// also lists packages that this one may import although its layer says no.
	also []string
	// external lists the import path prefixes, outside the module and the
	// standard library, that this package may use.
	external []string
	// measures marks a program that runs tests or benchmarks as its work, and
	// may therefore import "testing" and the test packages.
	measures bool
}

// layers is the table of the module. Its order is the direction of imports: a
// package may import what stands in an earlier layer. To add a package, put it
// into the lowest layer whose packages it does not need to import.
func layers() []layer {
	return []layer{
		{name: "mechanisms", underRoot: true, packages: []entry{
			{path: "semver"},
			{path: "internal/inflight"},
			{path: "internal/nearest"},
			{path: "internal/persist"},
			{path: "internal/bm25"},
			{path: "internal/disk"},
		}},
		{name: "data model", underRoot: true, packages: []entry{
			{path: "capability"},
		}},
		{name: "pure logic", underRoot: true, packages: []entry{
			{path: "manifest"},
			{path: "resolve"},
			{path: "discover"},
			{path: "authz"},
		}},
		{name: "form of records", underRoot: true, packages: []entry{
			{path: "record"},
		}},
		{name: "universes of others", packages: []entry{
			{path: "internal/corpus"},
		}},
		{name: "manifest formats", packages: []entry{
			{path: "manifest/jsonschema", external: []string{"github.com/santhosh-tekuri/jsonschema/v6"}},
			{path: "manifest/yamlmanifest", external: []string{"go.yaml.in/yaml/v3"}},
		}},
		{name: "root", packages: []entry{
			{path: "."},
		}},
		{name: "journals", packages: []entry{
			{path: "journal/boltjournal", external: []string{"go.etcd.io/bbolt", "github.com/klauspost/compress/zstd", "golang.org/x/sys"}},
		}},
		{name: "merkle log", packages: []entry{
			{path: "audit/merkle", external: []string{"golang.org/x/mod/sumdb", "golang.org/x/sys"}},
		}},
		{name: "audit trail", packages: []entry{
			{path: "audit", external: []string{"golang.org/x/mod/sumdb/note"}},
		}},
		{name: "backups", packages: []entry{
			{path: "backup", external: []string{"filippo.io/age", "github.com/klauspost/compress/zstd", "golang.org/x/mod/sumdb/tlog", "golang.org/x/sys"}},
		}},
		{name: "contract suites", packages: []entry{
			{path: "journal/journaltest", external: []string{"github.com/anishathalye/porcupine"}},
			{path: "runtime/runtimetest"},
			{path: "authz/authztest"},
		}},
		{name: "kit for users", packages: []entry{
			{path: "modregtest"},
		}},
		{name: "data folder", packages: []entry{
			{path: "internal/datadir", external: []string{"golang.org/x/mod/sumdb/tlog"}},
		}},
		{name: "daemon's parts", packages: []entry{
			{path: "internal/server"},
			{path: "internal/config", external: []string{"go.yaml.in/yaml/v3"}},
			{path: "internal/certs"},
			{path: "internal/access", external: []string{"golang.org/x/crypto/argon2"}},
			{path: "authz/cedarauthz", external: []string{"github.com/cedar-policy/cedar-go"}},
		}},
		{name: "API", packages: []entry{
			{path: "apiv1/...", external: []string{"google.golang.org/protobuf", "connectrpc.com/connect", "buf.build/gen/go/bufbuild/protovalidate"}},
		}},
		{name: "command line", packages: []entry{
			{path: "internal/cli", external: []string{"github.com/spf13", "filippo.io/age", "golang.org/x/mod/sumdb/note", "golang.org/x/sys"}},
		}},
		{name: "programs", packages: []entry{
			{path: "cmd/modreg"},
			{path: "examples/audit/...", external: []string{"golang.org/x/mod/sumdb/note"}},
			{path: "audit/verify"},
			{path: "examples/content/...", external: []string{"github.com/yuin/goldmark", "golang.org/x/image", "github.com/ledongthuc/pdf"}},
			{path: "examples/plugins/...", external: []string{"github.com/klauspost/compress"}},
			{path: "examples/resolve/..."},
			{path: "examples/webapp/..."},
			{path: "internal/apigen", external: []string{"google.golang.org/protobuf", "github.com/bufbuild/protocompile", "buf.build/gen/go/bufbuild/protovalidate"}},
			{path: "internal/archtest"},
			{path: "internal/prove/...", measures: true},
		}},
	}
}

// leafFolders are the folders whose packages are implementations of one
// contract, or formats of one document. They never import each other; the
// contract's suite (a package named …test) is not one of them.
func leafFolders() []string {
	return []string{"authz", "fleet", "journal", "manifest", "runtime", "source"}
}
