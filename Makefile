# Nothing is needed but make and some Node with its npm: every target first installs what is missing.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

started := $(shell date +%s)
# Runs the npm script $(1), then says how long the target took, set-up included.
timed = @node --run $(1); code=$$?; echo "make $@ took $$(($$(date +%s) - $(started))) s"; exit $$code

.PHONY: help setup run test soak lint format format-check type-check simulate crash bench bundle binary binaries clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

run: setup ## the flights report, on real data
	$(call timed,run)

test: setup ## every test
	$(call timed,test)

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
