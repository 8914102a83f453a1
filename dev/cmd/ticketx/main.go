// Command ticketx runs the system on one machine; the Makefile calls it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"ticketx/dev/config"
	"ticketx/dev/demo"
	"ticketx/dev/stack"
	"ticketx/dev/tools"
)

// command is a subcommand. Its run gets what stands after its name.
type command struct {
	name, help string
	run        func(ctx context.Context, cfg config.Config, out io.Writer, args []string) error
}

// commands is what there is. hurry is closed when a person asks for the end a
// second time.
func commands(hurry <-chan struct{}) []command {
	return []command{
		{"setup", "build the pinned tools that are missing (setup lint: the linter)", setup},
		{"run", "set up if needed, then run everything until Ctrl-C", run(hurry)},
		{"demo", "tell the story of a purchase against the running system", tell},
		{"provision", "make streams, consumers and secrets for a `dapr run -f .` of your own", provision},
		{"reset", "forget all data", reset},
		{"memory", "show what every process of the running system occupies", memory},
		{"ports", "list the ports and the variables that move them", listPorts},
	}
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	hurry := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Writing to a pipe whose reader has gone must not kill this process before
	// it has stopped the others.
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		<-signals
		close(hurry)
	}()
	if err := dispatch(ctx, os.Stdout, commands(hurry), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ticketx:", strings.ReplaceAll(err.Error(), "\n", "\n  "))
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, out io.Writer, all []command, args []string) error {
	if len(args) == 0 {
		return usage(out, all)
	}
	i := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		_ = usage(out, all)
		return fmt.Errorf("there is no command %q", args[0])
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	cfg, err := config.Load(dir)
	if err != nil {
		return err
	}
	return all[i].run(ctx, cfg, out, args[1:])
}

func usage(out io.Writer, all []command) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ticketx COMMAND")
	for _, c := range all {
		fmt.Fprintf(table, "  %s\t%s\n", c.name, c.help)
	}
	return table.Flush()
}

func setup(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	wanted := tools.Runtime
	switch {
	case len(args) == 0:
	case len(args) == 1 && args[0] == "lint":
		wanted = tools.Lint
	default:
		return errors.New("setup takes nothing, or lint")
	}
	return tools.Setup(ctx, cfg, out, wanted)
}

func run(hurry <-chan struct{}) func(context.Context, config.Config, io.Writer, []string) error {
	return func(ctx context.Context, cfg config.Config, out io.Writer, _ []string) error {
		if err := tools.Setup(ctx, cfg, out, tools.Runtime); err != nil {
			return err
		}
		return stack.Run(ctx, hurry, cfg, out)
	}
}

func tell(ctx context.Context, cfg config.Config, out io.Writer, _ []string) error {
	address, err := stack.Address(cfg)
	if err != nil {
		return err
	}
	return demo.Run(ctx, out, address)
}

func provision(ctx context.Context, cfg config.Config, out io.Writer, _ []string) error {
	if err := stack.Provision(ctx, cfg); err != nil {
		return err
	}
	fmt.Fprintln(out, "streams, consumers and secrets are as dapr.yaml wants them")
	return nil
}

func memory(ctx context.Context, cfg config.Config, out io.Writer, _ []string) error {
	return stack.Memory(ctx, cfg, out)
}

func reset(_ context.Context, cfg config.Config, out io.Writer, _ []string) error {
	if err := stack.Reset(cfg); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is empty\n", cfg.Display(cfg.Data()))
	return nil
}

func listPorts(_ context.Context, cfg config.Config, out io.Writer, _ []string) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "port\tnumber\tdefault\tvariable")
	for _, p := range cfg.Ports {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", p.Name, p.Number, p.Default, p.Env)
	}
	return table.Flush()
}
