package merkle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modreg/modreg/internal/disk"
)

// maxToken is the size of the largest bearer token, in bytes.
const maxToken = 8 << 10

// WebhookOptions are what a [WebhookSink] may be told.
type WebhookOptions struct {
	// Timeout of one request; 10 seconds if 0. A shorter [Options.SinkTimeout] counts as well.
	Timeout time.Duration
	// TokenFile holds a bearer token on one line. It is read for every request, so that it may be replaced. It is only
	// sent over https or to a loopback address.
	TokenFile string
	// Transport sends the requests; that of the standard library if nil.
	Transport http.RoundTripper
}

// A webhookSink posts to a URL.
type webhookSink struct {
	url    *url.URL
	o      WebhookOptions
	client *http.Client
}

// WebhookSink returns a sink that posts every checkpoint as text/plain to an http or https URL. Any answer with a
// status of 2xx is taken as kept; a redirection is not followed. Neither its name nor its errors show the user, the query
// or the token. It fails on a URL that is not absolute, or that would send a token in the clear.
func WebhookSink(to string, o WebhookOptions) (Sink, error) {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("webhook sink: the URL is not an absolute http or https URL")
	}
	if (o.TokenFile != "" || u.User != nil) && u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("webhook sink %q: a secret would be sent in the clear (use https)", u.Host)
	}
	if o.Timeout < 0 {
		return nil, fmt.Errorf("webhook sink %q: a timeout of %v is negative", u.Host, o.Timeout)
	}
	client := &http.Client{
		Timeout:       either(o.Timeout, DefaultSinkTimeout),
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &webhookSink{url: u, o: o, client: client}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Name returns the URL without what may be secret in it.
func (s *webhookSink) Name() string {
	return "webhook:" + (&url.URL{Scheme: s.url.Scheme, Host: s.url.Host, Path: s.url.Path}).String()
}

// Publish posts the note.
func (s *webhookSink) Publish(ctx context.Context, cp Checkpoint) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url.String(), bytes.NewReader(cp.Note))
	if err != nil {
		return errors.New("the request cannot be made")
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	if s.o.TokenFile != "" {
		token, err := readToken(s.o.TokenFile)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL
		}
		return err
	}
	_, readErr := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	err = errors.Join(readErr, resp.Body.Close())
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return err
}

// readToken shows nothing of the token in its errors.
func readToken(path string) (string, error) {
	data, err := disk.Read(path, maxToken)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", fmt.Errorf("read the token: the file %q does not hold one token", path)
	}
	return token, nil
}
