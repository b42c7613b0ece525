# Everything here runs with Go alone; lint builds its pinned linter once.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# How long each fuzz target runs, which benchmarks run, and where both are
# looked for: make fuzz FUZZTIME=5m PKG=./semver/
FUZZTIME ?= 30s
BENCH ?= .
PKG ?= ./...

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## compile every package
	go build ./...

.PHONY: test
test: ## run the tests
	go test ./...

.PHONY: race
race: ## run the tests under the race detector
	.ci/run race

.PHONY: lint
lint: ## vet, lint and check the format
	.ci/run vet lint format

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME each
	@go test -list '^Fuzz' $(PKG) | awk '/^Fuzz/ { names[++n] = $$1; next } \
		$$1 == "ok" { for (i = 1; i <= n; i++) print $$2, names[i] } { n = 0 }' | \
	while read -r pkg name; do \
		echo "$$pkg $$name"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null; \
	done

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: torture
torture: ## the long form of the fault tests: kills, failing calls, full disks, flipped bits (half an hour)
	MODREG_TORTURE=1 go test -timeout 3h -v ./journal/... ./audit/... ./backup/... ./internal/datadir/...

.PHONY: prove
prove: ## measure the budgets against their peers
	go run ./internal/prove

.PHONY: generate
generate: ## write the generated files again
	go generate ./...

.PHONY: tidy-check
tidy-check: ## check that go.mod and go.sum are tidy
	.ci/run tidy

.PHONY: cross
cross: ## build and vet for the other platforms
	.ci/run cross

.PHONY: cover
cover: ## report the coverage, package by package and in all
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -func=coverage.out | tail -n 1

.PHONY: check
check: ## run all that continuous integration runs
	.ci/run
