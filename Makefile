# The tasks of this project. 'make' alone lists them; ARGS="..." is handed on to the programs that are run.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

ARGS ?=
SOURCES := Sources Tests Benchmarks Package.swift
# Warnings are errors in tests; 'make test TESTFLAGS=' turns that off.
TESTFLAGS ?= -Xswiftc -warnings-as-errors

.PHONY: help setup build tour test format lint docs bench clean

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

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

bench: ## Run the benchmarks; ARGS="..." for their options
	@swift build -c release --product adjoint-bench
	@"$$(swift build -c release --show-bin-path)/adjoint-bench" $(ARGS)

clean: ## Remove everything that was built
	@rm -rf .build .build-*
