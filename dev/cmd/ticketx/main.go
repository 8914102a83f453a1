// Command ticketx runs the system on one machine; the Makefile calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"ticketx/dev/announce"
	"ticketx/dev/config"
	"ticketx/dev/deadletters"
	"ticketx/dev/demo"
	"ticketx/dev/sidecar"
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
		{"announce", "have a topic's owner tell everything anew: announce TOPIC [--from POSITION]", announceAnew},
		{"dead-letters", "list what could not be handled: dead-letters [TOPIC [LETTER]]", deadLetters},
		{"redrive", "put the dead letters of a topic back: redrive TOPIC", redrive},
		{"discard", "give a dead letter up: discard TOPIC LETTER", discard},
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

func announceAnew(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	topic := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		topic, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("announce", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	from := flags.Int("from", 0, "where an earlier run stopped")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 || *from < 0 {
		return errors.New("announce takes a topic, and --from with the position at which an earlier one stopped")
	}
	return announce.Run(ctx, out, sidecar.New(stack.Ports(cfg)), topic, *from)
}

func deadLetters(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	client := sidecar.New(stack.Ports(cfg))
	switch len(args) {
	case 0:
		return deadletters.List(ctx, out, client, cfg.Logs(), deadletters.Topics...)
	case 1:
		return deadletters.List(ctx, out, client, cfg.Logs(), args[0])
	case 2:
		return deadletters.Show(ctx, out, client, args[0], args[1])
	default:
		return errors.New("dead-letters takes nothing, or a topic, or a topic and a letter")
	}
}

func redrive(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) > 1 {
		return errors.New("redrive takes a topic")
	}
	return deadletters.Redrive(ctx, out, sidecar.New(stack.Ports(cfg)), strings.Join(args, ""))
}

func discard(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) != 2 {
		return errors.New("discard takes a topic and a letter, as dead-letters lists them")
	}
	return deadletters.Discard(ctx, out, sidecar.New(stack.Ports(cfg)), args[0], args[1])
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
