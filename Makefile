# Nothing is needed but make and some Node with its npm: the first target that runs installs the rest.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help run test lint format type-check bench clean

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

run: ## the flights report, on real data
	@node --run run

test: ## every test
	@node --run test

lint: ## the linter, with type-aware rules
	@node --run lint

format: ## rewrites the sources in the project's format
	@node --run format

type-check: ## the TypeScript compiler
	@node --run type-check

bench: ## every benchmark
	@node --run bench

clean: ## removes what was built
	@node --run clean
