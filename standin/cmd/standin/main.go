// Command standin runs the local stand-in for Stripe until it is told to stop.
//
//	STANDIN_DATA  the file that holds its book (default .ticketx/data/standin/book.db; made if absent)
//	STANDIN_ADDR  where it listens (default 127.0.0.1:4242)
//
// and, as the README says, STANDIN_PUBLIC_URL, STANDIN_DELAY,
// STANDIN_WEBHOOK_URL, STANDIN_WEBHOOK_SECRETS, STANDIN_WEBHOOK_PAUSE,
// STANDIN_WEBHOOK_TRIES and STANDIN_WEBHOOK_TIMEOUT.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"ticketx/standin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		stop()
		os.Exit(1)
	}
}

// defaultBook is where `make run` keeps the book, seen from the repository's
// root.
const defaultBook = ".ticketx/data/standin/book.db"

// run serves until ctx ends, then lets the requests under way finish.
func run(ctx context.Context, getenv func(string) string) (err error) {
	log := logger()
	options, err := settings(getenv)
	if err != nil {
		return err
	}
	path := cmp.Or(getenv("STANDIN_DATA"), defaultBook)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the book: %w", err)
	}
	book, err := standin.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()

	addr := cmp.Or(getenv("STANDIN_ADDR"), "127.0.0.1:4242")
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w (STANDIN_ADDR moves it)", err)
	}
	srv := &http.Server{
		Handler:           standin.NewServer(book, append(options, standin.WithLogger(log))...),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // so that no fault delays the end
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	log.Info("ready", "addr", listener.Addr().String(), "book", path)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// Shutdown waits 5 s for a connection that never carried a request, as
	// browsers and Go's own client open them in store.
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return srv.Shutdown(deadline)
}

// logger writes for people on a terminal, and JSON anywhere else.
func logger() *slog.Logger {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}
