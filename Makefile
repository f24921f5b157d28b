# Nothing is needed but make and some Node with its npm: every target first installs what is missing.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

started := $(shell date +%s)
# Runs the npm script $(1), then says how long the target took, set-up included.
timed = @node --run $(1) $(if $(2),-- $(2)); code=$$?; echo "make $@ took $$(($$(date +%s) - $(started))) s"; exit $$code

.PHONY: help setup dev install run test test-cov test-unit test-integration test-long test-benchmark soak lint format format-check type-check \
  pre-commit pre-commit-install simulate crash storm queue-torture bench bundle package binary binaries clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s%s\n", $$1, $$2 }' Makefile

dev: install pre-commit-install ## installs all that is needed to work on dp

install: setup ## installs node_modules as package-lock.json has it; every target does this first

run: setup ## runs the flights report on real data
	$(call timed,run)

test: setup ## runs every test, the unit tests first; T=planner/graph for one file or folder of test/
	$(call timed,test,$(T))

test-cov: setup ## runs the unit tests and measures their coverage of src/; details in dist/coverage
	$(call timed,test,--project unit --coverage $(T))

test-unit: setup ## runs the tests that need no bundle
	$(call timed,test,--project unit $(T))

test-integration: setup ## runs the tests that start dp as users do
	$(call timed,test,--project integration $(T))

test-benchmark: bench ## runs every benchmark, as bench does

test-long: setup ## runs every test, with all members of the long matrices of which `make test` takes a sample
	$(call timed,test-long,$(T))

soak: setup ## starts 200 short runs in loops, and 24 at once, on one state directory
	$(call timed,soak)

lint: setup ## runs the linter with type-aware rules
	@node --run lint

format: setup ## rewrites the sources in the project's format
	@node --run format

format-check: setup ## lists the sources that are not in the project's format
	@node --run format-check

type-check: setup ## runs the TypeScript compiler
	@node --run type-check

pre-commit: format-check lint type-check ## runs the checks of each commit on all files

pre-commit-install: setup ## makes git check the staged files before each commit
	@git config core.hooksPath .githooks

simulate: setup ## runs engine and scheduler in random histories for a minute; SEED=n, SCHEDULE_SEED=n repeat one
	@node --run simulate

crash: setup ## kills dp, refuses its writes and cuts the power at hundreds of points; needs root and strace
	@node --run crash

storm: setup ## kills processes of dp at random on one state; MINUTES=n, SEED=n for the same draws again; Linux
	@node --run storm

queue-torture: setup ## sends a million values through a queue whose ends are killed; SEED=n repeats the decisions
	@node --run queue-torture

bench: setup ## runs every benchmark
	@node --run bench

bundle: setup ## builds dist/dp.cjs, which bin/dp prefers to the sources
	@node --run bundle

package: setup ## builds dist/dp-<version>.tgz, which npm, pnpm and yarn install into other projects
	@node --run package

binary: setup ## builds dist/dp, a single executable
	@node --run binary

binaries: setup ## builds dist/dp-* for Linux, macOS and Windows
	@node --run binaries

clean: ## removes the builds
	@rm -rf dist

setup:
	@bin/setup
