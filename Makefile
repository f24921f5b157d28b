# Nothing is needed but make and some Node with its npm: every target first installs what is missing.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

started := $(shell date +%s)
# Runs the npm script $(1), then says how long the target took, set-up included.
timed = @node --run $(1) $(if $(2),-- $(2)); code=$$?; echo "make $@ took $$(($$(date +%s) - $(started))) s"; exit $$code

.PHONY: help setup dev install run test test-cov test-unit test-integration test-benchmark soak lint format format-check type-check \
  pre-commit pre-commit-install simulate crash bench bundle binary binaries clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s%s\n", $$1, $$2 }' Makefile

dev: install pre-commit-install ## all that is needed to work on dp

install: setup ## node_modules as package-lock.json has it; every target does this first

run: setup ## the flights report, on real data
	$(call timed,run)

test: setup ## every test, the unit tests first; T=planner/graph for one file or folder of test/
	$(call timed,test,$(T))

test-cov: setup ## the unit tests, and how much of src/ they reach; details in dist/coverage
	$(call timed,test,--project unit --coverage $(T))

test-unit: setup ## the tests that need no bundle
	$(call timed,test,--project unit $(T))

test-integration: setup ## the tests that start dp as users have it
	$(call timed,test,--project integration $(T))

test-benchmark: bench ## the same as bench

soak: setup ## 200 short runs in loops and 24 at once, on one state directory
	$(call timed,soak)

lint: setup ## the linter, with type-aware rules
	@node --run lint

format: setup ## rewrites the sources in the project's format
	@node --run format

format-check: setup ## says which sources are not in the project's format
	@node --run format-check

type-check: setup ## the TypeScript compiler
	@node --run type-check

pre-commit: format-check lint type-check ## what is checked before each commit, of all files

pre-commit-install: setup ## git runs the checks of what is staged before each commit
	@git config core.hooksPath .githooks

simulate: setup ## the engine in random histories, for a minute; SEED=n for one of them again
	@node --run simulate

crash: setup ## dp killed, refused the disk and cut off from power at hundreds of points; needs root and strace
	@node --run crash

bench: setup ## every benchmark
	@node --run bench

bundle: setup ## dist/dp.cjs, which bin/dp prefers to the sources
	@node --run bundle

binary: setup ## dist/dp, a single executable
	@node --run binary

binaries: setup ## dist/dp-* for Linux, macOS and Windows
	@node --run binaries

clean: ## removes what was built
	@rm -rf dist

setup:
	@bin/setup
