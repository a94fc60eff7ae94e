# SPDX-License-Identifier: Apache-2.0
#
#   make demo [KERNEL=6.12]       the story of one policy, on a stock kernel in a virtual machine
#   make test                     everything that must hold
#
# Both install what they need first, and say what. The rest is for people who change riptides.

SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
KERNEL ?= 6.12
# kmod/kernels lists the series, and which run tests each.
KERNELS ?= $(shell awk '$$3 == "test" { print $$1 }' kmod/kernels)
JEST := npm test --

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.PHONY: build
build: ## compile the command line to dist/
	@scripts/setup.sh node
	npm run --silent build

.PHONY: demo
demo: ## build, boot a virtual machine, and tell the story of one policy
	@scripts/setup.sh node
	@scripts/setup.sh vm kernel $(KERNEL) || echo "No virtual machine can be had here: the demo runs on the embedded target."
	@npm run --silent build
	@node scripts/demo.ts --kernel $(KERNEL)

.PHONY: test
test: ## lint, types, unit tests, a short fuzz of each parser, and the suite on both stock kernels
	scripts/setup.sh node core vm checkpatch shells $(foreach k,$(KERNELS),kernel $(k))
	npm run --silent build
	$(MAKE) --no-print-directory lint
	$(JEST) --testPathIgnorePatterns /test/kernel/ /test/vm/
	$(MAKE) --no-print-directory fuzz
	$(MAKE) --no-print-directory bench-small
	@# Where the debug kernel is not in the cache it is built meanwhile: virtual machines leave processors idle.
	set -m; scripts/setup.sh debug-kernel </dev/null & built=$$!; set +m; \
	trap 'kill -- -$$built 2>/dev/null' EXIT; \
	$(MAKE) --no-print-directory test-kernel && \
	node bench/connect.ts --small --kernel $(lastword $(KERNELS)) && \
	node bench/commit.ts --small --kernel $(lastword $(KERNELS)) && \
	node scripts/demo.ts --kernel $(lastword $(KERNELS)) && \
	wait $$built
	RIPTIDES_KERNELS=debug $(JEST) --runInBand test/kernel/smoke

.PHONY: test-kernel
test-kernel: ## the suite on the kernels alone
	scripts/setup.sh node core vm $(foreach k,$(KERNELS),kernel $(k))
	npm run --silent build
	RIPTIDES_KERNELS="$(KERNELS)" $(JEST) --runInBand test/vm test/kernel

.PHONY: test-debug
test-debug: ## the kernel suite on a kernel with KASAN, lockdep and kmemleak (builds and caches it: 10 minutes, once)
	scripts/setup.sh node core vm debug-kernel
	npm run --silent build
	RIPTIDES_KERNELS=debug $(JEST) --runInBand test/vm/debug-kernel test/kernel

# A step alone: make test-all STEPS=debug
.PHONY: test-all
test-all: ## what make test runs, and all that is too long for it: the third kernel, the debug suite, long fuzz (hours)
	scripts/setup.sh node programs
	node scripts/test-all.ts $(STEPS)

.PHONY: lint
lint: ## types, style of TypeScript, C and shell, and that generated files are fresh
	npm run --silent typecheck
	npm run --silent lint
	node scripts/generate.ts --check
	$(MAKE) --no-print-directory -C kmod lint

# Without FUZZ_SECONDS it is short, 20 s for the core and 7 s for each of the ten targets in TypeScript, and begins with the same inputs each time.
.PHONY: fuzz
fuzz: ## each fuzz target for FUZZ_SECONDS
	$(MAKE) --no-print-directory -C kmod/core fuzz $(if $(FUZZ_SECONDS),SECONDS=$(FUZZ_SECONDS),SECONDS=20 SEED=1)
	nice -n 19 node test/fuzz/fuzz.ts $(if $(FUZZ_SECONDS),--seconds $(FUZZ_SECONDS),--seconds 7 --seed 1)

.PHONY: bench
bench: ## ratios: starting against a bare node, commands against validate, compiler against its YAML parser, connect with and without the module, commit against nft
	scripts/setup.sh node core vm kernel $(KERNEL)
	npm run --silent build
	node bench/start.ts
	node bench/commands.ts
	node bench/compile.ts
	@# A policy that fills a bundle takes more memory to compile than Node allows itself.
	node --max-old-space-size=12288 bench/connect.ts --kernel $(KERNEL)
	node bench/commit.ts --kernel $(KERNEL)

# Says that each benchmark runs, in a minute. Its figures say little, and nothing is asserted of them.
.PHONY: bench-small
bench-small: ## a small run of each benchmark that needs no kernel, part of make test
	node bench/start.ts --small
	node bench/commands.ts --small
	node bench/compile.ts --small

.PHONY: clean
clean: ## remove what was built here (not the cache of kernels)
	rm -rf dist build coverage
	$(MAKE) --no-print-directory -C kmod clean
