//go:build unix

package server

import (
	"context"
	"net"
	"os"
	"path/filepath"
)

// listenPrivate makes the socket in a folder of its own that nobody else can enter, gives it its mode and moves it to its
// place: there is no moment in which others could connect.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(dir) //nolint:errcheck // it is empty, or what is in it is not ours
	half := filepath.Join(dir, "s")
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", half)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(half, 0o600); err != nil {
		_ = l.Close()
		return nil, err
	}
	if err := os.Rename(half, path); err != nil {
		_ = l.Close()
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return &socket{l, path, info}, nil
}

// A socket is removed when it is closed, unless another process has put its own there.
type socket struct {
	net.Listener
	path string
	info os.FileInfo
}

// Close closes the listener and removes the socket from the file system.
func (s *socket) Close() error {
	err := s.Listener.Close()
	if now, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(now, s.info) {
		_ = os.Remove(s.path) // somebody else may have been faster
	}
	return err
}
