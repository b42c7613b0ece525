package modregtest

import (
	"runtime"
	"sync"

	"github.com/modreg/modreg"
)

// swap replaces the module by the next version of itself, which is the same code, while it is used.
func swap[T any](x *examination[T]) {
	reg := x.open()
	h := x.handle(reg)
	old, next := x.Manifest, x.Manifest
	next.Version = x.nextVersion()
	x.must("register the next version", reg.Register(x.Context(), next, x.Options...))
	x.must("use", x.use(x.Context(), h))

	stop := x.useAllTheTime(h)
	defer stop()
	for range 3 {
		for _, m := range []modreg.Manifest{next, old} {
			ref := m.Name + "@" + m.Version
			x.must("make "+ref+" the active version", reg.Activate(x.Context(), ref))
			x.must("use "+ref, x.use(x.Context(), h))
		}
	}
}

// useAllTheTime uses the module from several goroutines until stop is called. It returns once all do.
func (x *examination[T]) useAllTheTime(h *modreg.Handle[T]) (stop func()) {
	x.Helper()
	stopped := make(chan struct{})
	var begun, going sync.WaitGroup
	for range users {
		begun.Add(1)
		going.Go(func() {
			begin := sync.OnceFunc(begun.Done)
			for {
				err := x.use(x.Context(), h)
				begin()
				if err != nil {
					x.Errorf("use during a swap: %v", err)
					return
				}
				select {
				case <-stopped:
					return
				default:
					runtime.Gosched() // uses that never wait would keep the swap from running
				}
			}
		})
	}
	_ = x.returns("use", func() error { begun.Wait(); return nil })
	return func() {
		close(stopped)
		_ = x.returns("use during a swap", func() error { going.Wait(); return nil })
	}
}

// configuration holds the schema in the manifest against a configuration that no module can mean.
func configuration[T any](x *examination[T]) {
	if x.Manifest.ConfigSchema == nil {
		x.Skip("the manifest has no schema for its configuration")
	}
	reg := x.open()
	h := x.handle(reg)
	x.must("use", x.use(x.Context(), h))
	err := reg.Configure(x.Context(), x.Manifest.Name, map[string]bool{"modregtest-unknown": true})
	if modreg.CodeOf(err) != modreg.CodeInvalid {
		x.Errorf("a configuration with an unknown field: error %v, want code %q: "+
			"let the schema say \"additionalProperties\": false", err, modreg.CodeInvalid)
	}
	x.must("use after a configuration was refused", x.use(x.Context(), h))
}
