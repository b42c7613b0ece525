package boltjournal

import "sync"

// bells wake those who watch a stream. The zero value is ready for use.
type bells struct {
	mu      sync.Mutex
	streams map[string]*bell // guarded by mu; of streams that are watched
}

// A bell is shared by all who watch one stream.
type bell struct {
	all      *bells
	watchers int           // guarded by all.mu
	rung     chan struct{} // guarded by all.mu; closed when the bell is rung, and then replaced
}

// get returns the bell of a stream. The caller must put it back.
func (b *bells) get(stream string) *bell {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.streams == nil {
		b.streams = map[string]*bell{}
	}
	it := b.streams[stream]
	if it == nil {
		it = &bell{all: b, rung: make(chan struct{})}
		b.streams[stream] = it
	}
	it.watchers++
	return it
}

func (b *bells) put(stream string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	it := b.streams[stream]
	if it.watchers--; it.watchers == 0 {
		delete(b.streams, stream)
	}
}

// wait returns a channel that is closed when the bell is rung next.
func (it *bell) wait() <-chan struct{} {
	it.all.mu.Lock()
	defer it.all.mu.Unlock()
	return it.rung
}

func (b *bells) ring(stream string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if it := b.streams[stream]; it != nil {
		close(it.rung)
		it.rung = make(chan struct{})
	}
}

func (b *bells) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, it := range b.streams {
		close(it.rung)
		it.rung = make(chan struct{})
	}
}
