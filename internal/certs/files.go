package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"github.com/modreg/modreg/internal/disk"
)

const maxFile = 1 << 20

// Files are a certificate with its chain and a key in PEM files that somebody else looks after. They are safe for concurrent use.
type Files struct {
	certPath, keyPath string
	problem           func(error)

	mu       sync.Mutex
	cert     *tls.Certificate // guarded by mu
	certText []byte           // guarded by mu
	keyText  []byte           // guarded by mu
	reported string           // guarded by mu
}

// OpenFiles reads the files. The problem function, which may be nil, is told of what does not keep them from being used. Errors wrap [ErrExpired] and
// those of the file system; they say nothing of what is in the key.
func OpenFiles(certPath, keyPath string, problem func(error)) (*Files, error) {
	if problem == nil {
		problem = func(error) {}
	}
	f := &Files{certPath: certPath, keyPath: keyPath, problem: problem}
	_, err := f.Reload()
	if err == nil {
		if err := checkPrivate(keyPath); err != nil {
			problem(err)
		}
	}
	return f, err
}

// Certificate returns the certificate that was read last. It is for tls.Config.GetCertificate.
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cert, nil
}

// Expires returns when the certificate ends.
func (f *Files) Expires() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cert.Leaf.NotAfter
}

// Reload reads the files again and tells whether they are others now. If something is wrong with them the certificate before stays.
func (f *Files) Reload() (changed bool, err error) {
	certText, err := disk.Read(f.certPath, maxFile)
	if err != nil {
		return false, err
	}
	keyText, err := disk.Read(f.keyPath, maxFile)
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cert != nil && bytes.Equal(certText, f.certText) && bytes.Equal(keyText, f.keyText) {
		return false, nil
	}
	cert, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return false, fmt.Errorf("the certificate %q and the key %q: %w", f.certPath, f.keyPath, err)
	}
	if err := valid(cert.Leaf, time.Now()); err != nil {
		return false, fmt.Errorf("%q: %w", f.certPath, err)
	}
	f.cert, f.certText, f.keyText = &cert, certText, keyText
	return true, nil
}

// Watch reads the files again at every interval until ctx ends, which is when it returns. It compares what is in them and not their times, which says nothing where
// a folder is mounted. What goes wrong is reported once, from the second time on: between two writes a certificate and a key do not fit.
func (f *Files) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, err := f.Reload()
		if err == nil {
			last = ""
			f.report("")
			continue
		}
		if text := err.Error(); text == last && f.report(text) {
			f.problem(fmt.Errorf("read the certificate again: %w", err))
		} else {
			last = text
		}
	}
}

// report tells whether a problem is another one than that reported before.
func (f *Files) report(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.reported
	f.reported = text
	return was != text
}
