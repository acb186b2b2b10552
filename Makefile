# The tasks of this project. 'make' alone lists them; ARGS="..." is handed on to the programs that are run.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

ARGS ?=
PROGRAMS ?= 100000:1000000
SAMPLES ?= 4000000
# A virtual environment with the libraries that 'make bench' compares with.
PEERS ?= .venv
SOURCES := Sources Tests Benchmarks Package.swift
# Warnings are errors in tests; 'make test TESTFLAGS=' turns that off.
TESTFLAGS ?= -Xswiftc -warnings-as-errors

.PHONY: help setup build tour test format lint docs accuracy bench bench-curve bench-peers conformance conformance-matrix random-programs random-graphs clean

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install the system libraries that are missing
	@scripts/setup.sh

build: ## Build everything in release
	@swift build -c release

tour: setup build ## Run the guided tour; ARGS="..." for its options
	@"$$(swift build -c release --show-bin-path)/adjoint" tour $(ARGS)

test: setup lint ## Run the lint, the check as a dependency, and all tests
	@scripts/test-dependency.sh
	@swift test -c release $(TESTFLAGS) $(ARGS)

format: ## Format all Swift sources in place
	@swift format --in-place --recursive $(SOURCES)

lint: ## Check the style of all Swift sources
	@swift format lint --strict --recursive $(SOURCES)

docs: ## Build the documentation, warnings are errors
	@scripts/docs.sh

bench: ## Time Adjoint and installed peers side by side; ARGS="--peers all --threads 1,2"
	@swift build -c release --product adjoint-bench
	@swift build -c release --product adjoint
	@python=$(PEERS)/bin/python; [ -x "$$python" ] || python=python3; \
	python3 Benchmarks/peers/compare.py --python "$$python" \
		--bench "$$(swift build -c release --show-bin-path)/adjoint-bench" \
		--adjoint "$$(swift build -c release --show-bin-path)/adjoint" $(ARGS)

bench-curve: ## Plot the cost per operation in chains of 10^2 to 10^7
	@swift build -c release --product adjoint-bench
	@mkdir -p docs/images
	@"$$(swift build -c release --show-bin-path)/adjoint-bench" --curve --nodes 10000000 \
		--plot docs/images/cost-per-operation.svg $(ARGS)

bench-peers: ## Install the peers from PyPI into PEERS=folder
	@python3 -m venv $(PEERS)
	@for peer in $$(sed 's/#.*//' Benchmarks/peers/requirements.txt); do \
		$(PEERS)/bin/pip install -q "$$peer" || echo "$$peer is not to be had; its column stays out"; done

random-programs: ## Try random programs in every mode; PROGRAMS=first:count
	@ADJOINT_RANDOM_PROGRAMS=$(PROGRAMS) swift test -c release --filter RandomProgramTests

random-graphs: ## Try random programs with loops and branches as graphs; PROGRAMS=first:count
	@ADJOINT_RANDOM_GRAPHS=$(PROGRAMS) swift test -c release --filter RandomGraphTests

accuracy: ## Print the errors of the elementary functions in units in the last place; SAMPLES=...
	@ADJOINT_ACCURACY=$(SAMPLES) swift test -c release --filter AccuracyTests

conformance: ## Check every operator against PyTorch's recorded samples
	@swift build -c release --product adjoint-conformance
	@"$$(swift build -c release --show-bin-path)/adjoint-conformance" Tests/ConformanceTests/Fixtures/pytorch $(ARGS)

conformance-matrix: ## Run the samples under other types, layouts and batching
	@$(MAKE) --no-print-directory conformance ARGS=--matrix

clean: ## Remove everything that was built
	@rm -rf .build .build-*
