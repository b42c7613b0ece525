package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

// A listed is what the go command says of one package.
type listed struct {
	ImportPath string
	Standard   bool
	DepOnly    bool
	Deps       []string
	Error      *struct{ Err string }
}

// goList lists the packages of the module at dir and all they depend on, as
// they are built for one operating system.
func goList(dir, goos string) ([]listed, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("the architecture test needs the go command: %w", err)
	}
	cmd := exec.Command(goTool, "list", "-deps", "-json=ImportPath,Standard,DepOnly,Deps,Error", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd, err)
		}
		if p.Error != nil {
			return nil, fmt.Errorf("%s: package %q: %s", cmd, p.ImportPath, p.Error.Err)
		}
		pkgs = append(pkgs, p)
	}
}

// checkClosure reports what the root package reaches, directly or not, beyond
// the standard library and the layers under the root.
func checkClosure(pkgs []listed, table []layer) (findings []string) {
	standard := map[string]bool{}
	for _, p := range pkgs {
		standard[p.ImportPath] = p.Standard
	}
	root := slices.IndexFunc(pkgs, func(p listed) bool { return p.ImportPath == modulePath })
	if root < 0 {
		return []string{"the go command lists no root package"}
	}
	for _, dep := range pkgs[root].Deps {
		p, _ := relative(dep)
		if at, ok := locate(table, p); standard[dep] || ok && at.layer.underRoot {
			continue
		}
		findings = append(findings, fmt.Sprintf(
			"the root package depends on %q: its closure is the standard library and the layers under the root", dep))
	}
	return findings
}

// checkTestClosure reports packages outside the tests that reach "testing"
// through a dependency, which would put its flags into every program.
func checkTestClosure(pkgs []listed, table []layer) (findings []string) {
	for _, p := range pkgs {
		name, ok := relative(p.ImportPath)
		if at, _ := locate(table, name); !ok || isTestPackage(name) || at.measures {
			continue
		}
		if slices.Contains(p.Deps, "testing") {
			findings = append(findings, fmt.Sprintf("package %q depends on \"testing\"", name))
		}
	}
	return findings
}

// checkComplete reports packages that the go command builds and the source
// tree does not hold: the other rules would pass them over.
func checkComplete(pkgs []listed, t tree) (findings []string) {
	for _, p := range pkgs {
		if name, ok := relative(p.ImportPath); ok && t.find(name) == nil {
			findings = append(findings, fmt.Sprintf("package %q was not read by the architecture test", name))
		}
	}
	return findings
}
