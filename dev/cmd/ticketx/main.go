// Command ticketx runs the system on one machine; the Makefile calls it.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"ticketx/dev/announce"
	"ticketx/dev/client"
	"ticketx/dev/config"
	"ticketx/dev/deadletters"
	"ticketx/dev/demo"
	"ticketx/dev/load"
	"ticketx/dev/openapi"
	"ticketx/dev/ports"
	"ticketx/dev/reconcile"
	"ticketx/dev/reload"
	"ticketx/dev/seed"
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
		{"dev", "run everything until Ctrl-C, and anew what changes meanwhile", develop(hurry)},
		{"client", "build the web client, if it has changed, and say where it is (client install: its packages alone)", buildClient},
		{"demo", "tell the story of a purchase against the running system", tell},
		{"seed", "fill the running system with tickets: seed N [SEED]", fill},
		{"load", "put the running system, or what is at URL, under load and tell how fast it answers: load [-connections 16] [-duration 10s] [-rate 0] [-remote] [URL]", putUnderLoad},
		{"provision", "make streams, consumers and secrets for a `dapr run -f .` of your own", provision},
		{"reset", "forget all data", reset},
		{"announce", "have a topic's owner tell everything anew: announce TOPIC [--from POSITION]", announceAnew},
		{"reconcile", "ask Stripe about every payment that is open, mend what it knows more of, and try again what does not go back", reconcilePayments},
		{"dead-letters", "list what could not be handled: dead-letters [TOPIC [LETTER]]", deadLetters},
		{"redrive", "put the dead letters of a topic back: redrive TOPIC", redrive},
		{"discard", "give a dead letter up: discard TOPIC LETTER", discard},
		{"memory", "show what every process of the running system occupies", memory},
		{"openapi", "make docs/openapi.yaml from the services' descriptions (openapi check: say whether it is current)", describe},
		{"ports", "list the ports, of the system that runs or that a run would take, and the variables that move them", listPorts},
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
	if args[0] == "keep" {
		return keep(ctx, args[1:])
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
	wanted := slices.Concat(tools.Runtime, tools.Testing)
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

func develop(hurry <-chan struct{}) func(context.Context, config.Config, io.Writer, []string) error {
	return func(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
		return run(hurry)(ctx, cfg.Developing(), out, args)
	}
}

// keep is how a service runs while people change it. It is not for people, and its
// environment is the service's, which is no configuration of this command.
func keep(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("keep takes PROGRAM, and its arguments")
	}
	newer := make(chan os.Signal, 1) // what is told twice is done once
	signal.Notify(newer, reload.Newer)
	return reload.Keep(ctx, os.Stdout, newer, args[0], args[1:]...)
}

func buildClient(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	web := client.New(cfg, out)
	switch {
	case len(args) == 0:
	case len(args) == 1 && args[0] == "install":
		return web.Install(ctx)
	default:
		return errors.New("client takes nothing, or install")
	}
	server, err := web.Build(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, cfg.Display(server))
	return nil
}

func tell(ctx context.Context, cfg config.Config, out io.Writer, _ []string) error {
	address, err := stack.Address(cfg)
	if err != nil {
		return err
	}
	return demo.Run(ctx, out, address)
}

func fill(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	n, err := strconv.Atoi(argument(args, 0))
	number := cmp.Or(argument(args, 1), "1")
	start, wrong := strconv.ParseUint(number, 10, 64)
	if err != nil || wrong != nil || n < 1 || len(args) > 2 {
		return errors.New("seed takes N, how many tickets, and SEED, a number: the same gives the same tickets")
	}
	address, err := stack.Address(cfg)
	if err != nil {
		return err
	}
	return seed.Run(ctx, out, address, n, start, seed.Settle)
}

func putUnderLoad(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	var o load.Options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.Connections, "connections", 16, "how many ask at a time")
	flags.DurationVar(&o.Duration, "duration", 10*time.Second, "for how long each thing is asked for")
	flags.IntVar(&o.Rate, "rate", 0, "requests a second, 0 for as fast as it goes")
	flags.BoolVar(&o.Remote, "remote", false, "another machine may be asked")
	if err := flags.Parse(args); err != nil || flags.NArg() > 1 {
		return errors.New("load takes URL, CONNECTIONS (a number), DURATION (such as 10s), RATE (requests a second) and REMOTE=yes")
	}
	if err := o.Validate(); err != nil {
		return err
	}
	if given := flags.Arg(0); given != "" {
		return load.Report(ctx, out, []load.Target{{Name: given, URL: given}}, o)
	}
	address, err := stack.Address(cfg)
	if err != nil {
		return err
	}
	targets, err := load.Shop(ctx, address)
	if err != nil {
		return err
	}
	return load.Report(ctx, out, targets, o)
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
		return errors.New("announce takes TOPIC, and FROM (--from), the number at which an earlier one stopped")
	}
	client, err := owners(cfg, out)
	if err != nil {
		return err
	}
	return announce.Run(ctx, out, client, topic, *from)
}

func reconcilePayments(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) > 0 {
		return errors.New("reconcile takes nothing")
	}
	client, err := owners(cfg, out)
	if err != nil {
		return err
	}
	return reconcile.Run(ctx, out, client)
}

// owners is a client of the services that own the topics: those of the system that
// runs in the folder, or else of a `dapr run -f .` of one's own, which nothing but
// its ports can be known of.
func owners(cfg config.Config, out io.Writer) (*sidecar.Client, error) {
	running, err := stack.Running(cfg)
	if err == nil {
		return sidecar.New(running), nil
	}
	if cfg.Ports.Free() {
		return nil, err
	}
	which := "the default ports"
	if cfg.Ports.Moved() {
		which = "the ports that are set"
	}
	fmt.Fprintf(out, "No system of `make run` runs in %s: asking on %s, for a `dapr run -f .` of your own.\n", cfg.Display(cfg.Dir), which)
	return sidecar.New(cfg.Ports.Numbers()), nil
}

// argument is the one at the place, empty where there is none: make passes those
// that are not set as empty ones.
func argument(args []string, place int) string {
	if place < len(args) {
		return args[place]
	}
	return ""
}

func deadLetters(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) > 2 {
		return errors.New("dead-letters takes nothing, or TOPIC, or TOPIC and LETTER")
	}
	client, err := owners(cfg, out)
	if err != nil {
		return err
	}
	switch topic, letter := argument(args, 0), argument(args, 1); {
	case letter != "":
		return deadletters.Show(ctx, out, client, cfg.Logs(), topic, letter)
	case topic != "":
		return deadletters.List(ctx, out, client, cfg.Logs(), topic)
	default:
		return deadletters.List(ctx, out, client, cfg.Logs(), deadletters.Topics...)
	}
}

func redrive(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) > 1 {
		return errors.New("redrive takes TOPIC")
	}
	client, err := owners(cfg, out)
	if err != nil {
		return err
	}
	return deadletters.Redrive(ctx, out, client, argument(args, 0))
}

func discard(ctx context.Context, cfg config.Config, out io.Writer, args []string) error {
	if len(args) > 2 {
		return errors.New("discard takes TOPIC and LETTER, as `make dead-letters` lists them")
	}
	client, err := owners(cfg, out)
	if err != nil {
		return err
	}
	return deadletters.Discard(ctx, out, client, argument(args, 0), argument(args, 1))
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

func describe(ctx context.Context, cfg config.Config, _ io.Writer, args []string) error {
	switch {
	case len(args) == 0:
		return openapi.Write(ctx, cfg.Root)
	case len(args) == 1 && args[0] == "check":
		return openapi.Check(ctx, cfg.Root)
	default:
		return errors.New("openapi takes nothing, or check")
	}
}

func listPorts(_ context.Context, cfg config.Config, out io.Writer, _ []string) error {
	list, folder := cfg.UsedPorts(), cfg.Display(cfg.Dir)
	running, err := stack.Running(cfg)
	switch {
	case err == nil:
		list = ports.ListOf(running)
		fmt.Fprintf(out, "The ports of the system that runs in %s:\n\n", folder)
	case list.Free():
		fmt.Fprintf(out, "Nothing runs in %s. With PORTS=free a run chooses free ports when it starts.\n\n", folder)
	default:
		fmt.Fprintf(out, "Nothing runs in %s. A run takes these ports:\n\n", folder)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "port\tnumber\tdefault\tvariable")
	for _, p := range list {
		number := strconv.Itoa(p.Number)
		if p.Free {
			number = "free"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", p.Name, number, p.Default, p.Env)
	}
	return table.Flush()
}
