# The commands of the project; `make` alone lists them. What they do is in
# dev/cmd/ticketx, one package for each idea.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ifeq ($(shell command -v go),)
$(error Go is not installed or not in PATH: get 1.26 or later from https://go.dev/dl)
endif

MODULES := $(shell go list -m -f '{{.Dir}}')
TICKETX := .ticketx/bin/ticketx
LINTER := .ticketx/tools/bin/golangci-lint
PLAYWRIGHT := test/browser/node_modules/.package-lock.json

, := ,

# Tests that need real sidecars fail when the tools are missing, not skip.
REAL := REQUIRE_DAPRD=1

##@ Run it

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ticketx ## build the pinned tools that are missing (the first time about ten minutes)
	@$(TICKETX) setup

.PHONY: run
run: ticketx ## set up if needed, then run everything until Ctrl-C (STATE=redis, REPLICAS=2, CLIENT=off, …)
	@exec $(TICKETX) run

.PHONY: dev
dev: ticketx ## run everything, and anew what you change meanwhile: pages, services, the stand-in
	@exec $(TICKETX) dev

.PHONY: client
client: ticketx ## build the web client, if it has changed since (needs Node.js)
	@$(TICKETX) client

.PHONY: demo
demo: ticketx ## tell the story of a purchase against the running system
	@$(TICKETX) demo

.PHONY: seed
seed: ticketx ## fill the running system with believable tickets (N=1000 SEED=1)
	@$(TICKETX) seed "$(or $(N),1000)" "$(or $(SEED),1)"

.PHONY: load
load: ticketx ## how fast the running system answers (URL=… CONNECTIONS=16 DURATION=10s RATE=0)
	@$(TICKETX) load -connections "$(or $(CONNECTIONS),16)" -duration "$(or $(DURATION),10s)" -rate "$(or $(RATE),0)" \
		$(if $(filter yes,$(REMOTE)),-remote) "$(URL)"

.PHONY: reset
reset: ticketx ## forget all data of the local system
	@$(TICKETX) reset

.PHONY: announce
announce: ticketx ## tell a topic's facts anew, for who lost them (TOPIC=tickets; FROM=… to go on)
	@$(TICKETX) announce "$(TOPIC)" $(if $(FROM),--from "$(FROM)")

.PHONY: reconcile
reconcile: ticketx ## ask Stripe about every payment that is open, mend what it knows more of, and try again what does not go back
	@$(TICKETX) reconcile

.PHONY: dead-letters
dead-letters: ticketx ## list what could not be handled (TOPIC=orders; LETTER=… shows one)
	@$(TICKETX) dead-letters "$(TOPIC)" "$(LETTER)"

.PHONY: redrive
redrive: ticketx ## put a topic's dead letters back (TOPIC=orders)
	@$(TICKETX) redrive "$(TOPIC)"

.PHONY: discard
discard: ticketx ## give a dead letter up (TOPIC=orders LETTER=…)
	@$(TICKETX) discard "$(TOPIC)" "$(LETTER)"

.PHONY: memory
memory: ticketx ## show what every process of the running system occupies
	@$(TICKETX) memory

.PHONY: ports
ports: ticketx ## list the ports and the variables that move them
	@$(TICKETX) ports

.PHONY: provision
provision: ticketx ## make streams and secrets for a `dapr run -f .` of your own
	@$(TICKETX) provision

##@ Change it

.PHONY: unit
unit: ## unit tests of every module, in seconds
	@go test -short work

.PHONY: contract
contract: setup ## unit tests and store contracts, with the race detector, on memory and real sidecars
	@$(REAL) go test -race -timeout 20m $(filter-out %/test/...,$(addsuffix /...,$(MODULES)))

.PHONY: runtime
runtime: setup ## tests of what this repository adds to the Dapr runtime
	@cd tools/dapr && GOWORK=off CGO_ENABLED=0 $(REAL) go test -trimpath -buildvcs=false ./daprd

.PHONY: e2e
e2e: setup ## the whole system, started for real, over HTTP
	@$(REAL) go test -count=1 -p 1 -timeout 10m $(filter-out %/test/browser %/test/develop,$(shell go list ./test/...))

.PHONY: dev-test
dev-test: setup ## what `make dev` promises: a copy of the source is changed, and what runs with it
	@$(TICKETX) client install
	@$(REAL) go test -count=1 -timeout 10m ./test/develop

.PHONY: client-test
client-test: ticketx ## types, layers and components of the client (needs Node.js)
	@$(TICKETX) client install
	@cd client && npm run --silent api -- --check && npm run --silent lint && npm test --silent -- --reporter=dot

.PHONY: browser
browser: setup $(PLAYWRIGHT) ## people use the shop in a real Chromium (ONLY=keyboard: what has that in its name)
	@cd test/browser && npm run --silent lint
	@$(REAL) go test -count=1 -v -timeout 40m -run TestBrowser ./test/browser

.PHONY: bench-client
bench-client: setup $(PLAYWRIGHT) ## what the home page costs a phone that is four times slower
	@FIGURES=yes $(REAL) go test -count=1 -v -timeout 40m -run TestBrowser ./test/browser

.PHONY: screenshots
screenshots: ## every page, phone and desktop, light and dark, English and German, into .ticketx/screenshots
	@$(MAKE) browser ONLY=@page

$(PLAYWRIGHT): test/browser/package-lock.json
	@cd test/browser && npm ci --silent && touch node_modules/.package-lock.json

# The seed is printed; give it again to have the same load and the same kills.
.PHONY: chaos
chaos: setup ## kill every part while people buy and sell, for minutes (SEED=7 ROUNDS=5 STATE=redis)
	@for state in $(or $(STATE),redis sqlite); do \
		STATE=$$state CHAOS_SEED=$(or $(SEED),$(shell date +%s)) CHAOS_ROUNDS=$(or $(ROUNDS),5) \
			go test -count=1 -v -timeout 0 -run TestChaos ./test/chaos || exit 1; \
	done

.PHONY: bench
bench: setup ## what the journal adds to placing an order, on real sidecars (two minutes)
	@$(REAL) go test -run '^$$' -bench Placing -benchtime 1000x -timeout 10m ./services/orders

# Client, service and sidecar share two cores where taskset can see to it.
.PHONY: bench-catalogue
bench-catalogue: setup ## the catalogue of 100,000 tickets under load, beside a bare net/http (two minutes; ONLY=search)
	@BENCH_ONLY='$(ONLY)' BENCH_ANSWERS=$(N) $(REAL) $(if $(shell command -v taskset),taskset -c 0$(,)1) \
		go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./test/bench

.PHONY: openapi
openapi: ticketx ## make docs/openapi.yaml from the services' descriptions
	@$(TICKETX) openapi

.PHONY: check-openapi
check-openapi: ticketx ## docs/openapi.yaml is valid, and what the services' descriptions make
	@$(TICKETX) openapi check

.PHONY: lint
lint: setup-lint check-openapi ## the linter over every module
	@$(LINTER) run $(addsuffix /...,$(MODULES))

.PHONY: fmt
fmt: setup-lint ## format every module as the linter wants it
	@$(LINTER) fmt $(MODULES)

.PHONY: check-modules
check-modules: ## every module builds by itself, and its go.mod is tidy
	@for module in $(MODULES); do \
		cd "$$module" && GOWORK=off go build ./... && GOWORK=off go mod tidy -diff || exit 1; \
	done

.PHONY: tidy
tidy: ## tidy every module
	@for module in $(MODULES); do \
		cd "$$module" && GOWORK=off go mod tidy || exit 1; \
	done

.PHONY: test
test: ## everything that a change has to pass
	@$(MAKE) lint
	@$(MAKE) check-modules
	@$(MAKE) contract
	@$(MAKE) runtime
	@$(MAKE) e2e
	@$(MAKE) client-test
	@$(MAKE) dev-test
	@$(MAKE) browser

.PHONY: ticketx
ticketx:
	@go build -o $(TICKETX) ./dev/cmd/ticketx

.PHONY: setup-lint
setup-lint: ticketx
	@$(TICKETX) setup lint
