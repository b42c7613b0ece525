//go:build !unix

package server

import (
	"context"
	"net"
)

// listenPrivate listens on a socket in the folder of the user, whose rights it has.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "unix", path)
}
